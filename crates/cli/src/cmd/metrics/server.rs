//! Serves the figures over HTTP until SIGTERM or SIGINT.
//!
//! Each client has a thread, a time in which its request has to arrive, and one in which it has to
//! take the answer; more clients than [`MOST_CLIENTS`] are sent away. So a client that is slow, or
//! silent, keeps nobody else waiting. Figures are read once for all who ask within [`FRESH`].

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use crate::cmd::metrics::collect::{Scope, Scrape};
use crate::cmd::metrics::exposition::{self, Format};
use crate::cmd::metrics::request::{self, MOST_BYTES, Request};
use crate::cmd::metrics::stop::Stop;
use crate::failure::Failure;

/// Clients that are served at the same time.
const MOST_CLIENTS: usize = 64;
/// Clients that were sent away and are still connected: one that is cut off while its request is on the
/// way gets an error in place of the answer.
const MOST_SENT_AWAY: usize = 64;
/// In which a request has to arrive.
const REQUEST_TIME: Duration = Duration::from_secs(5);
/// In which an answer has to be taken.
const ANSWER_TIME: Duration = Duration::from_secs(20);
/// For which clients that are being served are waited for at the end.
const END_TIME: Duration = Duration::from_secs(3);
/// Figures that are no older are not read again.
const FRESH: Duration = Duration::from_secs(1);

/// For clap: an address and a port, or a port of this machine's own.
pub fn address(word: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = word.parse() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    if word.starts_with(':') {
        return Err(format!(
            "say which address: '127.0.0.1{word}' for this machine, '0.0.0.0{word}' for everybody"
        ));
    }
    match word.to_socket_addrs() {
        Ok(mut addresses) => addresses.next().ok_or_else(|| "it has no address".to_owned()),
        Err(error) => Err(format!("it takes a port, or an address and a port: {error}")),
    }
}

