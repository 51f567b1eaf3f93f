/* <winternl.h> as Windows programs expect it: NTSTATUS and the Rtl functions of heapmin. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_WINTERNL_H
#define HEAPMIN_COMPAT_WINTERNL_H

#include "windows.h"

#endif
