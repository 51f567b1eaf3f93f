//! What the system tells of a process: its command, user, threads, and whether it is still there.

use crate::memory::Fault;
use crate::survey::HugePages;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::Range;

/// Among the flags of a process: it is a thread of the kernel.
const PF_KTHREAD: u32 = 0x0020_0000;

/// The line of `/proc/PID/stat`, as far as it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    /// The name of the program, at most 15 bytes.
    pub name: String,
    /// Whether it has ended, and only its exit status is left.
    pub ended: bool,
    /// Whether it is a part of the system's kernel, without memory of its own.
    pub is_kernel: bool,
    /// Its threads.
    pub threads: u32,
    /// When it was started, in clock ticks since the system was.
    pub started: u64,
}

impl Stat {
    /// Of a process or thread.
    pub fn read(pid: i32) -> Result<Self, Fault> {
        let line = read(&format!("/proc/{pid}/stat"))?;
        Self::parse(&line).ok_or(Fault::Inconsistent("its line of /proc"))
    }

    fn parse(line: &[u8]) -> Option<Self> {
        // The name may hold anything, also spaces and parentheses.
        let open = line.iter().position(|&byte| byte == b'(')?;
        let close = line.iter().rposition(|&byte| byte == b')')?;
        let name = text(line.get(open + 1..close)?);
        let rest = str::from_utf8(line.get(close + 1..)?).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let ended = matches!(*fields.first()?, "Z" | "X" | "x");
        let is_kernel = fields.get(6)?.parse::<u32>().ok()? & PF_KTHREAD != 0;
        let threads = fields.get(17)?.parse().ok()?;
        let started = fields.get(19)?.parse().ok()?;
        Some(Self { name, ended, is_kernel, threads, started })
    }
}

/// A thread of the process that is alive: the first one may have ended before the others.
pub(crate) fn living_thread(pid: i32) -> Result<i32, Fault> {
    if !Stat::read(pid)?.ended {
        return Ok(pid);
    }
    threads(pid)?
        .into_iter()
        .find(|&tid| Stat::read(tid).is_ok_and(|stat| !stat.ended))
        .ok_or(Fault::Gone)
}

/// The numbers of the threads of a process, as this process sees them.
pub(crate) fn threads(pid: i32) -> Result<Vec<i32>, Fault> {
    let entries = fs::read_dir(format!("/proc/{pid}/task")).map_err(fault_of)?;
    let number = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    Ok(entries.filter_map(number).collect())
}

/// The names of a process's threads, by the numbers that they have for themselves: in a PID namespace
/// of its own those differ from ours.
pub(crate) fn thread_names(pid: i32) -> Result<HashMap<u32, String>, Fault> {
    let mut names = HashMap::new();
    for tid in threads(pid)? {
        // A thread may have ended meanwhile.
        let Ok(status) = read(&format!("/proc/{pid}/task/{tid}/status")) else { continue };
        let own = field(&status, "NSpid").and_then(|numbers| {
            numbers.split_ascii_whitespace().next_back().and_then(|own| own.parse().ok())
        });
        let own = own.or(u32::try_from(tid).ok());
        if let (Some(own), Some(name)) = (own, field(&status, "Name")) {
            names.insert(own, name);
        }
    }
    Ok(names)
}

/// The user that a process runs as.
pub(crate) fn user(pid: i32) -> Result<u32, Fault> {
    let status = read(&format!("/proc/{pid}/status"))?;
    // Real, effective, saved, of files.
    let uid =
        field(&status, "Uid").and_then(|ids| ids.split_ascii_whitespace().nth(1)?.parse().ok());
    uid.ok_or(Fault::Inconsistent("its status in /proc"))
}

