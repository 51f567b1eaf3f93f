//! The types of the documented signatures, by their documented names.

#![allow(missing_docs, reason = "each name is the documented one and says all there is to say")]

use core::ffi::c_void;

pub type BOOL = i32;
pub type BOOLEAN = u8;
pub type WORD = u16;
pub type USHORT = u16;
pub type DWORD = u32;
pub type ULONG = u32;
pub type UINT = u32;
/// A Windows `long`: 32 bits everywhere.
pub type LONG = i32;
/// What RtlFreeHeap returns since Windows 8.
pub type LOGICAL = u32;
pub type NTSTATUS = i32;
#[expect(non_camel_case_types, reason = "the documented name")]
pub type SIZE_T = usize;
#[expect(non_camel_case_types, reason = "the documented name")]
pub type ULONG_PTR = usize;
pub type HANDLE = *mut c_void;
pub type PVOID = *mut c_void;
pub type LPVOID = *mut c_void;
pub type LPCVOID = *const c_void;
/// UTF-16 text.
pub type PWSTR = *mut u16;

pub const TRUE: BOOL = 1;
pub const FALSE: BOOL = 0;
