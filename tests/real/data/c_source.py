"""Prints a C program of about LINES lines, always the same: c_source.py LINES."""

import random
import sys

lines = int(sys.argv[1])
chance = random.Random(lines)

HEAD = """\
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t x) { x ^= x >> 31; x *= 0x9e3779b97f4a7c15u; return x ^ x >> 29; }
"""

# A record with functions that leans on loops, switches, floats, strings and the heap.
UNIT = """
struct record_{n} {{
    int32_t number[{width}];
    double weight;
    char name[{name}];
    struct record_{n} *next;
}};

static uint64_t sum_{n}(const struct record_{n} *first, int bias)
{{
    uint64_t sum = {constant}u;
    for (const struct record_{n} *at = first; at != NULL; at = at->next) {{
        for (int i = 0; i < {width}; i++) {{
            switch ((at->number[i] + bias) % 7) {{
            case 0: sum += (uint64_t)at->number[i] * {odd}u; break;
            case 1: sum ^= sum << {shift}; break;
            case 2: sum = mix(sum + (uint64_t)i); break;
            case 3: sum -= (uint64_t)(at->weight * {factor}); break;
            case 4: sum += strlen(at->name); break;
            default: sum = (sum >> 3) | (sum << 61); break;
            }}
        }}
    }}
    return sum;
}}

static struct record_{n} *make_{n}(int count)
{{
    struct record_{n} *first = NULL;
    for (int k = 0; k < count; k++) {{
        struct record_{n} *made = calloc(1, sizeof *made);
        if (made == NULL) exit(1);
        for (int i = 0; i < {width}; i++) made->number[i] = (k * {odd} + i * {shift}) & 0xffff;
        made->weight = (double)k / {factor};
        snprintf(made->name, sizeof made->name, "%d of {n}", k);
        made->next = first;
        first = made;
    }}
    return first;
}}

uint64_t unit_{n}(int count, int64_t *table, int rows)
{{
    struct record_{n} *first = make_{n}(count);
    uint64_t sum = sum_{n}(first, {shift});
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < rows; j++)
            table[i * rows + j] += (int64_t)(sum >> (i + j)) * (i {operator} j) {previous};
    while (first != NULL) {{
        struct record_{n} *next = first->next;
        free(first);
        first = next;
    }}
    return sum;
}}
"""

out = [HEAD]
written = HEAD.count("\n")
units = 0
while written < lines:
    previous = f"+ (int64_t)unit_{chance.randrange(units)}(0, table, 0)" if units and chance.random() < 0.3 else ""
    unit = UNIT.format(
        n=units,
        width=chance.randrange(3, 40),
        name=chance.randrange(16, 60),
        constant=chance.randrange(1 << 30),
        odd=chance.randrange(1, 999, 2),
        shift=chance.randrange(1, 30),
        factor=f"{chance.random() * 9 + 0.5:.3f}",
        operator=chance.choice("+-^&|"),
        previous=previous,
    )
    out.append(unit)
    written += unit.count("\n")
    units += 1

calls = "".join(f"    sum += unit_{n}({n % 50}, table, 8);\n" for n in range(units))
out.append(
    "\nint main(void)\n{\n    static int64_t table[64];\n    uint64_t sum = 0;\n"
    + calls
    + '    for (int i = 0; i < 64; i++) sum = mix(sum ^ (uint64_t)table[i]);\n'
    + '    printf("%llu\\n", (unsigned long long)sum);\n    return 0;\n}\n'
)
sys.stdout.write("".join(out))
