/* The few functions on processes that programs about heaps use, for the headers of
 * include/compat. */
#ifndef HEAPMIN_PROCESS_H
#define HEAPMIN_PROCESS_H

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "types.h"

/* The number of the process. */
static inline DWORD GetCurrentProcessId(void) {
    return (DWORD)getpid();
}

/* Ends the process, as exit does. */
static inline void ExitProcess(UINT uExitCode) {
    exit((int)uExitCode);
}

/* Waits for that many milliseconds. */
static inline void Sleep(DWORD dwMilliseconds) {
    (void)poll(NULL, 0, dwMilliseconds > 0x7FFFFFFF ? -1 : (int)dwMilliseconds);
}

#endif
