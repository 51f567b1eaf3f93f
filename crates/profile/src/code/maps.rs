//! `/proc/PID/maps`: what is mapped where.

use std::ops::Range;

/// A mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub range: Range<u64>,
    pub executable: bool,
    pub offset: u64,
    /// Device and inode, as the system writes them.
    pub file: (String, u64),
    /// The path, or a name in brackets; empty: none.
    pub path: String,
}

/// All lines that make sense.
pub fn parse(maps: &str) -> Vec<Mapping> {
    maps.lines().filter_map(line).collect()
}

/// `55e0c2a00000-55e0c2a02000 r-xp 00001000 fd:01 1234    /usr/bin/cat`
fn line(line: &str) -> Option<Mapping> {
    let mut rest = line;
    let mut field = || {
        let (field, behind) = rest.trim_start_matches(' ').split_once(' ').unwrap_or((rest, ""));
        rest = behind;
        field
    };
    let (start, end) = field().split_once('-')?;
    let permissions = field();
    let offset = field();
    let device = field().to_owned();
    let inode = field();
    let hexadecimal = |digits| u64::from_str_radix(digits, 16).ok();
    let range = hexadecimal(start)?..hexadecimal(end)?;
    (range.start < range.end).then_some(())?;
    Some(Mapping {
        range,
        executable: permissions.as_bytes().get(2) == Some(&b'x'),
        offset: hexadecimal(offset)?,
        file: (device, inode.parse().ok()?),
        path: rest.trim_start_matches(' ').to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_and_without_names() {
        let maps = parse(
            "55e0c2a00000-55e0c2a02000 r-xp 00001000 fd:01 1234                       /opt/a b (deleted)\n\
             7f0000000000-7f0000001000 rwxp 00000000 00:00 0 \n\
             7ffd1f5f2000-7ffd1f5f4000 r-xp 00000000 00:00 0                          [vdso]\n\
             nonsense\n\
             2-1 r-xp 00000000 00:00 0 [backwards]\n",
        );
        assert_eq!(maps.len(), 3);
        assert_eq!(maps[0].range, 0x55e0c2a00000..0x55e0c2a02000);
        assert_eq!((maps[0].offset, maps[0].file.1), (0x1000, 1234));
        assert_eq!(maps[0].path, "/opt/a b (deleted)");
        assert!(maps[0].executable);
        assert_eq!(maps[1].path, "");
        assert_eq!(maps[2].path, "[vdso]");
    }
}
