// All forms of operator new and operator delete, and std::bad_alloc.

#include <cstddef>
#include <new>
#include <string>
#include <vector>
#include <map>

#include "rule.h"

static bool aligned(const void *block, size_t alignment) {
    return block != nullptr && reinterpret_cast<uintptr_t>(block) % alignment == 0;
}

// Keeps the compiler from removing a pair of new and delete.
static void use(void *block, size_t size) {
    memset(block, 0x5a, size);
    asm volatile("" : : "r"(block) : "memory");
}

RULE(every_plain_form_pairs_with_every_plain_delete) {
    for (size_t size = 0; size < 3 * MIB; size = size * 2 + 7) {
        for (int form = 0; form < 6; form++) {
            void *single = form % 2 ? ::operator new(size) : ::operator new(size, std::nothrow);
            void *array = form % 2 ? ::operator new[](size) : ::operator new[](size, std::nothrow);
            CHECK_AT(aligned(single, 16) && aligned(array, 16) && single != array, size);
            use(single, size);
            use(array, size);
            switch (form / 2) {
            case 0:
                ::operator delete(single);
                ::operator delete[](array);
                break;
            case 1:
                ::operator delete(single, size);
                ::operator delete[](array, size);
                break;
            default:
                ::operator delete(single, std::nothrow);
                ::operator delete[](array, std::nothrow);
            }
        }
    }
}

RULE(every_aligned_form_pairs_with_every_aligned_delete) {
    for (size_t power = 1; power <= 64 * MIB; power *= 2) {
        std::align_val_t alignment{power};
        size_t size = power < 4096 ? 100 : power + 100;
        for (int form = 0; form < 6; form++) {
            void *single = form % 2 ? ::operator new(size, alignment) : ::operator new(size, alignment, std::nothrow);
            void *array = form % 2 ? ::operator new[](size, alignment) : ::operator new[](size, alignment, std::nothrow);
            CHECK_AT(aligned(single, power) && aligned(array, power) && single != array, power);
            use(single, 100);
            use(array, 100);
            switch (form / 2) {
            case 0:
                ::operator delete(single, alignment);
                ::operator delete[](array, alignment);
                break;
            case 1:
                ::operator delete(single, size, alignment);
                ::operator delete[](array, size, alignment);
                break;
            default:
                ::operator delete(single, alignment, std::nothrow);
                ::operator delete[](array, alignment, std::nothrow);
            }
        }
    }
}

RULE(a_size_of_zero_gives_unique_blocks) {
    void *first = ::operator new(0), *second = ::operator new(0), *third = ::operator new[](0);
    CHECK(first != nullptr && first != second && second != third && first != third);
    ::operator delete(first);
    ::operator delete(second);
    ::operator delete[](third);
}

RULE(deleting_a_null_pointer_is_nothing_to_do) {
    void *none = nullptr;
    ::operator delete(none);
    ::operator delete[](none);
    ::operator delete(none, 10);
    ::operator delete[](none, 10);
    ::operator delete(none, std::nothrow);
    ::operator delete(none, std::align_val_t{64});
    ::operator delete[](none, 10, std::align_val_t{64});
}

// Volatile, so that the compiler doesn't know that it can't be had.
static volatile size_t impossible = PTRDIFF_MAX - 4096;
static volatile size_t impossible_wrap = SIZE_MAX;

template <typename Allocate> static bool throws_bad_alloc(Allocate allocate) {
    try {
        use(allocate(), 1);
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

RULE(throwing_forms_throw_bad_alloc_when_out_of_memory) {
    for (int round = 0; round < 100; round++) {
        CHECK(throws_bad_alloc([] { return ::operator new(impossible); }));
        CHECK(throws_bad_alloc([] { return ::operator new(impossible_wrap); }));
        CHECK(throws_bad_alloc([] { return ::operator new[](impossible); }));
        CHECK(throws_bad_alloc([] { return ::operator new(impossible, std::align_val_t{64}); }));
        CHECK(throws_bad_alloc([] { return ::operator new[](impossible, std::align_val_t{4096}); }));
        CHECK(throws_bad_alloc([] { return new char[impossible]; }));
    }
    std::vector<std::string> works(1000, std::string(100, 'x'));
    CHECK(works[999].size() == 100);
}

RULE(nothrow_forms_give_null_when_out_of_memory) {
    for (int round = 0; round < 100; round++) {
        CHECK(::operator new(impossible, std::nothrow) == nullptr);
        CHECK(::operator new(impossible_wrap, std::nothrow) == nullptr);
        CHECK(::operator new[](impossible, std::nothrow) == nullptr);
        CHECK(::operator new(impossible, std::align_val_t{64}, std::nothrow) == nullptr);
        CHECK(::operator new[](impossible, std::align_val_t{64}, std::nothrow) == nullptr);
        CHECK(new (std::nothrow) char[impossible] == nullptr);
    }
}

RULE(an_alignment_that_is_no_power_of_two_fails) {
    static volatile size_t odd = 24;
    CHECK(throws_bad_alloc([] { return ::operator new(100, std::align_val_t{odd}); }));
    CHECK(throws_bad_alloc([] { return ::operator new[](100, std::align_val_t{odd}); }));
    CHECK(::operator new(100, std::align_val_t{odd}, std::nothrow) == nullptr);
    CHECK(::operator new[](100, std::align_val_t{odd}, std::nothrow) == nullptr);
}

// Unwinding through operator new runs the destructors of the frames above it.
struct Counted {
    static int alive;
    Counted() { alive++; }
    ~Counted() { alive--; }
};
int Counted::alive = 0;

__attribute__((noinline)) static void fail_below(int depth) {
    Counted counted;
    if (depth == 0) {
        use(::operator new(impossible), 1);
    } else {
        fail_below(depth - 1);
    }
    asm volatile("");
}

RULE(the_exception_runs_destructors_on_its_way) {
    try {
        fail_below(50);
        CHECK(false);
    } catch (const std::bad_alloc &error) {
        CHECK(Counted::alive == 0);
        CHECK(strlen(error.what()) > 0);
    }
}

static void *throw_in_thread(void *) {
    for (int round = 0; round < 200; round++) {
        CHECK(throws_bad_alloc([] { return ::operator new(impossible); }));
    }
    return nullptr;
}

RULE(threads_throw_at_the_same_time) {
    pthread_t threads[4];
    for (pthread_t &thread : threads) {
        CHECK(pthread_create(&thread, nullptr, throw_in_thread, nullptr) == 0);
    }
    for (pthread_t thread : threads) {
        CHECK(pthread_join(thread, nullptr) == 0);
    }
}

struct alignas(256) Overaligned {
    char bytes[256];
};

RULE(containers_of_overaligned_objects_work) {
    std::vector<Overaligned> vector(1000);
    CHECK(aligned(vector.data(), 256));
    std::map<std::string, std::vector<int>> map;
    for (int i = 0; i < 20000; i++) {
        map[std::to_string(i * 7919 % 5000)].push_back(i);
    }
    CHECK(map.size() == 5000);
}
