/* <new.h> as Windows programs expect it: _set_new_handler, _set_new_mode and so on. They are
 * for malloc; `new` has the system's std::set_new_handler. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_NEW_H
#define HEAPMIN_COMPAT_NEW_H

#ifdef __cplusplus
#include <new>
#endif

#include "../crtheap.h"
#include "../heapmin/keywords.h"

#endif
