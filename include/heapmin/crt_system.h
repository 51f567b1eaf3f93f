/* The functions whose names begin with _o_: what components of the system call.
 *
 * They do the same as those without, and have an errno and handlers of their own, so that a
 * component and the program don't disturb each other. The heap is one. */
#ifndef HEAPMIN_CRT_SYSTEM_H
#define HEAPMIN_CRT_SYSTEM_H

#include "crt_errors.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

void *_o_malloc(size_t size);
void *_o_calloc(size_t number, size_t size);
void *_o_realloc(void *memblock, size_t size);
void _o_free(void *memblock);
void *_o__recalloc(void *memblock, size_t num, size_t size);
void *_o__expand(void *memblock, size_t size);
size_t _o__msize(void *memblock);

void *_o__aligned_malloc(size_t size, size_t alignment);
void *_o__aligned_realloc(void *memblock, size_t size, size_t alignment);
void *_o__aligned_recalloc(void *memblock, size_t num, size_t size, size_t alignment);
void *_o__aligned_offset_malloc(size_t size, size_t alignment, size_t offset);
void *_o__aligned_offset_realloc(void *memblock, size_t size, size_t alignment, size_t offset);
void *_o__aligned_offset_recalloc(void *memblock, size_t num, size_t size, size_t alignment,
                                  size_t offset);
void _o__aligned_free(void *memblock);
size_t _o__aligned_msize(void *memblock, size_t alignment, size_t offset);

int _o__heapchk(void);
int _o__heapmin(void);
intptr_t _o__get_heap_handle(void);

int _o__set_new_mode(int mode);
_PNH _o__set_new_handler(_PNH handler);
int _o__callnewh(size_t size);

int *_o__errno(void);
DWORD *_o___doserrno(void);
errno_t _o__set_errno(int value);
errno_t _o__get_errno(int *value);
errno_t _o__set_doserrno(DWORD value);
errno_t _o__get_doserrno(DWORD *value);

_invalid_parameter_handler _o__set_invalid_parameter_handler(_invalid_parameter_handler handler);
_invalid_parameter_handler _o__get_invalid_parameter_handler(void);
_invalid_parameter_handler
_o__set_thread_local_invalid_parameter_handler(_invalid_parameter_handler handler);
_invalid_parameter_handler _o__get_thread_local_invalid_parameter_handler(void);
void _o__invalid_parameter_noinfo(void);

#ifdef __cplusplus
}
#endif

#endif
