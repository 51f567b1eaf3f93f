/* Threads and a clock, on Windows and on POSIX systems. */
#ifndef HEAP_BENCH_PLATFORM_H
#define HEAP_BENCH_PLATFORM_H

#include <windows.h>

#ifndef _WIN32
#include <pthread.h>
#include <sched.h>
#include <time.h>
#endif

#ifdef _WIN32
typedef HANDLE thread_id;
typedef DWORD thread_result;
#define THREAD_CALL WINAPI
#else
typedef pthread_t thread_id;
typedef void *thread_result;
#define THREAD_CALL
#endif

typedef thread_result(THREAD_CALL *thread_body)(void *);

/* Starts a thread; 0 if that failed. */
static inline int start_thread(thread_id *thread, thread_body body, void *argument)
{
#ifdef _WIN32
    *thread = CreateThread(NULL, 0, body, argument, 0, NULL);
    return *thread != NULL;
#else
    return pthread_create(thread, NULL, body, argument) == 0;
#endif
}

static inline void join_thread(thread_id thread)
{
#ifdef _WIN32
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
#else
    pthread_join(thread, NULL);
#endif
}

/* Lets other threads have the processor. */
static inline void give_way(void)
{
#ifdef _WIN32
    SwitchToThread();
#else
    sched_yield();
#endif
}

/* Nanoseconds since some moment. */
static inline double now(void)
{
#ifdef _WIN32
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart * 1e9 / (double)frequency.QuadPart;
#else
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
#endif
}

#endif
