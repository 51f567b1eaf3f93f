//! One process from its start to its end: wall time, processor time, peak memory.
//!
//! The peak is `VmHWM` as the kernel shows it in the moment before the process gives up its
//! memory. `ru_maxrss` of `wait4` won't do: it also covers the time between `fork` and `exec`,
//! when the child still was a copy of this program, so every small process would look as big as
//! the runner. The process is traced for one event only (its end), which costs it two stops.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::allocators::Preload;
use serde::{Deserialize, Serialize};

/// What one process cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds of wall time: the timed section of a synthetic workload, else the whole process.
    pub wall: f64,
    /// Seconds of processor time in user mode, whole process.
    pub user: f64,
    /// Seconds of processor time in the kernel, whole process.
    pub system: f64,
    /// Peak resident memory in KiB.
    pub peak: u64,
}

/// A process that ended as it should.
pub struct Finished {
    /// What it cost.
    pub cost: Cost,
    /// What it wrote to standard output.
    pub output: Vec<u8>,
}

/// A running process that will be measured.
pub struct Running {
    pid: libc::pid_t,
    started: Instant,
    output: File,
    errors: File,
}

/// A command that runs `program` with `preload` put under it, and without any other preload.
pub fn command(program: &Path, preload: Option<&Preload>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command.env_remove("LD_PRELOAD");
    if let Some(preload) = preload {
        preload.put_under(&mut command);
    }
    command
}

/// Starts the command and lets it run up to its first instruction and on.
pub fn start(mut command: Command) -> Result<Running> {
    let output = memory_file("output")?;
    let errors = memory_file("errors")?;
    command.stdout(output.try_clone()?).stderr(errors.try_clone()?);
    // SAFETY: between fork and exec the closure makes one system call and touches no memory.
    unsafe {
        command.pre_exec(|| match libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        });
    }
    let program: OsString = command.get_program().to_owned();
    let started = Instant::now();
    let child = command.spawn().with_context(|| {
        format!("cannot start {} under observation (ptrace)", program.to_string_lossy())
    })?;
    let running = Running { pid: child.id() as libc::pid_t, started, output, errors };
    let status = running.wait()?.0;
    if !libc::WIFSTOPPED(status) {
        bail!("{} ended before its first instruction", program.to_string_lossy());
    }
    let options = libc::PTRACE_O_TRACEEXIT | libc::PTRACE_O_TRACEEXEC | libc::PTRACE_O_EXITKILL;
    running.trace(libc::PTRACE_SETOPTIONS, options as usize)?;
    running.trace(libc::PTRACE_CONT, 0)?;
    Ok(running)
}

/// Runs the command to its end; an error if it fails or takes longer than `limit`.
pub fn run(command: Command, limit: Duration) -> Result<Finished> {
    start(command)?.finish(limit)
}

/// Runs the command to its end and gives what it wrote, without looking at what it costs: for
/// programs that must not be traced.
pub fn output(mut command: Command, limit: Duration) -> Result<Vec<u8>> {
    let mut output = memory_file("output")?;
    let mut errors = memory_file("errors")?;
    command.stdout(output.try_clone()?).stderr(errors.try_clone()?);
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("cannot start {program}"))?;
    let deadline = Deadline::set(child.id() as libc::pid_t, limit)?;
    let status = child.wait()?;
    if deadline.lift() {
        bail!("took longer than {} s and was stopped", limit.as_secs());
    }
    if !status.success() {
        bail!("{status}: {}", String::from_utf8_lossy(&contents(&mut errors)?).trim());
    }
    contents(&mut output)
}

impl Running {
    /// Waits for the end; the error says how the process failed, with its last words.
    pub fn finish(mut self, limit: Duration) -> Result<Finished> {
        let deadline = Deadline::set(self.pid, limit)?;
        let mut at_exit = None;
        let (status, usage) = loop {
            let (status, usage) = self.wait()?;
            if !libc::WIFSTOPPED(status) {
                break (status, usage);
            }
            let signal = match status >> 16 {
                0 => libc::WSTOPSIG(status),
                libc::PTRACE_EVENT_EXIT => {
                    at_exit = Some((self.started.elapsed(), peak_memory(self.pid)));
                    0
                }
                _ => 0,
            };
            self.trace(libc::PTRACE_CONT, signal as usize)?;
        };
        let timed_out = deadline.lift();
        let failure = if timed_out {
            Some(format!("took longer than {} s and was stopped", limit.as_secs()))
        } else if libc::WIFSIGNALED(status) {
            Some(format!("killed by signal {}", libc::WTERMSIG(status)))
        } else {
            match libc::WEXITSTATUS(status) {
                0 => None,
                code => Some(format!("exit status {code}")),
            }
        };
        if let Some(failure) = failure {
            let errors = contents(&mut self.errors)?;
            let text = String::from_utf8_lossy(&errors);
            let last = text.lines().rev().find(|line| !line.trim().is_empty());
            return Err(match last {
                Some(line) => anyhow!("{failure}: {}", line.trim()),
                None => anyhow!("{failure}"),
            });
        }
        let (wall, peak) = at_exit.context("the process ended without being seen")?;
        let cost = Cost {
            wall: wall.as_secs_f64(),
            user: seconds(usage.ru_utime),
            system: seconds(usage.ru_stime),
            peak: peak?,
        };
        Ok(Finished { cost, output: contents(&mut self.output)? })
    }

