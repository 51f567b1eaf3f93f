//! The functions of heapapi.h.
//!
//! | module | functions |
//! |---|---|
//! | `lifetime` | HeapCreate, HeapDestroy |
//! | `list` | GetProcessHeap, GetProcessHeaps |
//! | `allocate` | HeapAlloc |
//! | `reallocate` | HeapReAlloc |
//! | `free` | HeapFree |
//! | `ask` | HeapSize, HeapValidate |
//! | `lock` | HeapLock, HeapUnlock |
//! | `walk` | HeapWalk |
//! | `state` | HeapCompact, HeapSummary |
//! | `information` | HeapQueryInformation, HeapSetInformation |
//!
//! What they do is in functions that the Rtl layer calls too, with the name that the caller used:
//! messages name it.

pub mod allocate;
pub mod ask;
pub mod free;
pub mod information;
pub mod lifetime;
pub mod list;
pub mod lock;
pub mod reallocate;
pub mod state;
pub mod walk;
