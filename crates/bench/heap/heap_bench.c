/* heap_bench: what HeapAlloc and HeapFree cost on each kind of heap, beside malloc and free.
 *
 * The same source on Windows, in Wine and on heapmin:
 *
 *     x86_64-w64-mingw32-gcc -O2 heap_bench.c -o heap_bench.exe
 *     cc -O2 -I../../../include/compat heap_bench.c -lheapmin_malloc -pthread -o heap_bench
 *
 *     heap_bench time ROUNDS SCALE
 *         everything, the kinds of heap in turns. A line per figure:
 *             WORKLOAD HEAP LEAST MEDIAN
 *         in nanoseconds for each allocation with its free, of all rounds.
 *     heap_bench count WORKLOAD HEAP OPERATIONS
 *         one single-threaded workload on one kind of heap, once, for counting instructions.
 *
 * Rounds are short, some milliseconds: on a busy machine the least of many was disturbed by nobody.
 * With two threads the time is that of a round as a whole, for the operations of one thread. A
 * heap that is very slow gets shorter and fewer rounds, so that it comes to an end. */
#include "workloads.h"
#include <string.h>

enum form { PAIRS, REPLACE, TWO_THREADS, HAND_OVER };

struct workload {
    const char *name;
    enum form form;
    size_t live;       /* blocks that each thread keeps */
    size_t operations; /* of each thread in a round */
};

static const struct workload workloads[] = {
    {"pair", PAIRS, 0, 200000},
    {"replace-1k", REPLACE, 1000, 50000},
    {"replace-100k", REPLACE, 100000, 50000},
    {"two-threads-1k", TWO_THREADS, 1000, 100000},
    {"two-threads-100k", TWO_THREADS, 100000, 100000},
    {"hand-over", HAND_OVER, 0, 100000},
};
#define WORKLOADS (sizeof workloads / sizeof workloads[0])
#define MOST_LIVE 100000
#define MOST_ROUNDS 1000
#define FEWEST_ROUNDS 3
/* Nanoseconds that a round and all rounds of a workload may take. */
#define LONGEST_ROUND 50e6
#define LONGEST_WORKLOAD 15e9
#define SEED 88172645463325252u

static int is_threaded(const struct workload *workload)
{
    return workload->form == TWO_THREADS || workload->form == HAND_OVER;
}

/* A workload on one kind of heap. */
struct contest {
    enum heap_kind kind;
    HANDLE heap;
    struct live_set set;
    size_t operations; /* of each thread in a round */
    double times[MOST_ROUNDS];
};

static struct contest contests[HEAP_KINDS];
static void *arrays[HEAP_KINDS][MOST_LIVE];

static void do_pairs(enum heap_kind kind, HANDLE heap, size_t operations)
{
    WITH_CONSTANT_KIND(kind, pairs, heap, operations)
}

static void do_replace(enum heap_kind kind, HANDLE heap, struct live_set *set, size_t operations)
{
    WITH_CONSTANT_KIND(kind, replace, heap, set, operations)
}

static void do_fill(enum heap_kind kind, HANDLE heap, struct live_set *set)
{
    WITH_CONSTANT_KIND(kind, fill, heap, set)
}

static void do_empty(enum heap_kind kind, HANDLE heap, struct live_set *set)
{
    WITH_CONSTANT_KIND(kind, empty, heap, set)
}

static void do_produce(enum heap_kind kind, HANDLE heap, struct queue *queue, size_t operations)
{
    WITH_CONSTANT_KIND(kind, produce, heap, queue, operations)
}

static void do_consume(enum heap_kind kind, HANDLE heap, struct queue *queue, size_t operations)
{
    WITH_CONSTANT_KIND(kind, consume, heap, queue, operations)
}

static void do_alone(const struct workload *workload, struct contest *contest, size_t operations)
{
    if (workload->form == PAIRS)
        do_pairs(contest->kind, contest->heap, operations);
    else
        do_replace(contest->kind, contest->heap, &contest->set, operations);
}

/* What two threads share in a round. */
struct meeting {
    const struct workload *workload;
    enum heap_kind kind;
    HANDLE heap;
    size_t operations;
    atomic_uint arrived;
    struct queue queue;
};

struct partner {
    struct meeting *meeting;
    struct live_set set;
    int is_first;
    double began, ended;
};

static thread_result THREAD_CALL partner_runs(void *argument)
{
    struct partner *partner = argument;
    struct meeting *meeting = partner->meeting;
    enum heap_kind kind = meeting->kind;
    HANDLE heap = meeting->heap;
    int keeps = meeting->workload->form == TWO_THREADS;
    unsigned waited = 0;
    if (keeps) {
        do_fill(kind, heap, &partner->set);
        do_replace(kind, heap, &partner->set, partner->set.count / 8);
    }
    atomic_fetch_add(&meeting->arrived, 1);
    while (atomic_load(&meeting->arrived) < 2)
        wait_a_little(&waited);
    partner->began = now();
    if (keeps)
        do_replace(kind, heap, &partner->set, meeting->operations);
    else if (partner->is_first)
        do_produce(kind, heap, &meeting->queue, meeting->operations);
    else
        do_consume(kind, heap, &meeting->queue, meeting->operations);
    partner->ended = now();
    if (keeps)
        do_empty(kind, heap, &partner->set);
    return 0;
}

