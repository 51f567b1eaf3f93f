//! System call filters (seccomp): whether a thread may make the calls that a request needs. A filter may
//! end the process for a call that it doesn't know, so nothing is tried out: its programs are read, which
//! root may do, and run here.

use super::tracee::Tracee;
use heapmin_directory::control::BLOCK_BYTES;

/// What a filter says to the calls of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing speaks against them.
    Allowed,
    /// This one fails, or ends the process.
    Forbidden(&'static str),
    /// Nobody but root may read it.
    Unread,
}

/// A system call, as filters see it.
struct Call {
    name: &'static str,
    number: i64,
    arguments: [u64; 6],
    /// Without it there is no answer. Others may fail, but must not end the process.
    needed: bool,
}

// linux/audit.h: AUDIT_ARCH_X86_64.
const X86_64: u32 = 0xc000_003e;
// linux/seccomp.h: what a filter's result begins with, the mildest last. What lies between is asked of
// another process, which can't be told.
const ALLOW: i32 = 0x7fff_0000;
const LOG: i32 = 0x7ffc_0000;
const ERRNO: i32 = 0x0005_0000;
/// Older filters than that are not looked at.
const MOST_FILTERS: usize = 64;

const fn needed(name: &'static str, number: i64, arguments: [u64; 6]) -> Call {
    Call { name, number, arguments, needed: true }
}

const fn useful(name: &'static str, number: i64, first: u64, second: u64, third: u64) -> Call {
    Call { name, number, arguments: [first, second, third, 0, 0, 0], needed: false }
}

/// Flags of the new thread: see the engine's `control/entry.rs`.
const CLONE: u64 = (libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_THREAD
    | libc::CLONE_SYSVSEM
    | libc::CLONE_SETTLS) as u64;
/// An address like any other.
const PLACE: u64 = 0x7f00_0000_0000;

/// The calls of the borrowed thread and of the one that serves the request.
const CALLS: [Call; 18] = [
    needed(
        "rt_sigprocmask",
        libc::SYS_rt_sigprocmask,
        [libc::SIG_SETMASK as u64, PLACE, 0, 8, 0, 0],
    ),
    needed("mmap", libc::SYS_mmap, [0, BLOCK_BYTES, 3, 0x22, u64::MAX, 0]),
    needed("clone", libc::SYS_clone, [CLONE, PLACE, 0, 0, PLACE, 0]),
    needed("munmap", libc::SYS_munmap, [PLACE, BLOCK_BYTES, 0, 0, 0, 0]),
    needed("exit", libc::SYS_exit, [0; 6]),
    needed("nanosleep", libc::SYS_nanosleep, [PLACE, 0, 0, 0, 0, 0]),
    needed("futex", libc::SYS_futex, [PLACE, 128, 1, 0, 0, 0]),
    useful("rt_sigtimedwait", libc::SYS_rt_sigtimedwait, PLACE, 0, PLACE),
    useful("prctl", libc::SYS_prctl, libc::PR_SET_NAME as u64, PLACE, 0),
    useful("capset", libc::SYS_capset, PLACE, PLACE, 0),
    useful("madvise", libc::SYS_madvise, PLACE, BLOCK_BYTES, libc::MADV_DONTNEED as u64),
    useful("madvise", libc::SYS_madvise, PLACE, BLOCK_BYTES, libc::MADV_DONTFORK as u64),
    useful("process_madvise", libc::SYS_process_madvise, 3, PLACE, 1),
    useful("mincore", libc::SYS_mincore, PLACE, BLOCK_BYTES, PLACE),
    useful("mprotect", libc::SYS_mprotect, PLACE, BLOCK_BYTES, 3),
    useful("mremap", libc::SYS_mremap, PLACE, BLOCK_BYTES, BLOCK_BYTES),
    useful("membarrier", libc::SYS_membarrier, 8, 0, 0),
    useful("clock_gettime", libc::SYS_clock_gettime, libc::CLOCK_MONOTONIC as u64, PLACE, 0),
];

