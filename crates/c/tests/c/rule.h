// A program of rules: each RULE is a function that returns if the rule holds. The program runs
// the rule that its first argument names.

#ifndef RULE_H
#define RULE_H

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

// Says what does not hold, without allocating, and ends the program.
#define CHECK(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            dprintf(2, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);   \
            _exit(1);                                                            \
        }                                                                        \
    } while (0)

// As CHECK, with a number that shows which case failed.
#define CHECK_AT(condition, number)                                              \
    do {                                                                         \
        if (!(condition)) {                                                      \
            dprintf(2, "%s:%d: not so: %s, at %zu\n", __FILE__, __LINE__,        \
                    #condition, (size_t)(number));                               \
            _exit(1);                                                            \
        }                                                                        \
    } while (0)

// That two numbers are equal; shows both if not.
#define CHECK_EQUAL(got, expected)                                               \
    do {                                                                         \
        unsigned long long got_ = (unsigned long long)(got);                     \
        unsigned long long expected_ = (unsigned long long)(expected);           \
        if (got_ != expected_) {                                                 \
            dprintf(2, "%s:%d: %s is %#llx, not %#llx (%s)\n", __FILE__,         \
                    __LINE__, #got, got_, expected_, #expected);                 \
            _exit(1);                                                            \
        }                                                                        \
    } while (0)

struct rule {
    const char *name;
    void (*body)(void);
    struct rule *next;
};

// Of all files of the program together.
extern struct rule *all_rules;
__attribute__((weak)) struct rule *all_rules;

#define RULE(name)                                                               \
    static void name(void);                                                      \
    static struct rule rule_##name = {#name, name, NULL};                        \
    __attribute__((constructor)) static void enlist_##name(void) {               \
        rule_##name.next = all_rules;                                            \
        all_rules = &rule_##name;                                                \
    }                                                                            \
    static void name(void)

// The program's arguments after the rule's name.
extern char **arguments;
__attribute__((weak)) char **arguments;

__attribute__((weak)) int main(int count, char **vector) {
    for (struct rule *rule = all_rules; rule != NULL && count > 1; rule = rule->next) {
        if (strcmp(rule->name, vector[1]) == 0) {
            arguments = vector + 2;
            rule->body();
            return 0;
        }
    }
    dprintf(2, "no such rule: %s\n", count > 1 ? vector[1] : "(none named)");
    return 2;
}

#ifdef __cplusplus
}
#endif

#endif
