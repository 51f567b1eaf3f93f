/* Words of Microsoft's compiler, for the headers of include/compat. */
#ifndef HEAPMIN_KEYWORDS_H
#define HEAPMIN_KEYWORDS_H

#if !defined(_MSC_VER) && !defined(__MINGW32__)
#define __cdecl
#define __stdcall
#define __int64 long long
#define __int32 int
#define __forceinline static inline
#endif

#endif
