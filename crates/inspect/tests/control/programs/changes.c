/* Changes all the time: "exec" becomes itself again and again, "fork" makes children that use the heap,
   "threads" has threads that come and go, "alone" lets its first thread end before the others. */
#include "program.h"

#include <pthread.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>

static int is_over(void) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    return poll(&input, 1, 0) == 1;
}

static void *use(void *unused) {
    use_heap(200);
    return unused;
}

static void threads(void) {
    while (!is_over()) {
        pthread_t all[3];
        for (int i = 0; i < 3; i++) CHECK(pthread_create(&all[i], NULL, use, NULL) == 0);
        for (int i = 0; i < 3; i++) CHECK(pthread_join(all[i], NULL) == 0);
    }
}

static void children(void) {
    while (!is_over()) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            use_heap(200);
            _exit(3);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    }
}

static void *rest(void *unused) {
    while (!is_over()) {
        struct timespec time = {0, 1000000};
        CHECK(nanosleep(&time, NULL) == 0);
        use_heap(100);
    }
    exit(0);
    return unused;
}

int main(int count, char **arguments) {
    CHECK(count == 2 || count == 3);
    use_heap(2000);
    const char *kind = arguments[1];
    if (count == 2) say_ready();
    if (strcmp(kind, "exec") == 0) {
        if (is_over()) return 0;
        struct timespec time = {0, 4000000};
        CHECK(nanosleep(&time, NULL) == 0);
        execl("/proc/self/exe", arguments[0], kind, "again", NULL);
        CHECK(!"exec");
    } else if (strcmp(kind, "fork") == 0) {
        children();
    } else if (strcmp(kind, "threads") == 0) {
        threads();
    } else {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, rest, NULL) == 0);
        pthread_exit(NULL);
    }
    return 0;
}