/// Serves at the address.
pub fn run(address: SocketAddr, scope: Scope) -> Result<i32, Failure> {
    let failed = |error| Failure::Listen(address, error);
    let stop = Stop::new().map_err(failed)?;
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    // Nobody may be there to read it.
    let _ = writeln!(io::stderr(), "heapmin: serving http://{bound}/metrics");

    let source = Arc::new(Source { scope, latest: Mutex::new(None) });
    let clients = Arc::new(Clients::default());
    let mut sent_away = VecDeque::new();
    loop {
        let mut waited = [PollFd::new(&listener, PollFlags::IN), PollFd::new(&stop, PollFlags::IN)];
        match poll(&mut waited, None) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(failed(error.into())),
        }
        if !waited[1].revents().is_empty() {
            break;
        }
        match listener.accept() {
            Ok((stream, _)) => {
                sent_away.extend(Clients::serve(&clients, stream, &source));
                if sent_away.len() > MOST_SENT_AWAY {
                    sent_away.pop_front();
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            // No descriptors, no memory: it may be over soon. Or the client has gone again.
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
    drop(listener);
    clients.wait(END_TIME);
    Ok(0)
}

/// The figures, for all clients.
struct Source {
    scope: Scope,
    latest: Mutex<Option<(Instant, Arc<Scrape>)>>,
}

impl Source {
    fn page(&self, format: Format) -> Result<String, String> {
        let scrape = self.scrape().map_err(|failure| failure.to_string())?;
        Ok(exposition::write(&scrape, format))
    }

    /// Whoever comes while somebody else reads waits for that.
    fn scrape(&self) -> Result<Arc<Scrape>, Failure> {
        let mut latest = locked(&self.latest);
        if let Some((time, scrape)) = &*latest
            && time.elapsed() < FRESH
        {
            return Ok(Arc::clone(scrape));
        }
        let scrape = Arc::new(self.scope.collect()?);
        *latest = Some((Instant::now(), Arc::clone(&scrape)));
        Ok(scrape)
    }
}

/// How many are being served.
#[derive(Default)]
struct Clients {
    count: Mutex<usize>,
    fewer: Condvar,
}

impl Clients {
    /// Serves a client in a thread of its own, or sends it away: then it comes back.
    fn serve(clients: &Arc<Self>, stream: TcpStream, source: &Arc<Source>) -> Option<TcpStream> {
        let Some(place) = Self::place(clients) else {
            // Its buffer is empty and takes this at once.
            let _ = stream.set_nonblocking(true);
            let _ = (&stream).write(&request::busy());
            let _ = stream.shutdown(Shutdown::Write);
            return Some(stream);
        };
        let source = Arc::clone(source);
        // Where no thread can be made the client is sent away without a word, as its stream is gone.
        let _ = thread::Builder::new().name("client".to_owned()).spawn(move || {
            // What fails here fails between the client and the network.
            let _ = converse(stream, &source);
            drop(place);
        });
        None
    }

    fn place(clients: &Arc<Self>) -> Option<Place> {
        let mut count = locked(&clients.count);
        if *count == MOST_CLIENTS {
            return None;
        }
        *count += 1;
        Some(Place(Arc::clone(clients)))
    }

    /// Waits until nobody is being served, or the time is over.
    fn wait(&self, time: Duration) {
        let count = locked(&self.count);
        // Poisoned: a client's thread panicked, which changes nothing about the count.
        drop(self.fewer.wait_timeout_while(count, time, |count| *count > 0));
    }
}

/// A client's place among those that are being served.
struct Place(Arc<Clients>);

impl Drop for Place {
    fn drop(&mut self) {
        *locked(&self.0.count) -= 1;
        self.0.fewer.notify_all();
    }
}

/// Nothing that a lock guards here is ever half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One request and its answer.
fn converse(mut stream: TcpStream, source: &Source) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    let request = receive(&mut stream, Instant::now() + REQUEST_TIME)?;
    let answer = request.answer(|format| source.page(format));
    send(&mut stream, &answer, Instant::now() + ANSWER_TIME)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    // Closing a socket with unread data would take the answer back: what is still coming is read,
    // if it is little and comes soon.
    let mut rest = [0; MOST_BYTES];
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    let _ = stream.read(&mut rest);
    Ok(())
}

fn receive(stream: &mut TcpStream, deadline: Instant) -> io::Result<Request> {
    let mut bytes = Vec::new();
    let mut piece = [0; 2048];
    loop {
        stream.set_read_timeout(Some(left(deadline)?))?;
        match stream.read(&mut piece) {
            Ok(0) => return Ok(Request::Malformed),
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        match Request::parse(&bytes) {
            Request::Partial => {}
            request => return Ok(request),
        }
    }
}

fn send(stream: &mut TcpStream, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left(deadline)?))?;
        match stream.write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    // A timeout of zero would be none.
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_this_machines_own() {
        assert_eq!(address("9470").unwrap().to_string(), "127.0.0.1:9470");
        assert_eq!(address("0.0.0.0:80").unwrap().to_string(), "0.0.0.0:80");
        assert_eq!(address("[::1]:80").unwrap().to_string(), "[::1]:80");
        assert!(address("localhost:80").unwrap().ip().is_loopback());
        assert!(address(":80").unwrap_err().contains("0.0.0.0:80"));
        for wrong in ["", "127.0.0.1", "70000", "127.0.0.1:x"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn clients_beyond_the_most_are_sent_away() {
        let clients = Arc::new(Clients::default());
        let places: Vec<_> = (0..MOST_CLIENTS).map(|_| Clients::place(&clients).unwrap()).collect();
        assert!(Clients::place(&clients).is_none());
        drop(places);
        assert!(Clients::place(&clients).is_some());
        let begin = Instant::now();
        clients.wait(Duration::from_secs(60));
        assert!(begin.elapsed() < Duration::from_secs(30));
    }
}
