/* <malloc.h> as Windows programs expect it, on heapmin: malloc and its relatives, the aligned
 * blocks, _heapwalk, _malloca and so on.
 *
 * Compile with -Iinclude/compat. Link libheapmin.so if the program frees only what it got from
 * these functions itself; link libheapmin_malloc.so if it also frees memory that the C library
 * hands out, as strdup does: there, both are one heap. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_MALLOC_H
#define HEAPMIN_COMPAT_MALLOC_H

#include "../crtheap.h"
#include "../heapmin/keywords.h"
#include "../heapmin/plain_names.h"

#endif