/// What the filters of a stopped thread say. `ip`: where its calls will come from.
pub(crate) fn judge(tracee: &Tracee, ip: u64) -> Verdict {
    let mut programs = Vec::new();
    for number in 0..MOST_FILTERS {
        match tracee.filter(number) {
            Ok(program) => programs.push(program),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
                return verdict(&programs, ip);
            }
            Err(_) => return Verdict::Unread,
        }
    }
    Verdict::Unread
}

fn verdict(programs: &[Vec<libc::sock_filter>], ip: u64) -> Verdict {
    for call in &CALLS {
        let data = data_of(call, ip);
        let mut worst = ALLOW;
        for program in programs {
            let Some(result) = run(program, &data) else { return Verdict::Unread };
            // As signed numbers, the strictest is the lowest.
            worst = worst.min((result & 0xffff_0000).cast_signed());
        }
        let passes = matches!(worst, ALLOW | LOG) || worst == ERRNO && !call.needed;
        if !passes {
            return Verdict::Forbidden(call.name);
        }
    }
    Verdict::Allowed
}

/// `struct seccomp_data` as words of 4 bytes: the call, the architecture, the address, the arguments.
fn data_of(call: &Call, ip: u64) -> [u32; 16] {
    let mut data = [0; 16];
    data[0] = call.number as u32;
    data[1] = X86_64;
    let halves = |word: u64| [word as u32, (word >> 32) as u32];
    data[2..4].copy_from_slice(&halves(ip));
    for (place, &argument) in data[4..].chunks_exact_mut(2).zip(&call.arguments) {
        place.copy_from_slice(&halves(argument));
    }
    data
}

/// Runs a program of the classic packet filter, with the instructions that the system admits in system
/// call filters. `None`: it isn't one.
fn run(program: &[libc::sock_filter], data: &[u32; 16]) -> Option<u32> {
    let (mut a, mut x) = (0u32, 0u32);
    let mut memory = [0u32; 16];
    let mut at = 0usize;
    // Jumps only lead forward, so it ends.
    while let Some(&libc::sock_filter { code, jt, jf, k }) = program.get(at) {
        at += 1;
        let code = u32::from(code);
        let operand = if code & libc::BPF_X != 0 { x } else { k };
        match code & 0x07 {
            libc::BPF_LD => {
                a = match code & 0xe0 {
                    libc::BPF_ABS if k % 4 == 0 => *data.get(k as usize / 4)?,
                    libc::BPF_IMM => k,
                    libc::BPF_MEM => *memory.get(k as usize)?,
                    libc::BPF_LEN => size_of_val(data) as u32,
                    _ => return None,
                };
            }
            libc::BPF_LDX => {
                x = match code & 0xe0 {
                    libc::BPF_IMM => k,
                    libc::BPF_MEM => *memory.get(k as usize)?,
                    libc::BPF_LEN => size_of_val(data) as u32,
                    _ => return None,
                };
            }
            libc::BPF_ST => *memory.get_mut(k as usize)? = a,
            libc::BPF_STX => *memory.get_mut(k as usize)? = x,
            libc::BPF_ALU => a = calculate(code & 0xf0, a, operand)?,
            libc::BPF_JMP => {
                let holds = match code & 0xf0 {
                    libc::BPF_JA => {
                        at = at.checked_add(k as usize)?;
                        continue;
                    }
                    libc::BPF_JEQ => a == operand,
                    libc::BPF_JGT => a > operand,
                    libc::BPF_JGE => a >= operand,
                    libc::BPF_JSET => a & operand != 0,
                    _ => return None,
                };
                at += usize::from(if holds { jt } else { jf });
            }
            libc::BPF_RET => {
                return match code & 0x18 {
                    libc::BPF_K => Some(k),
                    0x10 => Some(a),
                    _ => None,
                };
            }
            _ if code & 0xf8 == 0x80 => a = x,
            _ => x = a,
        }
    }
    None
}

