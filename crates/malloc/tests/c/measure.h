// What the tests look at: contents of blocks, random numbers, the process as the system sees it.

#ifndef MEASURE_H
#define MEASURE_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Whether all bytes of a range are `byte`.
__attribute__((unused)) static int filled(const void *start, size_t size, int byte) {
    const unsigned char *bytes = (const unsigned char *)start;
    return size == 0 || (bytes[0] == (unsigned char)byte && memcmp(bytes, bytes + 1, size - 1) == 0);
}

// Splitmix64: the next random number of a sequence.
__attribute__((unused)) static uint64_t next_random(uint64_t *state) {
    uint64_t value = (*state += 0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

// A size below `limit`, small ones more often than large ones.
__attribute__((unused)) static size_t random_size(uint64_t *state, size_t limit) {
    uint64_t bits = 1 + next_random(state) % (63 - (unsigned)__builtin_clzll(limit));
    return (next_random(state) & (((uint64_t)1 << bits) - 1)) % limit;
}

// Reads a file into a buffer with system calls only, so that measuring allocates nothing.
__attribute__((unused)) static size_t read_file(const char *path, char *buffer, size_t size) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t got;
    while (file >= 0 && length + 1 < size && (got = read(file, buffer + length, size - 1 - length)) > 0) {
        length += (size_t)got;
    }
    if (file >= 0) {
        close(file);
    }
    buffer[length] = 0;
    return length;
}

// Resident memory in bytes.
__attribute__((unused)) static size_t resident(void) {
    char text[256];
    size_t whole = 0, pages = 0;
    read_file("/proc/self/statm", text, sizeof text);
    sscanf(text, "%zu %zu", &whole, &pages);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

// The number of mappings of the process.
__attribute__((unused)) static size_t mappings(void) {
    static char text[1 << 22];
    size_t length = read_file("/proc/self/maps", text, sizeof text);
    size_t lines = 0;
    for (size_t at = 0; at < length; at++) {
        lines += text[at] == '\n';
    }
    return lines;
}

#endif
