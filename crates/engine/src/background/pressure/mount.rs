//! Lines of `/proc/self/mountinfo`: where the control groups are mounted.

use super::text::words;

/// What is mounted, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Mount<'l> {
    /// The directory of the file system that is at the mount point, as the kernel writes it.
    pub root: &'l [u8],
    /// Where it is in the tree of directories, as the kernel writes it.
    pub point: &'l [u8],
    /// The type of the file system.
    pub kind: &'l [u8],
    /// Options of the file system, separated by commas; on control groups of version 1 also the
    /// controllers.
    pub options: &'l [u8],
}

impl<'l> Mount<'l> {
    /// Takes a line apart: number, parent, device, root, mount point, options, any number of tags,
    /// a dash, type, source, options of the file system.
    pub fn parse(line: &'l [u8]) -> Option<Self> {
        let mut words = words(line);
        let root = words.nth(3)?;
        let point = words.next()?;
        words.find(|word| word == b"-")?;
        let kind = words.next()?;
        let options = words.nth(1).unwrap_or_default();
        Some(Self { root, point, kind, options })
    }
}

/// The bytes of a path that the kernel wrote with spaces, tabs, line ends and backslashes as `\`
/// and three octal digits.
pub fn unescaped(written: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = written;
    core::iter::from_fn(move || {
        let (byte, after) = match rest {
            [b'\\', high @ b'0'..=b'3', middle @ b'0'..=b'7', low @ b'0'..=b'7', after @ ..] => {
                ((high - b'0') << 6 | (middle - b'0') << 3 | (low - b'0'), after)
            }
            [byte, after @ ..] => (*byte, after),
            [] => return None,
        };
        rest = after;
        Some(byte)
    })
}