    /// Kills the process, because what needs it failed.
    pub fn kill(self) {
        // SAFETY: the process is a child that was not waited for, so the id is still its own.
        unsafe { libc::kill(self.pid, libc::SIGKILL) };
        while self.wait().is_ok_and(|(status, _)| libc::WIFSTOPPED(status)) {
            // The stop at its end: a killed process passes it too.
            if self.trace(libc::PTRACE_CONT, 0).is_err() {
                break;
            }
        }
    }

    fn wait(&self) -> Result<(libc::c_int, libc::rusage)> {
        let mut status = 0;
        // SAFETY: `rusage` is plain numbers, for which zero is valid.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: both out-parameters are live for the call.
        let pid = unsafe { libc::wait4(self.pid, &mut status, libc::__WALL, &mut usage) };
        if pid == -1 {
            return Err(io::Error::last_os_error()).context("cannot wait for the process");
        }
        Ok((status, usage))
    }

    fn trace(&self, request: libc::c_uint, data: usize) -> Result<()> {
        // SAFETY: the requests used here (options, continue) read and write no memory of ours.
        match unsafe { libc::ptrace(request, self.pid, 0, data) } {
            -1 => Err(io::Error::last_os_error()).context("cannot trace the process"),
            _ => Ok(()),
        }
    }
}

/// A limit on a process's life, kept by a thread that kills it when the time is up.
struct Deadline {
    over: mpsc::Sender<()>,
    keeper: thread::JoinHandle<bool>,
}

impl Deadline {
    fn set(pid: libc::pid_t, limit: Duration) -> Result<Self> {
        // The descriptor names this very process, even when its number is used again.
        // SAFETY: `pidfd_open` takes two numbers.
        let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        if descriptor == -1 {
            return Err(io::Error::last_os_error()).context("cannot watch the process");
        }
        // SAFETY: the call gave a new descriptor that nobody else owns.
        let process = unsafe { OwnedFd::from_raw_fd(descriptor as i32) };
        let (over, waits) = mpsc::channel();
        let keeper = thread::spawn(move || {
            let late = waits.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if late {
                let no_details = std::ptr::null::<libc::siginfo_t>();
                // SAFETY: the signal carries no details, and the descriptor is open.
                unsafe {
                    libc::syscall(
                        libc::SYS_pidfd_send_signal,
                        process.as_raw_fd(),
                        libc::SIGKILL,
                        no_details,
                        0,
                    )
                };
            }
            late
        });
        Ok(Self { over, keeper })
    }

    /// The process is over; was it killed?
    fn lift(self) -> bool {
        drop(self.over);
        self.keeper.join().unwrap_or(false)
    }
}

fn peak_memory(pid: libc::pid_t) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .and_then(|number| number.trim().parse().ok())
        .context("/proc shows no peak memory (VmHWM)")
}

/// A file without a name, in memory.
pub fn memory_file(what: &str) -> Result<File> {
    // SAFETY: the name is a C string literal.
    let descriptor = unsafe { libc::memfd_create(c"captured".as_ptr(), libc::MFD_CLOEXEC) };
    if descriptor == -1 {
        return Err(io::Error::last_os_error())
            .with_context(|| format!("cannot make a file in memory for the {what}"));
    }
    // SAFETY: the call gave a new descriptor that nobody else owns.
    Ok(unsafe { File::from_raw_fd(descriptor) })
}

/// All that was written to the file.
pub fn contents(file: &mut File) -> Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Result<Finished> {
        let mut command = command(Path::new("/bin/sh"), None);
        command.args(["-c", script]);
        run(command, LIMIT)
    }

    #[test]
    fn a_process_is_measured_from_start_to_end() {
        let finished = shell("sleep 0.1; echo done").expect("the shell runs");
        assert_eq!(finished.output, b"done\n");
        assert!(finished.cost.wall >= 0.1 && finished.cost.wall < 10.0);
    }

    #[test]
    fn the_peak_is_that_of_the_process_and_not_of_the_runner() {
        let ballast = vec![1u8; 64 << 20];
        let peak = shell("exec /bin/true").expect("true runs").cost.peak;
        assert!(peak < 32 << 10, "{peak} KiB with {} bytes here", ballast.len());
        assert!(peak > 100);
    }

    #[test]
    fn a_failure_is_told_with_the_last_words() {
        let error = shell("echo first >&2; echo no room >&2; exit 3").err().expect("it fails");
        assert_eq!(error.to_string(), "exit status 3: no room");
        let error = shell("kill -SEGV $$").err().expect("it dies");
        assert_eq!(error.to_string(), "killed by signal 11");
    }

    #[test]
    fn a_process_that_hangs_is_stopped() {
        let mut command = command(Path::new("/bin/sleep"), None);
        command.arg("60");
        let error = run(command, Duration::from_secs(1)).err().expect("it is stopped");
        assert!(error.to_string().contains("took longer than 1 s"), "{error}");
    }

    #[test]
    fn a_process_that_is_not_traced_gives_its_output_or_its_failure() {
        let shell = |script: &str, limit| {
            let mut command = command(Path::new("/bin/sh"), None);
            command.args(["-c", script]);
            output(command, limit)
        };
        assert_eq!(shell("echo done", LIMIT).expect("it runs"), b"done\n");
        let error = shell("echo no room >&2; exit 3", LIMIT).expect_err("it fails");
        assert!(error.to_string().contains("3: no room"), "{error}");
        let error = shell("exec sleep 60", Duration::from_secs(1)).expect_err("it is stopped");
        assert!(error.to_string().contains("longer than 1 s"), "{error}");
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = run(command(Path::new("/nowhere/tool"), None), LIMIT).err().expect("none");
        assert!(format!("{error:#}").contains("/nowhere/tool"), "{error:#}");
    }
}
