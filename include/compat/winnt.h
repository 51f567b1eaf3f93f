/* <winnt.h> as Windows programs expect it: types, flags and status codes of heapmin. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_WINNT_H
#define HEAPMIN_COMPAT_WINNT_H

#include "../heapapi.h"
#include "../heapmin/keywords.h"

#endif
