/* <crtdbg.h> as Windows programs expect it: the debug heap, if _DEBUG is defined.
 *
 * Microsoft's compiler defines _DEBUG for its debug libraries; here it is -D_DEBUG. Define
 * _CRTDBG_MAP_ALLOC before any header of include/compat for the file and line of each block. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_CRTDBG_H
#define HEAPMIN_COMPAT_CRTDBG_H

#include "malloc.h"

#endif
