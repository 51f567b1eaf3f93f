// The debug heap: where reports go, and the hooks that see them first.

#include "debug.h"

#include <sys/mman.h>

ROW(K92) {
    listen();
    EQUAL(_CrtSetReportMode(_CRT_WARN, _CRTDBG_REPORT_MODE), _CRTDBG_MODE_DEBUG);
    EQUAL(_CrtSetReportMode(_CRT_ERROR, _CRTDBG_REPORT_MODE), _CRTDBG_MODE_WNDW);
    EQUAL(_CrtSetReportMode(_CRT_ASSERT, _CRTDBG_REPORT_MODE), _CRTDBG_MODE_WNDW);
    GIVES(_CrtSetReportMode(_CRT_WARN, _CRTDBG_MODE_FILE), _CRTDBG_MODE_DEBUG);
    GIVES(_CrtSetReportMode(_CRT_WARN, 0), _CRTDBG_MODE_FILE);
    GIVES(_CrtSetReportMode(_CRT_WARN, _CRTDBG_REPORT_MODE), 0);
    GIVES(_CrtSetReportMode(_CRT_WARN, 7), 0);
    REFUSES(_CrtSetReportMode(_CRT_WARN, 8), -1);
    REFUSES(_CrtSetReportMode(_CRT_WARN, -2), -1);
    REFUSES(_CrtSetReportMode(_CRT_ERRCNT, _CRTDBG_MODE_FILE), -1);
    REFUSES(_CrtSetReportMode(-1, _CRTDBG_MODE_FILE), -1);
    GIVES(_CrtSetReportMode(_CRT_WARN, _CRTDBG_REPORT_MODE), 7);
}

// A temporary file as a report file, and what was written to it.
static int descriptor;

static _HFILE new_file(void) {
    descriptor = memfd_create("report", 0);
    HOLDS(descriptor >= 0);
    return (_HFILE)(intptr_t)descriptor;
}

static const char *written(void) {
    static char text[4000];
    const ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    return text;
}

ROW(K93) {
    _HFILE file = new_file();
    SAME(_CrtSetReportFile(_CRT_WARN, _CRTDBG_REPORT_FILE), _CRTDBG_INVALID_HFILE);
    SAME(_CrtSetReportFile(_CRT_WARN, file), _CRTDBG_INVALID_HFILE);
    SAME(_CrtSetReportFile(_CRT_WARN, _CRTDBG_REPORT_FILE), file);
    SAME(_CrtSetReportFile(_CRT_ERROR, _CRTDBG_REPORT_FILE), _CRTDBG_INVALID_HFILE);
    _CrtSetReportMode(_CRT_WARN, _CRTDBG_MODE_FILE);
    malloc(77);
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    HOLDS(strstr(written(), "Detected memory leaks!\nDumping objects ->\n{") == written());
    HOLDS(strstr(written(), ", 77 bytes long.\n") != NULL);
    HOLDS(strstr(written(), "Object dump complete.\n") != NULL);
}

// Mode 0 is silence, even with a file.
ROW(K94) {
    _CrtSetReportFile(_CRT_WARN, new_file());
    _CrtSetReportMode(_CRT_WARN, 0);
    malloc(77);
    EQUAL(_CrtDumpMemoryLeaks(), 1);
    EQUAL(_CrtDbgReport(_CRT_WARN, NULL, 0, NULL, "%s\n", "nothing"), 0);
    TEXT(written(), "");
}

// A hook that returns 0 lets the report go on to where it would go without.
static int hook_calls, hook_result, hook_answer;

static int first_hook(int type, char *message, int *result) {
    EQUAL(type, _CRT_WARN);
    HOLDS(strstr(message, "hello 42") != NULL);
    hook_calls++;
    *result = hook_result;
    return hook_answer;
}

ROW(K95) {
    _CrtSetReportFile(_CRT_WARN, new_file());
    _CrtSetReportMode(_CRT_WARN, _CRTDBG_MODE_FILE);
    SAME(_CrtGetReportHook(), NULL);
    SAME(_CrtSetReportHook(first_hook), NULL);
    SAME(_CrtGetReportHook(), first_hook);
    EQUAL(_CrtDbgReport(_CRT_WARN, NULL, 0, NULL, "hello %d\n", 42), 0);
    EQUAL(hook_calls, 1);
    TEXT(written(), "hello 42\n");
    hook_answer = 1;
    EQUAL(_CrtDbgReport(_CRT_WARN, NULL, 0, NULL, "hello %d\n", 42), 0);
    EQUAL(hook_calls, 2);
    TEXT(written(), "hello 42\n");
    hook_result = 1;
    EQUAL(_CrtDbgReport(_CRT_WARN, NULL, 0, NULL, "hello %d\n", 42), 1);
    SAME(_CrtSetReportHook(NULL), first_hook);
    EQUAL(_CrtDbgReport(_CRT_WARN, NULL, 0, NULL, "hello %d\n", 43), 0);
    EQUAL(hook_calls, 3);
    TEXT(written(), "hello 42\nhello 43\n");
}

