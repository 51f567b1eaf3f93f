/* <winbase.h> as Windows programs expect it: the heap and moveable-memory functions of heapmin. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_WINBASE_H
#define HEAPMIN_COMPAT_WINBASE_H

#include "../heapapi.h"
#include "../heapmin/keywords.h"

#endif
