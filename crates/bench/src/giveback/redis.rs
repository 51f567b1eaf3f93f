//! redis-server, filled and then emptied at random.
//!
//! The server is told by a signal to make the call, when it waits for requests: see
//! `giveback/purge.c`. Its live bytes are its own count, `used_memory`.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use heapmin_bench::driver::Sizes;
use heapmin_bench::workload::random::Random;

use super::helper;
use super::memory::Memory;
use super::seen::Seen;
use crate::allocators::Allocator;
use crate::process;
use crate::redis::{Place, SERVER, connect};

/// Requests that are sent before the answers are read.
const BATCH: usize = 500;
/// Keys of which one stays.
const OF: u32 = 10;
/// The server makes its tables smaller bit by bit, when it has time.
const TIDYING: Duration = Duration::from_secs(1);

/// Fills the server, deletes nine of ten keys, makes it call.
pub fn measure(keys: u64, under: &Allocator, helper: &Path, limit: Duration) -> Result<Seen> {
    let place = Place::new()?;
    let answer = place.directory.join("answer");
    // One of an earlier run would be taken for this one's.
    let _ = fs::remove_file(&answer);
    let mut command = process::command(Path::new(SERVER), None);
    command.current_dir(&place.directory).stdout(Stdio::null()).stderr(Stdio::null());
    command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]);
    command.arg(&place.socket).env(helper::ANSWER, &answer);
    helper::preload(&mut command, Some(&under.file), helper);
    let server = Server(command.spawn().context("cannot start redis-server")?);
    let seen = server.observe(&place.socket, &answer, keys, limit);
    let _ = fs::remove_file(&answer);
    seen
}

/// The server, which ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill and its status is there.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    fn observe(&self, socket: &Path, answer: &Path, keys: u64, limit: Duration) -> Result<Seen> {
        let memory = || Memory::of(self.0.id());
        let mut connection = connect(socket)?;
        let mut seen = Seen { start: memory()?, ..Seen::default() };
        fill(&mut connection, keys)?;
        seen.peak = memory()?;
        let full = used_memory(&mut connection)?;
        let kept = delete(&mut connection, keys)?;
        sleep(TIDYING);
        seen.live = used_memory(&mut connection)?;
        seen.freed = full.saturating_sub(seen.live);
        seen.before = memory()?;
        (seen.called, seen.seconds) = self.call(answer, limit)?;
        seen.after = memory()?;
        let left = ask(&mut connection, b"DBSIZE\r\n")?;
        if left.trim_start_matches(':') != kept.to_string() {
            bail!("redis-server has {left} keys left instead of {kept}");
        }
        Ok(seen)
    }

    /// Sends the signal to the thread that serves requests, and waits for the answer.
    fn call(&self, answer: &Path, limit: Duration) -> Result<(bool, f64)> {
        let pid = self.0.id() as libc::pid_t;
        // SAFETY: the call takes numbers; the process is a child that was not waited for, and its
        // first thread has the number of the process.
        let error = unsafe { libc::syscall(libc::SYS_tgkill, pid, pid, libc::SIGUSR2) };
        if error != 0 {
            bail!("redis-server can't be signalled: {}", std::io::Error::last_os_error());
        }
        let deadline = Instant::now() + limit;
        loop {
            let text = fs::read_to_string(answer).unwrap_or_default();
            if text.ends_with('\n') {
                return answered(&text).with_context(|| format!("an answer was {text:?}"));
            }
            if Instant::now() > deadline {
                bail!("redis-server did not come back from the call");
            }
            sleep(Duration::from_millis(1));
        }
    }
}

/// `STATUS NANOSECONDS`: whether something was called, and how long it took in seconds.
fn answered(text: &str) -> Option<(bool, f64)> {
    let (failed, nanoseconds) = text.trim().split_once(' ')?;
    Some((failed == "0", nanoseconds.parse::<u64>().ok()? as f64 / 1e9))
}

/// Sets all keys to values of mixed sizes.
fn fill(connection: &mut UnixStream, keys: u64) -> Result<()> {
    let mut random = Random::new(9);
    let value = vec![b'v'; 256 << 10];
    in_batches(connection, keys, "+OK\r\n", |key, requests| {
        let size = Sizes::Mixed.draw(&mut random, 0, 0) as usize;
        let name = name(key);
        let (length, value) = (name.len(), &value[..size]);
        write!(requests, "*3\r\n$3\r\nSET\r\n${length}\r\n{name}\r\n${size}\r\n")?;
        requests.extend_from_slice(value);
        requests.extend_from_slice(b"\r\n");
        Ok(())
    })
    .map(|_| ())
}