// File and line go in front.
ROW(K96) {
    listen();
    EQUAL(_CrtDbgReport(_CRT_WARN, "dir/file.c", 321, NULL, "%s-%x\n", "text", 255), 0);
    SAID("dir/file.c(321) : ");
    SAID("text-ff");
    EQUAL(reports[_CRT_WARN], 1);
    listen();
    EQUAL(_CrtDbgReport(_CRT_ERROR, NULL, 0, "module", "broken\n"), 0);
    EQUAL(reports[_CRT_ERROR], 1);
    SAID("broken");
    listen();
    EQUAL(_CrtDbgReport(_CRT_ASSERT, "f.c", 5, NULL, "a == b"), 0);
    EQUAL(reports[_CRT_ASSERT], 1);
    SAID("a == b");
    SAID("f.c(5)");
}

// Several hooks: the last installed is asked first; each is removed as often as it was installed.
static char order[10];
static size_t asked;

static int hook_a(int type, char *message, int *result) {
    (void)type, (void)message, (void)result;
    order[asked++] = 'a';
    return 0;
}

static int hook_b(int type, char *message, int *result) {
    (void)type, (void)message;
    order[asked++] = 'b';
    *result = 0;
    return hook_answer;
}

static const char *hooks_asked(void) {
    asked = 0;
    _CrtDbgReport(_CRT_WARN, NULL, 0, NULL, "x\n");
    order[asked] = '\0';
    return order;
}

ROW(K97) {
    listen();
    _CrtSetReportHook(NULL);
    _CrtSetReportMode(_CRT_WARN, 0);
    EQUAL(_CrtSetReportHook2(_CRT_RPTHOOK_INSTALL, hook_a), 1);
    EQUAL(_CrtSetReportHook2(_CRT_RPTHOOK_INSTALL, hook_b), 1);
    TEXT(hooks_asked(), "ba");
    hook_answer = 1;
    TEXT(hooks_asked(), "b");
    hook_answer = 0;
    EQUAL(_CrtSetReportHook2(_CRT_RPTHOOK_INSTALL, hook_b), 2);
    TEXT(hooks_asked(), "ba");
    EQUAL(_CrtSetReportHook2(_CRT_RPTHOOK_REMOVE, hook_b), 1);
    TEXT(hooks_asked(), "ba");
    EQUAL(_CrtSetReportHook2(_CRT_RPTHOOK_REMOVE, hook_b), 0);
    TEXT(hooks_asked(), "a");
    EQUAL(_CrtSetReportHook2(_CRT_RPTHOOK_REMOVE, hook_b), -1);
    REFUSES(_CrtSetReportHook2(7, hook_b), -1);
    REFUSES(_CrtSetReportHook2(_CRT_RPTHOOK_INSTALL, NULL), -1);
    EQUAL(_CrtSetReportHook2(_CRT_RPTHOOK_REMOVE, hook_a), 0);
    TEXT(hooks_asked(), "");
}

// The macros.
ROW(K98) {
    listen();
    _RPT0(_CRT_WARN, "zero %d\n");
    _RPT1(_CRT_WARN, "one %d\n", 1);
    _RPT2(_CRT_WARN, "two %d %d\n", 1, 2);
    SAID("zero %d\n");
    SAID("one 1\n");
    SAID("two 1 2\n");
    NOT_SAID(__FILE__);
    _RPTF0(_CRT_WARN, "with file\n");
    SAID(text_of("%s(%d) : ", __FILE__, __LINE__ - 1));
    listen();
    int evaluated = 0;
    _ASSERTE(++evaluated == 1);
    _ASSERT(evaluated == 1);
    SILENT();
    _ASSERTE(evaluated == 77);
    EQUAL(reports[_CRT_ASSERT], 1);
    SAID("evaluated == 77");
    _ASSERT(evaluated == 78);
    EQUAL(reports[_CRT_ASSERT], 2);
}

// The handler of the debug library is told what was wrong and where, after a report.
static int told;

static void look_at_arguments(const wchar_t *expression, const wchar_t *function, const wchar_t *file,
                              unsigned int line, uintptr_t reserved) {
    (void)file, (void)line, (void)reserved;
    told += expression != NULL && expression[0] != 0 && function != NULL && function[0] != 0;
    EQUAL(reports[_CRT_ASSERT], 1);
}

ROW(K99) {
    listen();
    _set_invalid_parameter_handler(look_at_arguments);
    EQUAL(_msize_dbg(NULL, _NORMAL_BLOCK), SIZE_MAX);
    EQUAL(told, 1);
    EQUAL(*_errno(), EINVAL);
}

// Without a report hook that takes it, nothing goes to standard output.
ROW(K100) {
    int kept = dup(1);
    new_file();
    dup2(descriptor, 1);
    malloc(77);
    _CrtSetReportMode(_CRT_WARN, _CRTDBG_MODE_FILE);
    _CrtSetReportFile(_CRT_WARN, _CRTDBG_FILE_STDERR);
    _CrtDumpMemoryLeaks();
    TEXT(written(), "");
    _CrtSetReportFile(_CRT_WARN, _CRTDBG_FILE_STDOUT);
    _CrtDumpMemoryLeaks();
    HOLDS(strstr(written(), "Detected memory leaks!") != NULL);
    dup2(kept, 1);
}
