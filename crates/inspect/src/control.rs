//! Asking a process to do something with its heaps: see [`heapmin_directory::control`].
//!
//! | module | |
//! |---|---|
//! | `request` | what is asked, and the answer |
//! | `borrow` | finds a thread to be borrowed, and sees to it that nobody else does |
//! | `loan` | the borrowed thread, which makes the one that serves the request |
//! | `frame` | what the borrowed thread needs, and how an interrupted system call goes on |
//! | `candidates` | which thread is disturbed least |
//! | `filter` | whether a thread's system call filter lets it |
//! | `tracee` | a thread that is traced |
//! | `image` | the memory of the program, as long as it is the same |
//!
//! Who may do it the kernel decides when it is asked to trace the thread: who may debug the process.
//! There is no other way in, and nothing that could be connected to. Whatever happens to the asker in
//! the middle, being killed included, the process goes on as if nothing had been: the kernel lets go of
//! what was traced, and the code that the borrowed thread runs puts the thread back by itself.

#![allow(unsafe_code, reason = "tracing is system calls that take addresses")]

#[cfg(not(target_arch = "x86_64"))]
compile_error!("heapmin can ask processes on x86-64 only: add registers to control/frame.rs");

mod borrow;
mod candidates;
mod filter;
mod frame;
mod image;
mod loan;
mod request;
mod tracee;

use crate::error::Error;
use crate::model::outcome::{Checked, Damage, DamageKind, Trimmed};
use crate::target::Target;
use heapmin_directory::control::{KIND_SAMPLE, KIND_TRIM, KIND_VALIDATE};
use request::Request;
use std::time::Duration;

/// What to do with a process that has a system call filter which can't be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unread {
    /// It isn't asked: it might be ended for it.
    #[default]
    Refuse,
    /// It is asked all the same.
    Trust,
}

/// A trim, and what it took.
#[derive(Clone, Copy, Debug)]
pub struct Trim {
    /// What it did.
    pub trimmed: Trimmed,
    /// For how long one of the process's threads was stopped.
    pub stopped: Duration,
    /// How long it took until the answer was there.
    pub took: Duration,
}

/// Has a process trim all its heaps.
pub(crate) fn trim(target: &Target, unread: Unread) -> Result<Trim, Error> {
    let answer = request::ask(target, Request { kind: KIND_TRIM, argument: 0, unread })?;
    let [resident_before, resident_after, released, live, fragmented, cached, huge, metadata, ..] =
        answer.results;
    let trimmed = Trimmed {
        resident_before,
        resident_after,
        released,
        live,
        fragmented,
        cached,
        huge,
        metadata,
    };
    Ok(Trim { trimmed, stopped: answer.stopped, took: answer.took })
}

/// Has a process check all its heaps.
pub(crate) fn validate(target: &Target) -> Result<Checked, Error> {
    let unread = Unread::Refuse;
    let answer = request::ask(target, Request { kind: KIND_VALIDATE, argument: 0, unread })?;
    let [heaps, _, is_damaged, number, handle, kind, address, bytes, ..] = answer.results;
    let mut checked = Checked { heaps: heaps as u32, ..Checked::default() };
    if is_damaged != 0 {
        let (kind, what) = match kind {
            1 => (DamageKind::Tail, "the bytes behind the block were overwritten"),
            3 => (DamageKind::Header, "the heap's record was overwritten"),
            4 => (DamageKind::DoubleListed, "the block is free twice, or free and live"),
            _ => (DamageKind::Metadata, "the heap's data about this memory contradict each other"),
        };
        let heap_name = match number {
            0 => "process".to_owned(),
            1 => "process (HeapAlloc)".to_owned(),
            _ => format!("heap {handle:#x}"),
        };
        let message = format!("{what}; find who writes to memory that isn't its own");
        let evidence = Vec::new();
        let heap = number as u32;
        checked.damages.push(Damage { heap, heap_name, kind, address, bytes, message, evidence });
    }
    Ok(checked)
}

/// Has a process sample its allocations, or stop that.
pub(crate) fn sample(target: &Target, bytes: Option<u64>) -> Result<(), Error> {
    let argument = bytes.unwrap_or(0);
    let unread = Unread::Refuse;
    let answer = request::ask(target, Request { kind: KIND_SAMPLE, argument, unread })?;
    match answer.results[0] {
        1 => Ok(()),
        _ => Err(Error::Unavailable(
            target.process().pid,
            "there is no memory for samples; raise its memory limit".into(),
        )),
    }
}
