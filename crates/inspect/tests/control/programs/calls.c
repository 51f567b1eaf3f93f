/* Sits in a blocking system call, which has to go on as if nothing had been: it neither fails nor ends
   early, nor takes longer than it would have. Ends when it is told to, by its input, or by time. */
#include "program.h"

#include <linux/futex.h>
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <netinet/in.h>

/* Seconds of a call with a time. */
#define TIME 2

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void took(double began, double least, double most) {
    double time = now() - began;
    if (time < least || time > most) {
        printf("took %.3f s, not %.3f to %.3f\n", time, least, most);
        fflush(stdout);
        _exit(1);
    }
}

static void call_read(void) {
    char c;
    CHECK(read(0, &c, 1) == 0);
}

static void call_nanosleep(void) {
    struct timespec time = {TIME, 0}, rest = {77, 77};
    double began = now();
    CHECK(nanosleep(&time, &rest) == 0);
    took(began, TIME, TIME + 1.5);
}

static void call_clock_nanosleep(void) {
    double began = now();
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += TIME;
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == 0);
    took(began, TIME, TIME + 1.5);
}

static void call_futex(void) {
    static uint32_t word;
    struct timespec time = {TIME, 0};
    double began = now();
    long result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0);
    CHECK(result == -1 && errno == ETIMEDOUT);
    took(began, TIME, TIME + 1.5);
}

static void call_poll(void) {
    double began = now();
    CHECK(poll(NULL, 0, TIME * 1000) == 0);
    took(began, TIME, TIME + 1.5);
    struct pollfd input = {.fd = 0, .events = POLLIN};
    CHECK(poll(&input, 1, -1) == 1);
}

static void call_ppoll(void) {
    struct timespec time = {TIME, 0};
    sigset_t none;
    sigemptyset(&none);
    double began = now();
    CHECK(ppoll(NULL, 0, &time, &none) == 0);
    took(began, TIME, TIME + 1.5);
}

static void call_select(void) {
    struct timeval time = {TIME, 0};
    double began = now();
    CHECK(select(0, NULL, NULL, NULL, &time) == 0);
    took(began, TIME, TIME + 1.5);
}

static void call_pselect(void) {
    struct timespec time = {TIME, 0};
    sigset_t none;
    sigemptyset(&none);
    double began = now();
    CHECK(pselect(0, NULL, NULL, NULL, &time, &none) == 0);
    took(began, TIME, TIME + 1.5);
}

/* Returns no earlier, without an error, and with what comes. */
static void call_epoll(int milliseconds) {
    int set = epoll_create1(0), event = eventfd(0, 0);
    CHECK(set >= 0 && event >= 0);
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = 0}, found;
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, 0, &wanted) == 0);
    CHECK(epoll_wait(set, &found, 1, milliseconds) == 1 && found.data.fd == 0);
}

static void call_epoll_wait(void) { call_epoll(-1); }
static void call_epoll_time(void) { call_epoll(60000); }

static void call_epoll_pwait(void) {
    int set = epoll_create1(0);
    CHECK(set >= 0);
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = 0}, found;
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, 0, &wanted) == 0);
    sigset_t none;
    sigemptyset(&none);
    CHECK(epoll_pwait(set, &found, 1, -1, &none) == 1 && found.data.fd == 0);
}

static int woken;

static void wake(int number) {
    (void)number;
    woken++;
}

static void expect(int number) {
    struct sigaction action = {.sa_handler = wake};
    CHECK(sigaction(number, &action, NULL) == 0);
}

static void call_pause(void) {
    expect(SIGUSR1);
    CHECK(pause() == -1 && errno == EINTR);
    CHECK(woken == 1);
}

static void call_sigsuspend(void) {
    expect(SIGUSR1);
    sigset_t blocked, none;
    sigemptyset(&none);
    sigfillset(&blocked);
    CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
    CHECK(sigsuspend(&none) == -1 && errno == EINTR);
    CHECK(woken == 1);
    sigset_t after;
    CHECK(sigprocmask(SIG_BLOCK, NULL, &after) == 0);
    CHECK(sigismember(&after, SIGUSR1) && sigismember(&after, SIGTERM));
}

static void call_sigwait(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    /* The system call itself: the C library repeats it. */
    long number = syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8);
    CHECK(number == SIGUSR1);
}

static void call_accept(void) {
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    CHECK(bind(server, (struct sockaddr *)&address, length) == 0 && listen(server, 1) == 0);
    CHECK(getsockname(server, (struct sockaddr *)&address, &length) == 0);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    CHECK(accept(server, NULL, NULL) >= 0);
}

static void call_recv(void) {
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    /* With a time the kernel doesn't take the call up again after a signal. */
    struct timeval time = {60, 0};
    CHECK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        char c;
        CHECK(read(0, &c, 1) == 0);
        CHECK(write(pair[1], "x", 1) == 1);
        _exit(0);
    }
    char c;
    CHECK(recv(pair[0], &c, 1, 0) == 1 && c == 'x');
    CHECK(waitpid(child, NULL, 0) == child);
}

static void call_wait(void) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        char c;
        CHECK(read(0, &c, 1) == 0);
        _exit(7);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
}

static void call_semop(void) {
    int set = semget(IPC_PRIVATE, 1, 0600);
    CHECK(set >= 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        char c;
        CHECK(read(0, &c, 1) == 0);
        struct sembuf up = {0, 1, 0};
        CHECK(semop(set, &up, 1) == 0);
        _exit(0);
    }
    struct sembuf down = {0, -1, 0};
    int result = semop(set, &down, 1);
    int error = errno;
    semctl(set, 0, IPC_RMID);
    errno = error;
    CHECK(result == 0);
    CHECK(waitpid(child, NULL, 0) == child);
}

int main(int count, char **arguments) {
    static const struct {
        const char *name;
        void (*call)(void);
    } calls[] = {
        {"read", call_read},           {"nanosleep", call_nanosleep},
        {"futex", call_futex},         {"clock_nanosleep", call_clock_nanosleep},
        {"poll", call_poll},           {"ppoll", call_ppoll},
        {"select", call_select},       {"pselect", call_pselect},
        {"epoll_wait", call_epoll_wait}, {"epoll_time", call_epoll_time},
        {"epoll_pwait", call_epoll_pwait}, {"pause", call_pause},
        {"sigsuspend", call_sigsuspend}, {"sigwait", call_sigwait},
        {"accept", call_accept},       {"recv", call_recv},
        {"wait", call_wait},           {"semop", call_semop},
    };
    CHECK(count == 2);
    use_heap(2000);
    say_ready();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].name, arguments[1]) == 0) {
            calls[i].call();
            return 0;
        }
    }
    CHECK(!"a call that is known");
}
