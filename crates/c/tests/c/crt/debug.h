// Rows about the debug heap: what it reports is collected. Include first.

#ifndef DEBUG_H
#define DEBUG_H

#define _DEBUG 1

#include "rows.h"

#include <stdarg.h>
#include <stddef.h>

#include "blocks.h"

// Bytes in front of a block: a header, whose last four are a guard.
enum { HEADER = 48, GUARD = 4 };

// What was reported since `listen`, by type and all together.
static int reports[_CRT_ERRCNT];
static char said[256 * KIB];
static size_t said_length;

static int collect(int type, char *message, int *result) {
    const size_t length = strlen(message);
    HOLDS(type >= 0 && type < _CRT_ERRCNT);
    HOLDS(said_length + length < sizeof said);
    memcpy(said + said_length, message, length + 1);
    said_length += length;
    reports[type]++;
    *result = 0;
    return 1;
}

// From here on reports go to `said` and nowhere else.
static void listen(void) {
    _CrtSetReportHook(collect);
    memset(reports, 0, sizeof reports);
    said_length = 0;
    said[0] = '\0';
}

__attribute__((unused)) static int reports_of_all_types(void) {
    return reports[_CRT_WARN] + reports[_CRT_ERROR] + reports[_CRT_ASSERT];
}

#define SILENT() HOLDS_AT(reports_of_all_types() == 0, reports_of_all_types())

// The reports contain this text, or don't.
#define SAID(part)                                                               \
    do {                                                                         \
        const char *part_ = (part);                                              \
        if (strstr(said, part_) == NULL) {                                       \
            FAIL("\"%s\" is not in:\n%s", part_, said);                          \
        }                                                                        \
    } while (0)

#define NOT_SAID(part)                                                           \
    do {                                                                         \
        const char *part_ = (part);                                              \
        if (strstr(said, part_) != NULL) {                                       \
            FAIL("\"%s\" is in:\n%s", part_, said);                              \
        }                                                                        \
    } while (0)

// A text made of parts, good until the fourth next call.
__attribute__((unused, format(printf, 1, 2))) static const char *text_of(const char *format, ...) {
    static char texts[4][2000];
    static unsigned next;
    char *text = texts[next++ % 4];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof texts[0], format, arguments);
    va_end(arguments);
    return text;
}

// A block's number among all requests.
__attribute__((unused)) static int32_t request_of(const void *block, size_t size) {
    int32_t request = 0;
    HOLDS(_CrtIsMemoryBlock(block, (unsigned)size, &request, NULL, NULL));
    return request;
}

#define TYPE_IS(block, type) EQUAL(_CrtReportBlockType(block), type)

// A fresh block's bytes and the guards around them.
#define GUARDED(block, size)                                                     \
    do {                                                                         \
        BYTES((const unsigned char *)(block) - GUARD, 0, GUARD, 0xFD);           \
        BYTES(block, size, (size) + GUARD, 0xFD);                                \
    } while (0)

#endif
