// One misuse per run: misuse CASE FUNCTION SIZE. Before it, the address that the report has to
// name goes to standard output. Surviving the misuse is exit status 3.

#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include "rule.h"

static const char *function;

static void expect(const void *address) {
    dprintf(1, "%p\n", address);
}

// Gives a pointer to the function under test.
static void give(void *pointer) {
    if (strcmp(function, "free") == 0) {
        free(pointer);
    } else if (strcmp(function, "realloc") == 0) {
        pointer = realloc(pointer, 100);
    } else if (strcmp(function, "realloc_to_zero") == 0) {
        pointer = realloc(pointer, 0);
    } else if (strcmp(function, "reallocarray") == 0) {
        pointer = reallocarray(pointer, 1000, 1000);
    } else if (strcmp(function, "malloc_usable_size") == 0) {
        (void)malloc_usable_size(pointer);
    } else {
        void (*named)(void *, size_t, size_t) = dlsym(RTLD_DEFAULT, function);
        CHECK(named != NULL);
        named(pointer, 16, 16);
    }
    dprintf(2, "survived\n");
    _exit(3);
}

static void *run_give(void *pointer) {
    give(pointer);
    return NULL;
}

static void *run_free(void *pointer) {
    free(pointer);
    return NULL;
}

static void in_a_thread(void *(*body)(void *), void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, body, argument) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static char *block_of(size_t size) {
    // Among others, as in a program that has been running.
    static void *others[300];
    for (int i = 0; i < 300; i++) {
        others[i] = malloc(i < 250 && size < 100000 ? size : 100);
    }
    char *block = malloc(size);
    CHECK(block != NULL);
    memset(block, 1, size < MIB ? size : MIB);
    for (int i = 0; i < 300; i += 2) {
        free(others[i]);
    }
    return block;
}

static size_t size_argument(void) {
    function = arguments[0];
    return strtoull(arguments[1], NULL, 10);
}

RULE(freed_by_its_thread_before) {
    char *block = block_of(size_argument());
    free(block);
    expect(block);
    give(block);
}

RULE(freed_by_another_thread_before) {
    char *block = block_of(size_argument());
    in_a_thread(run_free, block);
    expect(block);
    give(block);
}

RULE(freed_by_its_thread_and_given_by_another) {
    char *block = block_of(size_argument());
    free(block);
    expect(block);
    in_a_thread(run_give, block);
}

RULE(freed_by_one_thread_and_given_by_a_third) {
    char *block = block_of(size_argument());
    in_a_thread(run_free, block);
    expect(block);
    in_a_thread(run_give, block);
}

static void *run_allocate(void *size) {
    return block_of((size_t)size);
}

RULE(allocated_by_a_thread_that_ended_and_freed_before) {
    pthread_t thread;
    void *block;
    CHECK(pthread_create(&thread, NULL, run_allocate, (void *)size_argument()) == 0);
    CHECK(pthread_join(thread, &block) == 0);
    free(block);
    expect(block);
    give(block);
}

static pthread_barrier_t start;

static void *run_free_at_once(void *block) {
    pthread_barrier_wait(&start);
    free(block);
    return NULL;
}

// Both frees may have returned before the second is seen: at the latest when the block would be
// handed out again.
static void free_in_two_threads(int one_is_the_owner) {
    size_t size = size_argument();
    char *block = block_of(size);
    expect(block);
    pthread_t threads[2];
    pthread_barrier_init(&start, NULL, 2);
    for (int i = one_is_the_owner; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, run_free_at_once, block) == 0);
    }
    if (one_is_the_owner) {
        run_free_at_once(block);
    }
    for (int i = one_is_the_owner; i < 2; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    for (size_t total = 0; total < 20 * MIB; total += size + 16) {
        CHECK(malloc(size) != NULL);
    }
    dprintf(2, "survived\n");
    _exit(3);
}

RULE(freed_by_two_other_threads_at_the_same_time) {
    free_in_two_threads(0);
}