/* A round with two threads; gives its time. */
static double meet(const struct workload *workload, struct contest *contest, size_t operations)
{
    static struct meeting meeting;
    struct partner partners[2];
    thread_id threads[2];
    meeting.workload = workload;
    meeting.kind = contest->kind;
    meeting.heap = contest->heap;
    meeting.operations = operations;
    atomic_store(&meeting.arrived, 0);
    atomic_store(&meeting.queue.put, 0);
    atomic_store(&meeting.queue.taken, 0);
    for (int i = 0; i < 2; i++) {
        partners[i].meeting = &meeting;
        partners[i].is_first = i == 0;
        partners[i].set = new_set(arrays[i], workload->live, SEED + (uint64_t)i);
        if (!start_thread(&threads[i], partner_runs, &partners[i]))
            fail("a thread could not be started");
    }
    for (int i = 0; i < 2; i++)
        join_thread(threads[i]);
    double began = min(partners[0].began, partners[1].began);
    double ended = max(partners[0].ended, partners[1].ended);
    return ended - began;
}

static double round_of(const struct workload *workload, struct contest *contest, size_t operations)
{
    if (is_threaded(workload))
        return meet(workload, contest, operations);
    /* The others' rounds took the processor's caches. */
    do_alone(workload, contest, operations / 4);
    double began = now();
    do_alone(workload, contest, operations);
    return now() - began;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void show(const struct workload *workload, struct contest *contest, size_t rounds)
{
    qsort(contest->times, rounds, sizeof contest->times[0], by_size);
    double operations = (double)contest->operations;
    printf("%s %s %.3f %.3f\n", workload->name, heap_names[contest->kind],
           contest->times[0] / operations, contest->times[rounds / 2] / operations);
    fflush(stdout);
}

/* Opens the heap, fills it, and finds out how many operations make a round. */
static void prepare(const struct workload *workload, struct contest *contest, size_t operations)
{
    contest->heap = open_heap(contest->kind);
    if (!is_threaded(workload)) {
        contest->set = new_set(arrays[contest->kind], workload->live, SEED);
        do_fill(contest->kind, contest->heap, &contest->set);
        do_alone(workload, contest, workload->live / 8);
    }
    size_t few = operations / 64 + 1;
    double each = round_of(workload, contest, few) / (double)few;
    size_t most = (size_t)(LONGEST_ROUND / max(each, 1)) + 1;
    contest->operations = min(operations, most);
}

static void finish(const struct workload *workload, struct contest *contest)
{
    if (!is_threaded(workload))
        do_empty(contest->kind, contest->heap, &contest->set);
    close_heap(contest->kind, contest->heap);
}

static void time_workload(const struct workload *workload, size_t rounds, double scale)
{
    size_t operations = (size_t)((double)workload->operations * scale) + 1;
    /* Heaps that aren't serialised are for one thread. */
    enum heap_kind kinds = is_threaded(workload) ? UNSERIALIZED_HEAP : HEAP_KINDS;
    double began = now();
    for (enum heap_kind kind = 0; kind < kinds; kind++) {
        contests[kind].kind = kind;
        prepare(workload, &contests[kind], operations);
    }
    size_t round = 0;
    while (round < rounds && (round < FEWEST_ROUNDS || now() - began < LONGEST_WORKLOAD)) {
        for (size_t turn = 0; turn < kinds; turn++) {
            struct contest *contest = &contests[(round + turn) % kinds];
            contest->times[round] = round_of(workload, contest, contest->operations);
        }
        round++;
    }
    for (enum heap_kind kind = 0; kind < kinds; kind++) {
        show(workload, &contests[kind], round);
        finish(workload, &contests[kind]);
    }
}

static int count(const char *workload_name, const char *heap_name, size_t operations)
{
    for (size_t i = 0; i < WORKLOADS; i++)
        for (enum heap_kind kind = 0; kind < HEAP_KINDS; kind++) {
            const struct workload *workload = &workloads[i];
            if (strcmp(workload->name, workload_name) != 0 || strcmp(heap_names[kind], heap_name) != 0)
                continue;
            struct contest *contest = &contests[kind];
            contest->kind = kind;
            contest->heap = open_heap(kind);
            contest->set = new_set(arrays[kind], workload->live, SEED);
            do_fill(kind, contest->heap, &contest->set);
            do_alone(workload, contest, operations);
            return 0;
        }
    fail("there is no such workload or heap");
    return 1;
}

int main(int words, char **word)
{
    if (words == 5 && strcmp(word[1], "count") == 0)
        return count(word[2], word[3], (size_t)strtoul(word[4], NULL, 10));
    size_t rounds = words == 4 ? (size_t)strtoul(word[2], NULL, 10) : 0;
    double scale = words == 4 ? strtod(word[3], NULL) : 0;
    if (rounds == 0 || rounds > MOST_ROUNDS || scale <= 0)
        fail("usage: heap_bench time ROUNDS SCALE | heap_bench count WORKLOAD HEAP OPERATIONS");
    for (size_t i = 0; i < WORKLOADS; i++)
        time_workload(&workloads[i], rounds, scale);
    return 0;
}
