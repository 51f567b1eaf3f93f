/* Moveable memory: the Local and the Global family, all on the process heap.
 *
 * A FIXED object is a block, and its handle is its address. A MOVEABLE object has a handle that
 * is no address: lock it to get one, which stays valid until as many unlocks. A moveable object of
 * 0 bytes is discarded: it has a handle and no memory, and LocalReAlloc gives it some again. There
 * can be 65536 moveable objects. Local and Global handles come from one table; free each with its
 * own family. */
#ifndef HEAPMIN_MOVEABLE_H
#define HEAPMIN_MOVEABLE_H

#include "errors.h"
#include "types.h"

#define LMEM_FIXED 0x0000
#define LMEM_MOVEABLE 0x0002
#define LMEM_NOCOMPACT 0x0010   /* ignored */
#define LMEM_NODISCARD 0x0020   /* ignored */
#define LMEM_ZEROINIT 0x0040    /* zero what is new */
#define LMEM_MODIFY 0x0080      /* LocalReAlloc: change the attributes, not the size */
#define LMEM_DISCARDABLE 0x0F00 /* shows in LocalFlags only */
#define LMEM_VALID_FLAGS 0x0F72
#define LMEM_INVALID_HANDLE 0x8000
#define LMEM_DISCARDED 0x4000
#define LMEM_LOCKCOUNT 0x00FF
#define LHND (LMEM_MOVEABLE | LMEM_ZEROINIT)
#define LPTR (LMEM_FIXED | LMEM_ZEROINIT)
#define NONZEROLHND (LMEM_MOVEABLE)
#define NONZEROLPTR (LMEM_FIXED)

#define GMEM_FIXED 0x0000
#define GMEM_MOVEABLE 0x0002
#define GMEM_NOCOMPACT 0x0010 /* ignored */
#define GMEM_NODISCARD 0x0020 /* ignored */
#define GMEM_ZEROINIT 0x0040  /* zero what is new */
#define GMEM_MODIFY 0x0080    /* GlobalReAlloc: change the attributes, not the size */
#define GMEM_DISCARDABLE 0x0100 /* shows in GlobalFlags only */
#define GMEM_NOT_BANKED 0x1000  /* ignored */
#define GMEM_LOWER GMEM_NOT_BANKED
#define GMEM_SHARE 0x2000 /* shows in GlobalFlags only */
#define GMEM_DDESHARE 0x2000
#define GMEM_NOTIFY 0x4000 /* ignored */
#define GMEM_VALID_FLAGS 0x7F72
#define GMEM_INVALID_HANDLE 0x8000
#define GMEM_DISCARDED 0x4000
#define GMEM_LOCKCOUNT 0x00FF
#define GHND (GMEM_MOVEABLE | GMEM_ZEROINIT)
#define GPTR (GMEM_FIXED | GMEM_ZEROINIT)

#ifdef __cplusplus
extern "C" {
#endif

/* Makes an object of uBytes. Returns its handle: with LMEM_FIXED its address. NULL with
 * ERROR_NOT_ENOUGH_MEMORY, or ERROR_INVALID_PARAMETER for flags outside LMEM_VALID_FLAGS. */
HLOCAL WINAPI LocalAlloc(UINT uFlags, SIZE_T uBytes);

/* Makes an object uBytes long, or with LMEM_MODIFY changes its attributes. LMEM_MOVEABLE allows a
 * fixed or locked object to move, and an unlocked one of 0 bytes to be discarded. Returns the
 * handle, which is another one when a fixed object moved; NULL with the last error on failure,
 * which leaves the object as it was. */
HLOCAL WINAPI LocalReAlloc(HLOCAL hMem, SIZE_T uBytes, UINT uFlags);

/* Frees an object, locked or not; NULL is fine. Returns NULL, or the handle with
 * ERROR_INVALID_HANDLE or ERROR_NOACCESS if there is no such object. */
HLOCAL WINAPI LocalFree(HLOCAL hMem);

/* The address of an object; a moveable one stays there until LocalUnlock. Up to 255 locks count.
 * NULL with ERROR_DISCARDED if it has no memory, with ERROR_INVALID_HANDLE if there is none. */
LPVOID WINAPI LocalLock(HLOCAL hMem);

/* Undoes one LocalLock. TRUE: there are more. FALSE with the last error 0: that was the last. FALSE
 * with ERROR_NOT_LOCKED: it wasn't locked, or is fixed. */
BOOL WINAPI LocalUnlock(HLOCAL hMem);

/* The bytes asked for; 0 if it is discarded, or with the last error if there is no such object. */
SIZE_T WINAPI LocalSize(HLOCAL hMem);

/* How often the object is locked in the low byte, LMEM_DISCARDABLE and LMEM_DISCARDED;
 * LMEM_INVALID_HANDLE with the last error if there is no such object. */
UINT WINAPI LocalFlags(HLOCAL hMem);

/* The handle of the object at an address; NULL with the last error if there is none. */
HLOCAL WINAPI LocalHandle(LPCVOID pMem);

/* The same for the Global family. Differences: GlobalAlloc(GMEM_FIXED, 0) makes 1 byte;
 * GlobalReAlloc with GMEM_MODIFY | GMEM_MOVEABLE makes a fixed object moveable; GlobalUnlock of a
 * fixed object is TRUE; GlobalFlags also tells GMEM_DDESHARE. */
HGLOBAL WINAPI GlobalAlloc(UINT uFlags, SIZE_T dwBytes);
HGLOBAL WINAPI GlobalReAlloc(HGLOBAL hMem, SIZE_T dwBytes, UINT uFlags);
HGLOBAL WINAPI GlobalFree(HGLOBAL hMem);
LPVOID WINAPI GlobalLock(HGLOBAL hMem);
BOOL WINAPI GlobalUnlock(HGLOBAL hMem);
SIZE_T WINAPI GlobalSize(HGLOBAL hMem);
UINT WINAPI GlobalFlags(HGLOBAL hMem);
HGLOBAL WINAPI GlobalHandle(LPCVOID pMem);

/* Of old, when the system moved objects by itself. Compacting and shrinking tell the size of the
 * process heap's largest free block; fixing and wiring lock, unfixing and unwiring unlock. */
SIZE_T WINAPI LocalCompact(UINT uMinFree);
SIZE_T WINAPI LocalShrink(HLOCAL hMem, UINT cbNewSize);
SIZE_T WINAPI GlobalCompact(DWORD dwMinFree);
void WINAPI GlobalFix(HGLOBAL hMem);
void WINAPI GlobalUnfix(HGLOBAL hMem);
LPVOID WINAPI GlobalWire(HGLOBAL hMem);
BOOL WINAPI GlobalUnWire(HGLOBAL hMem);

#ifdef __cplusplus
}
#endif

/* Takes the memory of an unlocked moveable object; the handle stays. */
#define LocalDiscard(h) LocalReAlloc((h), 0, LMEM_MOVEABLE)
#define GlobalDiscard(h) GlobalReAlloc((h), 0, GMEM_MOVEABLE)

#endif