/// Which memory of a process the system may make huge by itself. Where it says nothing: what most
/// systems do.
pub(crate) fn huge_pages(pid: i32) -> HugePages {
    let status = read(&format!("/proc/{pid}/status")).unwrap_or_default();
    let setting = read("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
    // The chosen word is in brackets.
    let chosen = setting.split(|&byte| byte == b'[').nth(1).unwrap_or_default();
    if field(&status, "THP_enabled").is_some_and(|enabled| enabled == "0")
        || chosen.starts_with(b"never")
    {
        HugePages::Never
    } else if chosen.starts_with(b"always") {
        HugePages::Always
    } else {
        HugePages::Asked
    }
}

/// Bytes of huge pages in the mappings of a process that lie in a range of addresses.
pub(crate) fn huge_bytes(pid: i32, range: &Range<u64>) -> Result<u64, Fault> {
    Ok(huge_bytes_in(&read(&format!("/proc/{pid}/smaps"))?, range))
}

fn huge_bytes_in(smaps: &[u8], range: &Range<u64>) -> u64 {
    let (mut sum, mut is_inside) = (0u64, false);
    for line in smaps.split(|&byte| byte == b'\n') {
        let line = str::from_utf8(line).unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let word = words.next().unwrap_or_default();
        if let Some((start, end)) = word.split_once('-') {
            let address = |text| u64::from_str_radix(text, 16);
            is_inside = matches!((address(start), address(end)), (Ok(start), Ok(end))
                if range.start <= start && end <= range.end);
        } else if is_inside && word == "AnonHugePages:" {
            let kib: u64 = words.next().and_then(|kib| kib.parse().ok()).unwrap_or(0);
            sum = sum.saturating_add(kib.saturating_mul(1024));
        }
    }
    sum
}

/// Resident bytes of a process, and whether it has memory at all.
pub(crate) fn resident_bytes(pid: i32) -> Result<(u64, bool), Fault> {
    let line = read(&format!("/proc/{pid}/statm"))?;
    let mut pages = str::from_utf8(&line)
        .unwrap_or_default()
        .split_ascii_whitespace()
        .map(|number| number.parse::<u64>().unwrap_or(0));
    let (all, resident) = (pages.next().unwrap_or(0), pages.next().unwrap_or(0));
    Ok((resident.saturating_mul(rustix::param::page_size() as u64), all > 0))
}

/// The command line, or the name in brackets.
pub(crate) fn command(pid: i32, stat: &Stat) -> String {
    let line = read(&format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = text(&line);
    match line.trim() {
        "" => format!("[{}]", stat.name),
        line => line.to_owned(),
    }
}

/// A line of a file of names and values, such as `/proc/PID/status`.
pub(crate) fn field(status: &[u8], name: &str) -> Option<String> {
    let mut lines = status.split(|&byte| byte == b'\n');
    let line = lines.find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b":"))?;
    Some(text(line).trim().to_owned())
}

/// Text that can be shown: a program may call itself anything.
pub(crate) fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(crate) fn read(path: &str) -> Result<Vec<u8>, Fault> {
    fs::read(path).map_err(fault_of)
}

/// What an error of a file in `/proc` means.
pub(crate) fn fault_of(error: io::Error) -> Fault {
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ESRCH) => Fault::Gone,
        Some(libc::EACCES | libc::EPERM) => Fault::Forbidden,
        _ => Fault::System("a file of it in /proc can't be read", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_is_read() {
        let line = b"77 (a) b (c) S 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 3 0 98765 1 2 3\n";
        let stat = Stat::parse(line).expect("the line is whole");
        let name = "a) b (c".into();
        let expected = Stat { name, ended: false, is_kernel: false, threads: 3, started: 98765 };
        assert_eq!(stat, expected);
    }

    #[test]
    fn a_thread_of_the_kernel_is_known_by_its_flags() {
        let line = b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 3 0 0\n";
        assert!(Stat::parse(line).expect("the line is whole").is_kernel);
    }

    #[test]
    fn a_line_that_was_cut_is_refused() {
        assert_eq!(Stat::parse(b"77 (a) S 1 77"), None);
        assert_eq!(Stat::parse(b"77 a"), None);
        assert_eq!(Stat::parse(b""), None);
    }

    #[test]
    fn the_own_process_is_found() {
        let pid = std::process::id() as i32;
        let stat = Stat::read(pid).expect("there is an own process");
        assert!(!stat.ended && stat.threads >= 1);
        assert!(command(pid, &stat).contains("heapmin_inspect"));
        assert!(resident_bytes(pid).expect("it has memory").0 > 0);
        let names = std::thread::Builder::new()
            .name("with a name".into())
            .spawn(move || thread_names(pid))
            .expect("a thread can be started")
            .join()
            .expect("it doesn't panic")
            .expect("there are threads");
        assert!(names.values().any(|name| name == "with a name"));
    }

    #[test]
    fn huge_pages_are_added_up_where_the_mappings_are_inside() {
        let smaps = b"10000-20000 rw-p 00000000 00:00 0\nRss: 8 kB\nAnonHugePages:   2048 kB\n\
            20000-90000 rw-p 00000000 00:00 0\nAnonHugePages:   4096 kB\nVmFlags: rd wr\n\
            90000-a0000 rw-p 00000000 00:00 0 [heap]\nAnonHugePages:   6144 kB\n";
        assert_eq!(huge_bytes_in(smaps, &(0x10000..0x90000)), 6 << 20);
        assert_eq!(huge_bytes_in(smaps, &(0x10001..0x90000)), 4 << 20);
        assert_eq!(huge_bytes_in(b"junk\n-\nAnonHugePages:", &(0..u64::MAX)), 0);
    }

    #[test]
    fn text_has_no_control_characters() {
        assert_eq!(text(b"a\x1b[31m\0b\xff"), "a [31m b\u{fffd}");
    }
}
