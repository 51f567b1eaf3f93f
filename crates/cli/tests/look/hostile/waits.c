// One thread in a blocking call, again and again, until the input is readable; the system lets some of
// these calls fail if a debugger stops the thread. Prints how often the call did not wait as long as told.

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    const char *call = argc > 1 ? argv[1] : "";
    // The heap is in use.
    free(malloc(100));
    int sockets[2];
    struct timeval limit = {0, 100000};
    socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
    setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    int epoll = epoll_create1(0), semaphore = semget(IPC_PRIVATE, 1, 0600);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR2);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    puts("ready");
    fflush(stdout);
    int early = 0;
    struct pollfd input = {0, POLLIN, 0};
    while (poll(&input, 1, 0) == 0) {
        struct timespec pause = {0, 100000000};
        struct epoll_event event;
        struct sembuf take = {0, -1, 0};
        char byte;
        double start = now();
        errno = EAGAIN;
        if (strcmp(call, "epoll_wait") == 0) {
            epoll_wait(epoll, &event, 1, 100);
        } else if (strcmp(call, "sigtimedwait") == 0) {
            sigtimedwait(&signals, NULL, &pause);
        } else if (strcmp(call, "semtimedop") == 0) {
            semtimedop(semaphore, &take, 1, &pause);
        } else if (strcmp(call, "recv") == 0) {
            recv(sockets[0], &byte, 1, 0);
        } else if (strcmp(call, "nanosleep") == 0) {
            nanosleep(&pause, NULL);
        }
        if (errno != EAGAIN || now() - start < 0.0999) {
            early++;
        }
    }
    semctl(semaphore, 0, IPC_RMID);
    printf("%d early\n", early);
    return early != 0;
}
