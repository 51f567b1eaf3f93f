//! `heapmin metrics`: written once, and served.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::subject::{Subject, heapmin, look, shown};

/// A server. It ends when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(words: &[&str]) -> Self {
        let mut command = heapmin();
        command.args(["metrics", "--listen", "0"]).args(words).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("heapmin: serving http://").unwrap();
        let address = address.strip_suffix("/metrics\n").unwrap().to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{line}");
        Self { child, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// The headers and the body of the answer.
    fn ask(&self, request: &str) -> (String, String) {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (headers, body) = answer.split_once("\r\n\r\n").unwrap();
        (headers.to_owned(), body.to_owned())
    }

    fn get(&self, path: &str) -> (String, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address))
    }

    fn signal(&self, signal: &str) {
        let mut kill = Command::new("kill");
        assert!(kill.args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The value of a process's metric.
fn value(page: &str, name: &str, pid: &str) -> Option<f64> {
    let start = format!("{name}{{pid=\"{pid}\"");
    let line = page.lines().find(|line| line.starts_with(&start))?;
    Some(line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[test]
fn the_figures_of_a_process_are_written_once() {
    let subject = Subject::with_blocks(10_000, 1000);
    let pid = subject.pid();
    let page = shown(&["metrics", &pid, "--heaps", "--classes"]);
    let live = value(&page, "heapmin_live_bytes", &pid).unwrap();
    assert!((10_000_000.0..10_400_000.0).contains(&live), "{page}");
    assert_eq!(value(&page, "heapmin_up", &pid), Some(1.0));
    assert!(value(&page, "heapmin_allocations_total", &pid).unwrap() >= 10_000.0, "{page}");
    let info = page.lines().find(|line| line.starts_with("heapmin_process_info{")).unwrap();
    assert!(info.contains("command=\"subject\"") && info.contains("libheapmin_malloc"), "{info}");
    let heap =
        format!("heapmin_heap_live_bytes{{pid=\"{pid}\",command=\"subject\",heap=\"process\"}}");
    assert!(page.contains(&heap), "{page}");
    let class = page.lines().find(|line| line.starts_with("heapmin_class_live_blocks{")).unwrap();
    assert!(class.contains("class=\""), "{class}");

    let open = shown(&["metrics", &pid, "--openmetrics"]);
    assert!(open.ends_with("\n# EOF\n"), "{open}");
    assert!(!open.contains("heapmin_heap_") && !open.contains("heapmin_class_"), "{open}");
}

#[test]
fn promtool_has_nothing_to_say() {
    let subject = Subject::with_blocks(100, 100);
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut promtool) = promtool.spawn() else {
        eprintln!(
            "not checked: promtool is not installed (Debian has it in the package prometheus)"
        );
        return;
    };
    let page = shown(&["metrics", &subject.pid(), "--heaps", "--classes"]);
    promtool.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_process_that_cant_be_read_fails_with_status_3() {
    let own = std::process::id().to_string();
    let output = look(&["metrics", &own]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8(output.stderr).unwrap().contains("doesn't run on heapmin"));
}

#[test]
fn a_server_shows_processes_that_come_and_go() {
    let server = Server::start(&[]);
    let mut subject = Subject::with_blocks(100, 100);
    let pid = subject.pid();
    let (headers, page) = server.get("/metrics");
    assert!(headers.starts_with("HTTP/1.1 200 OK\r\n"), "{headers}");
    assert!(
        headers.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8"),
        "{headers}"
    );
    assert!(headers.contains(&format!("Content-Length: {}", page.len())), "{headers}");
    assert_eq!(value(&page, "heapmin_up", &pid), Some(1.0), "{page}");
    subject.end();
    // Figures may be a second old.
    std::thread::sleep(Duration::from_millis(1100));
    let (_, page) = server.get("/metrics");
    assert_eq!(value(&page, "heapmin_up", &pid), None, "{page}");
}

#[test]
fn a_named_process_that_has_ended_is_down() {
    let mut subject = Subject::with_blocks(100, 100);
    let pid = subject.pid();
    let server = Server::start(&[&pid]);
    assert_eq!(value(&server.get("/metrics").1, "heapmin_up", &pid), Some(1.0));
    subject.end();
    std::thread::sleep(Duration::from_millis(1100));
    let (headers, page) = server.get("/metrics");
    assert!(headers.starts_with("HTTP/1.1 200 "), "{headers}");
    assert_eq!(value(&page, "heapmin_up", &pid), Some(0.0), "{page}");
    assert_eq!(value(&page, "heapmin_live_bytes", &pid), None, "{page}");
}

#[test]
fn prometheus_gets_openmetrics() {
    let server = Server::start(&[]);
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    let (headers, page) = server.ask(&format!("GET /metrics HTTP/1.1\r\nAccept: {accept}\r\n\r\n"));
    assert!(
        headers.contains("Content-Type: application/openmetrics-text; version=1.0.0"),
        "{headers}"
    );
    assert!(page.ends_with("# EOF\n"), "{page}");
}

#[test]
fn other_requests_are_answered() {
    let server = Server::start(&[]);
    let (headers, body) = server.get("/healthz");
    assert!(headers.starts_with("HTTP/1.1 200 ") && body == "ok\n", "{headers}");
    let (headers, body) = server.ask("HEAD /metrics HTTP/1.1\r\n\r\n");
    assert!(headers.starts_with("HTTP/1.1 200 ") && body.is_empty(), "{headers} {body}");
    assert!(server.get("/").0.starts_with("HTTP/1.1 404 "));
    assert!(server.ask("DELETE /metrics HTTP/1.1\r\n\r\n").0.starts_with("HTTP/1.1 405 "));
    assert!(server.ask("nonsense\r\n\r\n").0.starts_with("HTTP/1.1 400 "));
    let long = format!("GET /metrics HTTP/1.1\r\nX: {}", "x".repeat(20_000));
    assert!(server.ask(&long).0.starts_with("HTTP/1.1 431 "));
}

#[test]
fn silent_clients_keep_nobody_waiting() {
    let server = Server::start(&[]);
    let mut silent: Vec<TcpStream> = (0..20).map(|_| server.connect()).collect();
    for stream in &mut silent {
        stream.write_all(b"GET /metrics HT").unwrap();
    }
    let begin = Instant::now();
    assert!(server.get("/healthz").0.starts_with("HTTP/1.1 200 "));
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    // They are given up after five seconds.
    let mut rest = Vec::new();
    silent[0].read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty() && begin.elapsed() < Duration::from_secs(20));
}

#[test]
fn too_many_clients_are_sent_away_and_places_become_free() {
    let server = Server::start(&[]);
    let silent: Vec<TcpStream> = (0..64).map(|_| server.connect()).collect();
    let mut answer = String::new();
    server.connect().read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    // Also those whose request is there first.
    server.signal("-STOP");
    let mut early = server.connect();
    early.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
    server.signal("-CONT");
    answer.clear();
    early.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    drop(silent);
    let begin = Instant::now();
    while !server.get("/healthz").0.starts_with("HTTP/1.1 200 ") {
        assert!(begin.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn signals_end_it_with_status_0() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start(&[]);
        // A client that is in the middle of its request doesn't hold it up for long.
        let mut client = server.connect();
        client.write_all(b"GET /").unwrap();
        let begin = Instant::now();
        server.signal(signal);
        assert_eq!(server.child.wait().unwrap().code(), Some(0));
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    }
}

#[test]
fn an_address_that_is_taken_is_said_with_status_4() {
    let server = Server::start(&[]);
    let output = look(&["metrics", "--listen", &server.address]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains(&format!("cannot listen at {}", server.address)), "{message}");
    assert_eq!(look(&["metrics", "--listen", ":80"]).status.code(), Some(2));
}
