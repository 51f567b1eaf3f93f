//! The control group that the process is in, as a directory.

use super::lines::find_line;
use super::mount::{Mount, unescaped};
use super::path::Path;
use crate::os::descriptor::{Access, Descriptor};

/// The two kinds of trees of control groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The tree of the controller of memory, one of many trees.
    One,
    /// The one tree of all controllers.
    Two,
}

impl Version {
    /// The path of the process's group, if `line` of `/proc/self/cgroup` has it: the tree's number,
    /// its controllers, and the path, separated by colons.
    fn group(self, line: &[u8]) -> Option<&[u8]> {
        let mut parts = line.splitn(3, |&byte| byte == b':');
        let number = parts.next()?;
        let controllers = parts.next()?;
        let path = parts.next()?;
        let this = match self {
            Self::One => has(controllers, b"memory"),
            Self::Two => number == b"0" && controllers.is_empty(),
        };
        this.then_some(path)
    }

    fn is_mounted(self, mount: &Mount) -> bool {
        match self {
            Self::One => mount.kind == b"cgroup" && has(mount.options, b"memory"),
            Self::Two => mount.kind == b"cgroup2",
        }
    }
}

/// Whether a list with commas has `word`.
fn has(list: &[u8], word: &[u8]) -> bool {
    list.split(|&byte| byte == b',').any(|entry| entry == word)
}

/// A group of the visible part of a tree.
pub struct Group {
    directory: Path,
    /// Length of the path of the uppermost group that can be seen.
    top: usize,
}

impl Group {
    /// The process's own group. `None`: there is none, or it can't be seen from here.
    ///
    /// `root` is put before all paths.
    pub fn own(root: &[u8], version: Version) -> Option<Self> {
        let mut name = Path::new([b"", b""])?;
        let file = Path::new([root, b"/proc/self/cgroup"])?;
        let known = find_line(file.as_c(), |line| {
            let group = version.group(line);
            group.is_some_and(|group| name.extend(group.iter().copied()).is_some())
        });
        if !known {
            return None;
        }
        let mut group = Self { directory: Path::new([root, b""])?, top: 0 };
        let file = Path::new([root, b"/proc/self/mountinfo"])?;
        let seen = find_line(file.as_c(), |line| {
            let mount = Mount::parse(line).filter(|mount| version.is_mounted(mount));
            mount.is_some_and(|mount| {
                group.directory.truncate(root.len());
                group.enter(&mount, name.bytes()).is_some()
            })
        });
        seen.then_some(group)
    }

    /// Adds the path of the group `name` below a mount. `None`: it isn't there.
    fn enter(&mut self, mount: &Mount, name: &[u8]) -> Option<()> {
        let below = below(mount.root, name)?;
        self.directory.extend(unescaped(mount.point))?;
        self.top = self.directory.bytes().len();
        self.directory.extend(below.iter().copied())
    }

    /// Opens one of its files.
    pub fn open(&self, file: &[u8], access: Access) -> Option<Descriptor> {
        let mut path = Path::new([self.directory.bytes(), b"/"])?;
        path.extend(file.iter().copied())?;
        Descriptor::open(path.as_c(), access)
    }

    /// Goes to the group that it is part of. `false`: that can't be seen.
    pub fn ascend(&mut self) -> bool {
        let slash = self.directory.bytes().iter().rposition(|&byte| byte == b'/');
        match slash.filter(|&length| length >= self.top) {
            Some(length) => self.directory.truncate(length),
            None => return false,
        }
        true
    }
}

/// The part of the path of a group below the directory `root`, as the kernel wrote it: empty, or
/// with a slash before it. `None`: it isn't below.
fn below<'p>(root: &[u8], path: &'p [u8]) -> Option<&'p [u8]> {
    let root = root.strip_suffix(b"/").unwrap_or(root);
    let mut rest = path.strip_suffix(b"/").unwrap_or(path);
    for byte in unescaped(root) {
        rest = rest.strip_prefix(&[byte])?;
    }
    // Groups outside the namespace have paths that begin with `/..`.
    let outside = rest.split(|&byte| byte == b'/').any(|name| name == b"..");
    ((rest.is_empty() || rest.starts_with(b"/")) && !outside).then_some(rest)
}
