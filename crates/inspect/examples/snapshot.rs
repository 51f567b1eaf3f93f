//! Prints the figures of a process as JSON: `snapshot PID`.

use heapmin_inspect::Target;
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let pid = env::args().nth(1).and_then(|pid| pid.parse().ok());
    let Some(pid) = pid else {
        eprintln!("usage: snapshot PID");
        return ExitCode::from(2);
    };
    let snapshot = Target::open(pid).and_then(|target| target.snapshot());
    match snapshot.map(|snapshot| serde_json::to_string_pretty(&snapshot)) {
        Ok(Ok(text)) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Ok(Err(error)) => {
            eprintln!("snapshot: {error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("snapshot: {error}");
            ExitCode::FAILURE
        }
    }
}
