//! System calls that block go on as if nothing had been, whoever asks in the middle of them.

use crate::harness::{Program, ask_for, until};
use std::net::TcpStream;
use std::time::Duration;

/// In the middle of the call, and not for longer than it takes.
const TIME: Duration = Duration::from_millis(1200);

fn asked_within(call: &str) -> Program {
    let program = Program::start("calls", &[call]);
    let target = program.target();
    until("the call", || program.state() == 'S');
    ask_for(&target, TIME, 20);
    program
}

macro_rules! calls_with_a_time {
    ($($call:ident),* $(,)?) => {$(
        #[test]
        fn $call() {
            asked_within(stringify!($call)).ends_well();
        }
    )*};
}

// They end by themselves, when their time is over, or when their input is closed.
calls_with_a_time!(
    read,
    nanosleep,
    clock_nanosleep,
    futex,
    poll,
    ppoll,
    select,
    pselect,
    epoll_wait,
    epoll_time,
    epoll_pwait,
    recv,
    wait,
    semop,
);

macro_rules! calls_until_a_signal {
    ($($call:ident),* $(,)?) => {$(
        #[test]
        fn $call() {
            let program = asked_within(stringify!($call));
            program.signal(libc::SIGUSR1);
            program.ends_well();
        }
    )*};
}

calls_until_a_signal!(pause, sigsuspend, sigwait);

#[test]
fn accept() {
    let mut program = Program::start("calls", &["accept"]);
    let port: u16 = program.line().parse().expect("a port");
    until("the call", || program.state() == 'S');
    ask_for(&program.target(), TIME, 20);
    let _client = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    program.ends_well();
}
