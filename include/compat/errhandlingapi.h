/* <errhandlingapi.h> as Windows programs expect it: GetLastError and exceptions of heapmin. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_ERRHANDLINGAPI_H
#define HEAPMIN_COMPAT_ERRHANDLINGAPI_H

#include "../heapapi.h"
#include "../heapmin/keywords.h"

#endif
