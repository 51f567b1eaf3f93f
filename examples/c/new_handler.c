/* A handler that finds memory when malloc doesn't.
 *
 * The program keeps a reserve. When malloc fails, the new handler frees the reserve and asks malloc
 * to try again; the second time there is nothing left to free, and malloc returns NULL. */
#include <errno.h>
#include <malloc.h>
#include <new.h>
#include <stdio.h>

static void *reserve;
static int calls;

static int __cdecl find_memory(size_t size) {
    (void)size;
    calls++;
    if (reserve == NULL) return 0; /* give up: malloc returns NULL */
    free(reserve);
    reserve = NULL;
    return 1; /* try again */
}

int main(void) {
    void *block;

    reserve = malloc(1024 * 1024);
    if (reserve == NULL) return 1;

    /* By default only C++'s `new` calls the handler; mode 1 makes malloc do so too. */
    _set_new_handler(find_memory);
    printf("the mode was %d\n", _set_new_mode(1));

    /* No computer has this much memory, reserve or not. */
    errno = 0;
    block = malloc(_HEAP_MAXREQ / 4);
    printf("malloc gives %s, errno is %s\n", block == NULL ? "NULL" : "a block",
           errno == ENOMEM ? "ENOMEM" : "another number");
    printf("the handler was called %d times; the reserve is %s\n", calls,
           reserve == NULL ? "gone" : "there");

    _set_new_handler(NULL);
    _set_new_mode(0);
    free(reserve);
    return 0;
}