/// Deletes nine of ten keys, each by chance; gives how many stay.
fn delete(connection: &mut UnixStream, keys: u64) -> Result<u64> {
    let mut random = Random::new(10);
    let deleted = in_batches(connection, keys, ":1\r\n", |key, requests| {
        if random.below(OF) > 0 {
            let name = name(key);
            write!(requests, "*2\r\n$3\r\nDEL\r\n${}\r\n{name}\r\n", name.len())?;
        }
        Ok(())
    })?;
    Ok(keys - deleted)
}

fn name(key: u64) -> String {
    format!("key:{key:012}")
}

/// Sends a request for each key, unless nothing is written for it; all must be answered alike.
/// Gives the number of requests.
fn in_batches(
    connection: &mut UnixStream,
    keys: u64,
    expected: &str,
    mut request: impl FnMut(u64, &mut Vec<u8>) -> Result<()>,
) -> Result<u64> {
    let mut sent = 0;
    let (mut requests, mut key) = (Vec::new(), 0);
    while key < keys {
        requests.clear();
        let mut waiting = 0;
        while key < keys && waiting < BATCH {
            let before = requests.len();
            request(key, &mut requests)?;
            waiting += usize::from(requests.len() > before);
            key += 1;
        }
        connection.write_all(&requests).context("redis-server went away")?;
        let mut answers = vec![0; waiting * expected.len()];
        connection.read_exact(&mut answers).context("redis-server doesn't answer")?;
        if answers != expected.repeat(waiting).as_bytes() {
            let text = String::from_utf8_lossy(&answers);
            bail!("redis-server answers {:?}", text.lines().find(|line| *line != expected.trim()));
        }
        sent += waiting as u64;
    }
    Ok(sent)
}

/// The bytes that the server counts as allocated.
fn used_memory(connection: &mut UnixStream) -> Result<u64> {
    let head = ask(connection, b"INFO memory\r\n")?;
    let length: usize = match head.strip_prefix('$').map(str::parse) {
        Some(Ok(length)) => length,
        _ => bail!("redis-server answers {head:?}"),
    };
    let mut text = vec![0; length + 2];
    connection.read_exact(&mut text).context("redis-server doesn't answer")?;
    let text = String::from_utf8_lossy(&text);
    used(&text).context("redis-server tells no used_memory")
}

fn used(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("used_memory:"))?.trim().parse().ok()
}

/// A request that is answered by one line.
fn ask(connection: &mut UnixStream, request: &[u8]) -> Result<String> {
    connection.write_all(request).context("redis-server went away")?;
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") {
        connection.read_exact(&mut byte).context("redis-server doesn't answer")?;
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_count_is_read() {
        let text = "$90\r\n# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\n";
        assert_eq!(used(text), Some(1 << 20));
        assert_eq!(used("# Memory\r\n"), None);
    }

    #[test]
    fn an_answer_is_a_status_and_a_time() {
        assert_eq!(answered("0 2500000\n"), Some((true, 0.0025)));
        assert_eq!(answered("-1 40\n"), Some((false, 4e-8)));
        assert_eq!(answered("\n"), None);
    }

    #[test]
    fn requests_go_in_batches_and_answers_are_looked_at() {
        let (mut here, mut there) = UnixStream::pair().expect("a pair");
        let server = std::thread::spawn(move || {
            let mut requests = Vec::new();
            let mut byte = [0];
            while there.read(&mut byte).is_ok_and(|count| count == 1) {
                requests.push(byte[0]);
                let answer: &[u8] = if byte[0] == b'x' { b"-E\r\n" } else { b":1\r\n" };
                there.write_all(answer).expect("answered");
            }
            requests.len()
        });
        let even = |key, requests: &mut Vec<u8>| {
            requests.extend((key % 2 == 0).then_some(b'd'));
            Ok(())
        };
        assert_eq!(in_batches(&mut here, 2001, ":1\r\n", even).expect("answered"), 1001);
        let wrong = |_, requests: &mut Vec<u8>| {
            requests.push(b'x');
            Ok(())
        };
        assert!(in_batches(&mut here, 1, ":1\r\n", wrong).is_err());
        drop(here);
        assert_eq!(server.join().expect("no panic"), 1002);
    }
}
