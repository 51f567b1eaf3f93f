//! Last-error and NTSTATUS codes.

use crate::types::{DWORD, NTSTATUS};

/// Nothing failed.
pub const NO_ERROR: DWORD = 0;
/// Incorrect function.
pub const ERROR_INVALID_FUNCTION: DWORD = 1;
/// The handle is invalid.
pub const ERROR_INVALID_HANDLE: DWORD = 6;
/// Not enough memory for this command.
pub const ERROR_NOT_ENOUGH_MEMORY: DWORD = 8;
/// The command's length is wrong.
pub const ERROR_BAD_LENGTH: DWORD = 24;
/// A device doesn't function: what a failed HeapSetInformation gives.
pub const ERROR_GEN_FAILURE: DWORD = 31;
/// The parameter is incorrect.
pub const ERROR_INVALID_PARAMETER: DWORD = 87;
/// The buffer is too small.
pub const ERROR_INSUFFICIENT_BUFFER: DWORD = 122;
/// The memory of the object was discarded.
pub const ERROR_DISCARDED: DWORD = 157;
/// Not locked.
pub const ERROR_NOT_LOCKED: DWORD = 158;
/// The end of an enumeration.
pub const ERROR_NO_MORE_ITEMS: DWORD = 259;
/// No text, and no Win32 code, belongs to the number.
pub const ERROR_MR_MID_NOT_FOUND: DWORD = 317;
/// Invalid access to a memory location.
pub const ERROR_NOACCESS: DWORD = 998;

/// Done.
pub const STATUS_SUCCESS: NTSTATUS = 0;
/// The end of an enumeration.
pub const STATUS_NO_MORE_ENTRIES: NTSTATUS = 0x8000_001A_u32 as NTSTATUS;
/// It failed.
pub const STATUS_UNSUCCESSFUL: NTSTATUS = 0xC000_0001_u32 as NTSTATUS;
/// There is no such function.
pub const STATUS_NOT_IMPLEMENTED: NTSTATUS = 0xC000_0002_u32 as NTSTATUS;
/// There is no such information class.
pub const STATUS_INVALID_INFO_CLASS: NTSTATUS = 0xC000_0003_u32 as NTSTATUS;
/// The buffer's length isn't the structure's.
pub const STATUS_INFO_LENGTH_MISMATCH: NTSTATUS = 0xC000_0004_u32 as NTSTATUS;
/// Memory that can't be used so; also the exception for damage and bad parameters.
pub const STATUS_ACCESS_VIOLATION: NTSTATUS = 0xC000_0005_u32 as NTSTATUS;
/// Not a handle.
pub const STATUS_INVALID_HANDLE: NTSTATUS = 0xC000_0008_u32 as NTSTATUS;
/// A parameter is wrong.
pub const STATUS_INVALID_PARAMETER: NTSTATUS = 0xC000_000D_u32 as NTSTATUS;
/// Out of memory; also the exception for that.
pub const STATUS_NO_MEMORY: NTSTATUS = 0xC000_0017_u32 as NTSTATUS;
/// The buffer is too small.
pub const STATUS_BUFFER_TOO_SMALL: NTSTATUS = 0xC000_0023_u32 as NTSTATUS;
/// The exception that follows continuing after an exception that can't be continued.
pub const STATUS_NONCONTINUABLE_EXCEPTION: NTSTATUS = 0xC000_0025_u32 as NTSTATUS;
/// Not locked.
pub const STATUS_NOT_LOCKED: NTSTATUS = 0xC000_002A_u32 as NTSTATUS;
/// A heap is damaged.
pub const STATUS_HEAP_CORRUPTION: NTSTATUS = 0xC000_0374_u32 as NTSTATUS;
