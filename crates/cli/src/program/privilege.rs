//! Programs that run with more rights than their caller has: the dynamic loader drops a preloaded
//! library there ("secure-execution mode").
//!
//! The kernel turns that mode on (`AT_SECURE`) when, once the program is started,
//!
//! - the effective user or group is not the real one: by the set-user-ID or set-group-ID bit of
//!   the file, if that names another user or group, or because it was so before;
//! - or the file has capabilities to give and the real user is not root.
//!
//! The bits and the capabilities have no effect on a file system mounted `nosuid`, and the bits
//! have none in a process that gave up new privileges.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{StatVfsMountFlags, getxattr, statvfs};
use rustix::process::{getegid, geteuid, getgid, getuid};
use rustix::thread::no_new_privs;

use super::refusal::{Gain, Problem};

const SET_USER_ID: u32 = 0o4000;
const SET_GROUP_ID: u32 = 0o2000;
const GROUP_MAY_EXECUTE: u32 = 0o010;

/// An error if the program would run in secure-execution mode.
pub fn check(path: &Path) -> Result<(), Problem> {
    match gain(path) {
        Ok(None) => Ok(()),
        Ok(Some(gain)) => Err(Problem::Privileged(gain)),
        Err(error) => Err(Problem::Failed(error)),
    }
}

fn gain(path: &Path) -> io::Result<Option<Gain>> {
    let (uid, gid) = (getuid().as_raw(), getgid().as_raw());
    if (geteuid().as_raw(), getegid().as_raw()) != (uid, gid) {
        return Ok(Some(Gain::Inherited));
    }
    if statvfs(path)?.f_flag.contains(StatVfsMountFlags::NOSUID) {
        return Ok(None);
    }
    if !no_new_privs()? {
        let metadata = fs::metadata(path)?;
        let set_group_id = SET_GROUP_ID | GROUP_MAY_EXECUTE;
        if metadata.mode() & SET_USER_ID != 0 && metadata.uid() != uid {
            return Ok(Some(Gain::User(metadata.uid())));
        }
        // Without the group's right to execute, the bit once meant mandatory locking.
        if metadata.mode() & set_group_id == set_group_id && metadata.gid() != gid {
            return Ok(Some(Gain::Group(metadata.gid())));
        }
    }
    if uid != 0 && gives_capabilities(path) {
        return Ok(Some(Gain::Capabilities));
    }
    Ok(None)
}

fn gives_capabilities(path: &Path) -> bool {
    let mut value = [0; 24];
    match getxattr(path, "security.capability", &mut value[..]) {
        Ok(length) => attribute_gives(&value[..length]),
        // None are set, or the file system can't have any.
        Err(_) => false,
    }
}

/// Reads the extended attribute: little-endian words, the first holding the revision and the
/// "effective" flag, then pairs of permitted and inheritable capabilities.
///
/// What is only inheritable is given to a caller who has it already. The kernel shows revision 3
/// only where the capabilities belong to another user namespace and have no effect in this one.
fn attribute_gives(value: &[u8]) -> bool {
    let mut words = value.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
    let Some(header) = words.next() else {
        return false;
    };
    let (revision, effective) = (header >> 24, header & 1 != 0);
    let permitted = words.step_by(2).any(|permitted| permitted != 0);
    matches!(revision, 1 | 2) && (effective || permitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn permitted_and_effective_capabilities_are_given() {
        assert!(attribute_gives(&attribute(&[0x0200_0001, 1 << 13, 0, 0, 0])));
        assert!(attribute_gives(&attribute(&[0x0200_0000, 0, 0, 1 << 6, 0])));
        assert!(attribute_gives(&attribute(&[0x0100_0000, 1 << 13, 0])));
        assert!(attribute_gives(&attribute(&[0x0200_0001, 0, 1 << 13, 0, 0])));
    }

    #[test]
    fn inheritable_ones_and_those_of_another_namespace_are_not() {
        assert!(!attribute_gives(&attribute(&[0x0200_0000, 0, 1 << 13, 0, 0])));
        assert!(!attribute_gives(&attribute(&[0x0300_0001, 1 << 13, 0, 0, 0, 1000])));
        assert!(!attribute_gives(&[]));
    }
}
