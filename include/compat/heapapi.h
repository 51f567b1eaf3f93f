/* <heapapi.h> as Windows programs expect it: the heap functions of heapmin. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_HEAPAPI_H
#define HEAPMIN_COMPAT_HEAPAPI_H

#include "../heapapi.h"
#include "../heapmin/keywords.h"

#endif
