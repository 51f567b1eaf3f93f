//! The functions of the Rtl layer: those of heapapi with NTSTATUS results, and what only it has.
//!
//! | module | functions |
//! |---|---|
//! | `lifetime` | RtlCreateHeap, RtlDestroyHeap |
//! | `blocks` | RtlAllocateHeap, RtlReAllocateHeap, RtlFreeHeap, RtlSizeHeap |
//! | `whole` | RtlValidateHeap, RtlCompactHeap, RtlLockHeap, RtlUnlockHeap |
//! | `processes` | RtlGetProcessHeaps, RtlEnumProcessHeaps, RtlValidateProcessHeaps |
//! | `walk` | RtlWalkHeap |
//! | `information` | RtlQueryHeapInformation, RtlSetHeapInformation |
//! | `user` | RtlGetUserInfoHeap, RtlSetUserValueHeap, RtlSetUserFlagsHeap |
//! | `multiple` | RtlMultipleAllocateHeap, RtlMultipleFreeHeap |
//! | `tags` | RtlCreateTagHeap, RtlQueryTagHeap |
//! | `status` | RtlNtStatusToDosError |

pub mod blocks;
pub mod information;
pub mod lifetime;
pub mod multiple;
pub mod processes;
pub mod status;
pub mod tags;
pub mod user;
pub mod walk;
pub mod whole;
