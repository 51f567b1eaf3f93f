//! Which thread of a process is borrowed: the one that is disturbed least. Best is one that sleeps in a
//! system call which the kernel itself takes up again with the time that was left.

use crate::process;
use std::fs;

/// Threads that are looked at: of very many, the first are as good as any.
const MOST: usize = 64;

/// How much a thread is disturbed: the lower, the less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It sleeps in a call that goes on exactly as it was.
    GoesOn,
    /// It sleeps in a call that is made again, and may be so at any time.
    MadeAgain,
    /// It runs.
    Runs,
    /// It sleeps in a call that is made again, with all of its time.
    Longer,
    /// It may be in any call.
    Unknown,
    /// It sleeps, and can't be interrupted now.
    Deep,
}

/// The threads of a process, best first.
pub(crate) fn candidates(pid: i32) -> Vec<i32> {
    let mut tids = process::threads(pid).unwrap_or_default();
    tids.sort_unstable();
    tids.truncate(MOST);
    let mut ranked: Vec<(Rank, i32)> =
        tids.into_iter().filter_map(|tid| Some((rank(pid, tid)?, tid))).collect();
    ranked.sort();
    ranked.into_iter().map(|(_, tid)| tid).collect()
}

/// `None`: it has ended.
fn rank(pid: i32, tid: i32) -> Option<Rank> {
    let stat = fs::read_to_string(format!("/proc/{pid}/task/{tid}/stat")).ok()?;
    let state = stat.rsplit(')').next()?.trim_start().chars().next()?;
    match state {
        'Z' | 'X' | 'x' => return None,
        'D' => return Some(Rank::Deep),
        'R' => return Some(Rank::Runs),
        _ => {}
    }
    let call = fs::read_to_string(format!("/proc/{pid}/task/{tid}/syscall")).unwrap_or_default();
    Some(rank_of_call(&call))
}

/// By the line that the system has for a thread: the number of the call, and its arguments.
fn rank_of_call(line: &str) -> Rank {
    let mut fields = line.split_ascii_whitespace();
    let Some(number) = fields.next() else { return Rank::Unknown };
    let Ok(number) = number.parse::<i64>() else { return Rank::Runs };
    let mut argument = |index: usize| {
        let word = fields.nth(index)?.strip_prefix("0x")?;
        u64::from_str_radix(word, 16).ok()
    };
    if GOES_ON.contains(&number) {
        return Rank::GoesOn;
    }
    match number {
        // Milliseconds; below 0: no end.
        libc::SYS_epoll_wait | libc::SYS_epoll_pwait => match argument(3) {
            Some(time) if (time as u32).cast_signed() < 0 => Rank::MadeAgain,
            _ => Rank::Longer,
        },
        // The address of a time; 0: no end.
        libc::SYS_epoll_pwait2 => no_end(argument(3)),
        libc::SYS_rt_sigtimedwait => no_end(argument(2)),
        _ => Rank::Unknown,
    }
}

fn no_end(time: Option<u64>) -> Rank {
    if time == Some(0) { Rank::MadeAgain } else { Rank::Longer }
}

/// Calls that the kernel takes up again by itself, after a signal without a handler too.
const GOES_ON: [i64; 16] = [
    libc::SYS_read,
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_select,
    libc::SYS_pselect6,
    libc::SYS_futex,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_pause,
    libc::SYS_rt_sigsuspend,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_wait4,
    libc::SYS_waitid,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_end_is_better_than_one_with() {
        let endless = "232 0x5 0x7ffe 0x40 0xffffffff 0x0 0x8 0x7ffd9a 0x7f10";
        let short = "232 0x5 0x7ffe 0x40 0x64 0x0 0x8 0x7ffd9a 0x7f10";
        assert_eq!(rank_of_call(endless), Rank::MadeAgain);
        assert_eq!(rank_of_call(short), Rank::Longer);
        assert_eq!(rank_of_call("202 0x5 0x80 0x0 0x0 0x0 0x0 0x7ffd9a 0x7f10"), Rank::GoesOn);
        assert_eq!(rank_of_call("running\n"), Rank::Runs);
        assert_eq!(rank_of_call(""), Rank::Unknown);
        assert_eq!(rank_of_call("128 0x1 0x2 0x0 0x8 0x0 0x0 0x1 0x2"), Rank::MadeAgain);
        assert_eq!(rank_of_call("3 0x1"), Rank::Unknown);
        assert!(Rank::GoesOn < Rank::MadeAgain && Rank::MadeAgain < Rank::Longer);
    }

    #[test]
    fn the_own_threads_are_found() {
        let pid = std::process::id() as i32;
        assert!(candidates(pid).contains(&pid));
    }
}