fn calculate(operation: u32, a: u32, operand: u32) -> Option<u32> {
    Some(match operation {
        libc::BPF_ADD => a.wrapping_add(operand),
        libc::BPF_SUB => a.wrapping_sub(operand),
        libc::BPF_MUL => a.wrapping_mul(operand),
        // By zero the program ends, and so does the process.
        libc::BPF_DIV => return Some(a.checked_div(operand).unwrap_or(0)),
        libc::BPF_OR => a | operand,
        libc::BPF_AND => a & operand,
        libc::BPF_LSH => a.checked_shl(operand).unwrap_or(0),
        libc::BPF_RSH => a.checked_shr(operand).unwrap_or(0),
        libc::BPF_NEG => a.wrapping_neg(),
        0xa0 => a ^ operand,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(code: u32, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
        libc::sock_filter { code: code as u16, jt, jf, k }
    }

    fn load(word: u32) -> libc::sock_filter {
        op(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, word * 4)
    }

    fn give(result: u32) -> libc::sock_filter {
        op(libc::BPF_RET | libc::BPF_K, 0, 0, result)
    }

    /// `result` for one call, everything else allowed.
    fn against(number: i64, result: u32) -> Vec<libc::sock_filter> {
        let is = op(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, number as u32);
        vec![load(0), is, give(result), give(0x7fff_0000)]
    }

    #[test]
    fn a_call_that_ends_the_process_is_named() {
        let kill = against(libc::SYS_clone, 0x8000_0000);
        assert_eq!(verdict(&[kill], 0), Verdict::Forbidden("clone"));
        let trap = against(libc::SYS_membarrier, 0x0003_0000);
        assert_eq!(verdict(&[trap], 0), Verdict::Forbidden("membarrier"));
    }

    #[test]
    fn an_error_matters_only_where_the_call_is_needed() {
        assert_eq!(verdict(&[against(libc::SYS_mmap, 0x0005_0001)], 0), Verdict::Forbidden("mmap"));
        let harmless = against(libc::SYS_capset, 0x0005_0001);
        assert_eq!(verdict(&[harmless], 0), Verdict::Allowed);
    }

    #[test]
    fn the_strictest_of_several_counts() {
        let all = vec![give(0x7fff_0000)];
        assert_eq!(verdict(std::slice::from_ref(&all), 0), Verdict::Allowed);
        let kill = against(libc::SYS_munmap, 0);
        assert_eq!(verdict(&[all, kill], 0), Verdict::Forbidden("munmap"));
    }

    #[test]
    fn arguments_are_looked_at() {
        // As in the default of containers: no clone with a new namespace.
        let namespaces = 0x7e02_0000;
        let set = op(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, 0, 1, namespaces);
        let is = op(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 3, libc::SYS_clone as u32);
        let program = vec![load(0), is, load(4), set, give(0), give(0x7fff_0000)];
        assert_eq!(verdict(&[program], 0), Verdict::Allowed);
        let threads = op(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, 0, 1, 0x0001_0000);
        let program = vec![load(0), is, load(4), threads, give(0), give(0x7fff_0000)];
        assert_eq!(verdict(&[program], 0), Verdict::Forbidden("clone"));
    }

    #[test]
    fn all_kinds_of_instructions_are_known() {
        let imm = |k| op(libc::BPF_LD | libc::BPF_IMM, 0, 0, k);
        let alu = |operation, k| op(libc::BPF_ALU | operation | libc::BPF_K, 0, 0, k);
        let a = op(libc::BPF_RET | 0x10, 0, 0, 0);
        let data = [0; 16];
        let steps = vec![
            imm(12),
            alu(libc::BPF_ADD, 4),
            alu(libc::BPF_LSH, 2),
            op(libc::BPF_ST, 0, 0, 3),
            op(0x07, 0, 0, 0),
            alu(libc::BPF_DIV, 4),
            op(libc::BPF_ALU | libc::BPF_ADD | libc::BPF_X, 0, 0, 0),
            op(libc::BPF_LDX | libc::BPF_MEM, 0, 0, 3),
            op(libc::BPF_ALU | libc::BPF_OR | libc::BPF_X, 0, 0, 0),
            op(libc::BPF_JMP | libc::BPF_JA, 0, 0, 1),
            imm(0),
            a,
        ];
        assert_eq!(run(&steps, &data), Some((64 / 4 + 64) | 64));
        assert_eq!(run(&[imm(1)], &data), None, "it doesn't end");
        assert_eq!(run(&[load(16)], &data), None, "outside of the data");
    }
}
