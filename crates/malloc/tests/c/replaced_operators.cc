// A program that replaces operator new(size_t) and operator delete(void *) only, with its own
// pool: every other form has to go through them, or it frees what the pool made.

#include <algorithm>
#include <new>
#include <vector>

#include "rule.h"

static int allocated, freed;
static char pool[8 << 20];
static size_t used;

void *operator new(size_t size) {
    allocated++;
    size_t start = (used + 15) / 16 * 16;
    if (start + size > sizeof pool || size > sizeof pool) {
        throw std::bad_alloc();
    }
    used = start + size;
    return pool + start;
}

void operator delete(void *block) noexcept {
    if (block != nullptr) {
        CHECK(block >= pool && block < pool + sizeof pool);
        freed++;
    }
}

static volatile size_t size = 100;

template <typename Body> static void counts(Body body) {
    allocated = freed = 0;
    body();
    CHECK(allocated == 1);
    CHECK(freed == 1);
}

RULE(arrays_nothrow_and_sized_forms_use_the_programs_operators) {
    counts([] { ::operator delete(::operator new(size)); });
    counts([] { ::operator delete(::operator new(size), size); });
    counts([] { ::operator delete(::operator new(size), std::nothrow); });
    counts([] { ::operator delete[](::operator new[](size)); });
    counts([] { ::operator delete[](::operator new[](size), size); });
    counts([] { ::operator delete[](::operator new[](size), std::nothrow); });
    counts([] { ::operator delete(::operator new(size, std::nothrow)); });
    counts([] { ::operator delete[](::operator new[](size, std::nothrow)); });
    counts([] { delete[] new int[size]; });
}

RULE(aligned_forms_stay_with_the_heap) {
    allocated = freed = 0;
    ::operator delete(::operator new(size, std::align_val_t{64}), std::align_val_t{64});
    ::operator delete[](::operator new[](size, std::align_val_t{64}), size, std::align_val_t{64});
    CHECK(allocated == 0 && freed == 0);
    free(malloc(100));
}

RULE(nothrow_forms_turn_the_exception_of_the_programs_operator_into_null) {
    static volatile size_t impossible = SIZE_MAX / 2;
    CHECK(::operator new(impossible, std::nothrow) == nullptr);
    CHECK(::operator new[](impossible, std::nothrow) == nullptr);
}

// std::stable_sort takes its buffer with the nothrow form and frees it with the plain one.
RULE(stable_sort_frees_what_it_allocated) {
    std::vector<int> numbers(50000);
    uint64_t random = 1;
    for (int &number : numbers) {
        number = static_cast<int>(next_random(&random) % 1000);
    }
    std::stable_sort(numbers.begin(), numbers.end());
    CHECK(std::is_sorted(numbers.begin(), numbers.end()));
    CHECK(allocated >= 2);
}
