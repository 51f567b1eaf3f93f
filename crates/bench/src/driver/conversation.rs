//! Talking with the runner: lines of JSON out, an empty line in.

/// Tells that the process stands at this stop, with more members of the object, and waits until
/// the runner has seen enough.
pub fn stop(name: &str, facts: &str) {
    let comma = if facts.is_empty() { "" } else { "," };
    println!("{{\"stop\":\"{name}\"{comma}{facts}}}");
    wait();
}

/// Tells how many bytes are live, and goes on.
pub fn tell_live(bytes: u64) {
    println!("{{\"live\":{bytes}}}");
}

/// Reads up to the end of a line; without a runner there is nothing left to do.
fn wait() {
    loop {
        let mut byte = 0u8;
        // SAFETY: the read writes at most one byte, into `byte`.
        match unsafe { libc::read(0, (&raw mut byte).cast(), 1) } {
            1 if byte == b'\n' => return,
            1 => {}
            -1 if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {}
            _ => std::process::exit(4),
        }
    }
}
