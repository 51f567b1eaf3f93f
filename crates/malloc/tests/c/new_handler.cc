// The new-handler loop of the C++ standard, [new.delete.single].

#include <new>

#include "rule.h"

static volatile size_t impossible = PTRDIFF_MAX - 4096;
static int calls;

static void give_up_at_the_fifth_call() {
    if (++calls == 5) {
        std::set_new_handler(nullptr);
    }
}

static void throw_at_the_fifth_call() {
    if (++calls == 5) {
        throw std::bad_alloc();
    }
}

struct Unrelated {
    int number;
};

static void throw_something_unrelated() {
    calls++;
    throw Unrelated{1234};
}

template <typename Allocate> static bool throws_bad_alloc(Allocate allocate) {
    try {
        (void)allocate();
    } catch (const std::bad_alloc &) {
        return true;
    }
    return false;
}

template <typename Allocate> static void calls_until_none_is_left(Allocate allocate) {
    calls = 0;
    std::set_new_handler(give_up_at_the_fifth_call);
    CHECK(throws_bad_alloc(allocate));
    CHECK_AT(calls == 5, calls);
}

RULE(the_handler_is_called_until_there_is_none) {
    calls_until_none_is_left([] { return ::operator new(impossible); });
    calls_until_none_is_left([] { return ::operator new[](impossible); });
    calls_until_none_is_left([] { return ::operator new(impossible, std::align_val_t{64}); });
    calls_until_none_is_left([] { return ::operator new[](impossible, std::align_val_t{64}); });
}

template <typename Allocate> static void null_when_none_is_left(Allocate allocate) {
    calls = 0;
    std::set_new_handler(give_up_at_the_fifth_call);
    CHECK(allocate() == nullptr);
    CHECK_AT(calls == 5, calls);
}

RULE(nothrow_forms_call_the_handler_too) {
    null_when_none_is_left([] { return ::operator new(impossible, std::nothrow); });
    null_when_none_is_left([] { return ::operator new[](impossible, std::nothrow); });
    null_when_none_is_left([] { return ::operator new(impossible, std::align_val_t{64}, std::nothrow); });
    null_when_none_is_left([] { return ::operator new[](impossible, std::align_val_t{64}, std::nothrow); });
}

RULE(a_handler_may_throw_bad_alloc) {
    std::set_new_handler(throw_at_the_fifth_call);
    CHECK(throws_bad_alloc([] { return ::operator new(impossible); }));
    CHECK(calls == 5);
    calls = 0;
    CHECK(throws_bad_alloc([] { return ::operator new[](impossible, std::align_val_t{64}); }));
    CHECK(calls == 5);
}

RULE(nothrow_forms_turn_what_a_handler_throws_into_null) {
    std::set_new_handler(throw_at_the_fifth_call);
    CHECK(::operator new(impossible, std::nothrow) == nullptr);
    CHECK_AT(calls == 5, calls);
    std::set_new_handler(throw_something_unrelated);
    calls = 0;
    CHECK(::operator new(impossible, std::nothrow) == nullptr);
    CHECK(::operator new[](impossible, std::nothrow) == nullptr);
    CHECK(::operator new(impossible, std::align_val_t{64}, std::nothrow) == nullptr);
    CHECK(::operator new[](impossible, std::align_val_t{64}, std::nothrow) == nullptr);
    CHECK_AT(calls == 4, calls);
}

RULE(throwing_forms_pass_on_whatever_a_handler_throws) {
    std::set_new_handler(throw_something_unrelated);
    try {
        (void)::operator new(impossible);
        CHECK(false);
    } catch (const Unrelated &unrelated) {
        CHECK(unrelated.number == 1234);
    }
}

// A handler that does what handlers are for: it frees a reserve.
static void *reserve;

static void free_the_reserve() {
    calls++;
    CHECK(reserve != nullptr);
    free(reserve);
    reserve = nullptr;
}

RULE(after_a_handler_freed_memory_new_succeeds) {
    reserve = malloc(400 * MIB);
    CHECK(reserve != nullptr);
    // Fill what the limit leaves, except for less than the block that is asked for below.
    while (malloc(20 * MIB) != nullptr) {
    }
    std::set_new_handler(free_the_reserve);
    char *block = static_cast<char *>(::operator new(200 * MIB));
    CHECK(calls == 1 && block != nullptr);
    block[0] = block[200 * MIB - 1] = 1;
}

RULE(malloc_calls_no_handler) {
    std::set_new_handler(give_up_at_the_fifth_call);
    CHECK(malloc(impossible) == nullptr);
    CHECK(calloc(1, impossible) == nullptr);
    CHECK(calls == 0);
}
