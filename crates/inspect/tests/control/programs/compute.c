/* Computes with all registers, and never rests: every value is known beforehand. With "threads", in four
   threads that also take and free blocks. */
#include "program.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>

static volatile int over;

/* All general registers, the flags, SSE and x87 registers, and the red zone keep what is in them through
   a loop without a system call. Returns 0 if they did. */
static long rounds = 20000000;

static long registers(void) {
    long wrong;
    __asm__ volatile(
        /* Away from what the compiler has below the stack. */
        "lea -256(%%rsp), %%rsp\n"
        "push %%rbp\n"
        "mov %%rsp, %%rbp\n"
        "push %%rbx\n"
        "movq %%rsp, %%xmm15\n"
        "movabs $0x1111111111111111, %%rax\n"
        "mov %%rax, -8(%%rsp)\n"
        "mov %%rax, -128(%%rsp)\n"
        "movq %%rax, %%xmm0\n"
        "fldpi\n"
        "mov %1, %%rcx\n"
        "mov $0x22, %%rbx\n"
        "mov $0x33, %%rdx\n"
        "mov $0x44, %%rsi\n"
        "mov $0x55, %%rdi\n"
        "mov $0x88, %%r8\n"
        "mov $0x99, %%r9\n"
        "mov $0xaa, %%r10\n"
        "mov $0xbb, %%r11\n"
        "mov $0xcc, %%r12\n"
        "mov $0xdd, %%r13\n"
        "mov $0xee, %%r14\n"
        "mov $0xff, %%r15\n"
        /* The carry flag stays set throughout: neither dec nor lea nor jrcxz touches it. */
        "stc\n"
        "1: lea -1(%%rcx), %%rcx\n"
        "jnc 2f\n"
        "jrcxz 3f\n"
        "jmp 1b\n"
        "2: mov $1, %0\n"
        "jmp 9f\n"
        "3: mov $2, %0\n"
        "movq %%xmm15, %%rcx\n"
        "cmp %%rcx, %%rsp\n jne 9f\n"
        "mov $3, %0\n"
        "movabs $0x1111111111111111, %%rcx\n"
        "cmp %%rcx, -8(%%rsp)\n jne 9f\n"
        "cmp %%rcx, -128(%%rsp)\n jne 9f\n"
        "movq %%xmm0, %%rax\n"
        "cmp %%rcx, %%rax\n jne 9f\n"
        "mov $4, %0\n"
        "cmp $0x22, %%rbx\n jne 9f\n"
        "cmp $0x33, %%rdx\n jne 9f\n"
        "cmp $0x44, %%rsi\n jne 9f\n"
        "cmp $0x55, %%rdi\n jne 9f\n"
        "cmp $0x88, %%r8\n jne 9f\n"
        "cmp $0x99, %%r9\n jne 9f\n"
        "cmp $0xaa, %%r10\n jne 9f\n"
        "cmp $0xbb, %%r11\n jne 9f\n"
        "cmp $0xcc, %%r12\n jne 9f\n"
        "cmp $0xdd, %%r13\n jne 9f\n"
        "cmp $0xee, %%r14\n jne 9f\n"
        "cmp $0xff, %%r15\n jne 9f\n"
        "mov $5, %0\n"
        "fldpi\n"
        "fucomip %%st(1), %%st\n"
        "jne 9f\n"
        "mov $0, %0\n"
        "9:\n"
        "fstp %%st(0)\n"
        "pop %%rbx\n"
        "pop %%rbp\n"
        "lea 256(%%rsp), %%rsp\n"
        : "=&a"(wrong)
        : "m"(rounds)
        : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
          "xmm15", "memory", "cc");
    return wrong;
}

static void *allocate(void *seed) {
    uint64_t random = (uintptr_t)seed * 0x9e3779b97f4a7c15u + 1;
    static _Thread_local unsigned char *blocks[512];
    static _Thread_local size_t sizes[512];
    while (!over) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t place = random >> 55, size = 1 + (random >> 30) % 20000;
        if (blocks[place]) {
            CHECK(blocks[place][0] == (unsigned char)place);
            CHECK(blocks[place][sizes[place] - 1] == (unsigned char)place);
            free(blocks[place]);
        }
        blocks[place] = malloc(size);
        CHECK(blocks[place]);
        blocks[place][0] = blocks[place][size - 1] = place;
        sizes[place] = size;
    }
    return NULL;
}

int main(int count, char **arguments) {
    use_heap(2000);
    CHECK(fcntl(0, F_SETFL, O_NONBLOCK) == 0);
    pthread_t threads[4];
    int number = count > 1 && strcmp(arguments[1], "threads") == 0 ? 4 : 0;
    for (int i = 0; i < number; i++) {
        CHECK(pthread_create(&threads[i], NULL, allocate, (void *)(uintptr_t)i) == 0);
    }
    say_ready();
    char c;
    do {
        errno = 12345;
        long wrong = registers();
        if (wrong) printf("registers: %ld\n", wrong);
        CHECK(wrong == 0);
        CHECK(errno == 12345);
    } while (read(0, &c, 1) < 0);
    over = 1;
    for (int i = 0; i < number; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    return 0;
}