RULE(freed_by_its_owner_and_another_thread_at_the_same_time) {
    free_in_two_threads(1);
}

RULE(freed_long_before) {
    size_t size = size_argument();
    char *block = block_of(size);
    char *others[1000];
    for (int i = 0; i < 1000; i++) {
        others[i] = malloc(i % 2 ? size / 8 + 1 : 100 + (size_t)i);
    }
    free(block);
    for (int i = 0; i < 1000; i++) {
        free(others[i]);
    }
    expect(block);
    give(block);
}

RULE(freed_before_and_trimmed) {
    char *block = block_of(size_argument());
    free(block);
    malloc_trim(0);
    expect(block);
    give(block);
}

RULE(moved_by_realloc_before) {
    size_t size = size_argument();
    char *block = block_of(size);
    // Something behind it, so that it has to move.
    char *behind = malloc(size);
    char *moved = realloc(block, 4 * size + 100000);
    if (moved == block) {
        // Grown in place: nothing was misused. Free it twice instead.
        free(moved);
    }
    expect(block);
    give(block);
    free(behind);
}

RULE(inside_a_block) {
    size_t size = size_argument();
    char *block = block_of(size);
    size_t inside = size / 2 / 16 * 16;
    expect(block + inside);
    give(block + inside);
}

RULE(sixteen_bytes_into_a_block) {
    char *block = block_of(size_argument());
    expect(block + 16);
    give(block + 16);
}

RULE(a_page_into_a_block) {
    char *block = block_of(size_argument());
    expect(block + 4096);
    give(block + 4096);
}

RULE(one_byte_into_a_block) {
    char *block = block_of(size_argument());
    expect(block + 1);
    give(block + 1);
}

RULE(just_before_a_block) {
    char *block = block_of(size_argument());
    expect(block - 8);
    give(block - 8);
}

RULE(inside_a_free_block) {
    size_t size = size_argument();
    char *block = block_of(size);
    free(block);
    size_t inside = size / 2 / 16 * 16;
    expect(block + inside);
    give(block + inside);
}

RULE(inside_an_aligned_block) {
    size_t size = size_argument();
    char *block = aligned_alloc(4096, size + 8192);
    expect(block + 4096);
    give(block + 4096);
}

RULE(on_the_stack) {
    size_argument();
    char local[64] __attribute__((aligned(16)));
    expect(local);
    give(local);
}

static char variable[64] __attribute__((aligned(16))) = "initialised";

RULE(a_static_variable) {
    size_argument();
    expect(variable);
    give(variable);
}

RULE(a_function) {
    size_argument();
    expect((void *)((uintptr_t)give & ~(uintptr_t)15));
    give((void *)((uintptr_t)give & ~(uintptr_t)15));
}

RULE(mapped_by_the_program) {
    size_t size = size_argument();
    char *mapping = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapping != MAP_FAILED);
    expect(mapping);
    give(mapping);
}

RULE(mapped_by_the_program_at_a_multiple_of_a_gibibyte) {
    size_argument();
    char *mapping = mmap((void *)0x100000000000, MIB, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(mapping != MAP_FAILED);
    expect(mapping);
    give(mapping);
}

RULE(made_by_the_allocator_of_the_c_library) {
    size_t size = size_argument();
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    CHECK(libc != NULL);
    void *(*other)(size_t) = dlsym(libc, "malloc");
    CHECK(other != NULL && other != malloc);
    void *block = other(size);
    expect(block);
    give(block);
}

static void absurd(uintptr_t address) {
    function = arguments[0];
    expect((void *)address);
    give((void *)address);
}

RULE(an_address_in_the_first_page) {
    absurd(16);
}

RULE(an_address_that_is_no_address) {
    absurd(0xdeadbeefdeadbee0);
}

RULE(the_highest_address) {
    absurd(UINTPTR_MAX - 15);
}

RULE(an_address_of_the_kernel) {
    absurd(0xffffffff80000000);
}
