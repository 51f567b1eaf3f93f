/* <ntstatus.h> as Windows programs expect it: STATUS_ codes. Programs that compare them with an
 * NTSTATUS define WIN32_NO_STATUS before they include <windows.h>. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_NTSTATUS_H
#define HEAPMIN_COMPAT_NTSTATUS_H

#include "../heapmin/status.h"

#endif
