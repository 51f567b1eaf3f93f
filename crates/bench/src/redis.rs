//! redis-server under an allocator, with redis-benchmark as its client.
//!
//! Debian's redis-server is linked to jemalloc. A preload comes before it in the search order, so
//! the preloaded allocator serves all the same; for glibc's row the C library itself is preloaded.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::allocators::Allocator;
use crate::process::{self, Cost};
use crate::programs;

/// One line about the workload.
pub const ABOUT: &str = "redis-server answers redis-benchmark: strings, lists, hashes, sorted sets";

/// The server's program.
pub const SERVER: &str = "/usr/bin/redis-server";
const CLIENT: &str = "/usr/bin/redis-benchmark";
const TESTS: &str = "set,get,incr,lpush,rpop,sadd,hset,zadd,lrange_100";

/// Why it can't run here, and what to do.
pub fn missing() -> Option<String> {
    programs::missing(SERVER, "redis-server").or_else(|| programs::missing(CLIENT, "redis-tools"))
}

/// Wall time of the client; processor time and memory of the server.
pub fn measure(allocator: &Allocator, scale: f64, limit: Duration) -> Result<Cost> {
    let place = Place::new()?;
    let mut command = process::command(Path::new(SERVER), Some(&allocator.preload_over_others()));
    command.current_dir(&place.directory);
    command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]);
    command.arg(&place.socket);
    let server = process::start(command)?;
    let client = match serve(&place.socket, scale, limit) {
        Ok(cost) => cost,
        Err(error) => {
            server.kill();
            return Err(error);
        }
    };
    let server = server.finish(limit).context("redis-server")?.cost;
    Ok(Cost { wall: client.wall, ..server })
}

/// Runs the client against the server and tells the server to end.
fn serve(socket: &Path, scale: f64, limit: Duration) -> Result<Cost> {
    let mut connection = connect(socket)?;
    let requests = ((30_000.0 * scale) as u64).max(1000);
    let mut command = process::command(Path::new(CLIENT), None);
    command.arg("-s").arg(socket).args(["-q", "-c", "16", "-P", "16", "-d", "120"]);
    command.args(["-r", "40000", "-t", TESTS, "-n"]).arg(requests.to_string());
    let cost = process::run(command, limit).context("redis-benchmark")?.cost;
    connection.write_all(b"SHUTDOWN NOSAVE\r\n").context("redis-server went away")?;
    Ok(cost)
}

/// A connection to a server that answers.
pub fn connect(socket: &Path) -> Result<UnixStream> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Ok(mut connection) = UnixStream::connect(socket) {
            connection.set_read_timeout(Some(Duration::from_secs(10)))?;
            connection.write_all(b"PING\r\n")?;
            let mut answer = [0; 7];
            connection.read_exact(&mut answer).context("redis-server doesn't answer")?;
            if &answer != b"+PONG\r\n" {
                bail!("redis-server answers {:?}", String::from_utf8_lossy(&answer));
            }
            return Ok(connection);
        }
        if Instant::now() > deadline {
            bail!("redis-server did not start within 10 s");
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// A directory for the socket, removed in the end.
pub struct Place {
    /// The directory.
    pub directory: PathBuf,
    /// Where the server is to put its socket.
    pub socket: PathBuf,
}

impl Place {
    /// A new one.
    pub fn new() -> Result<Self> {
        let directory = env::temp_dir().join(format!("heapmin-bench-{}", std::process::id()));
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        let socket = directory.join("redis");
        // A socket that a failed run left would be connected to instead of the new one.
        match fs::remove_file(&socket) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(Self { directory, socket }),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What stays behind is an empty directory in the temporary ones; no reason to fail.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
