//! `heapmin-bench-workload`: the process that is measured.
//!
//! `heapmin-bench-workload run NAME SCALE` runs a synthetic workload and prints its figures;
//! `heapmin-bench-workload giveback TASK` frees memory and talks with the runner, which looks at
//! what stays resident;
//! `heapmin-bench-workload serving` prints which files serve the malloc family.

use std::env;
use std::process::ExitCode;

use heapmin_bench::driver;
use heapmin_bench::serving;
use heapmin_bench::workload::{Scale, run_and_print};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["run", name, scale] => match scale.parse() {
            Ok(scale) => run_and_print(name, Scale(scale)),
            Err(_) => Err(format!("the scale \"{scale}\" is not a number")),
        },
        ["serving"] => {
            serving::print();
            Ok(())
        }
        ["giveback", ref task @ ..] => driver::run(task),
        _ => {
            Err("usage: heapmin-bench-workload run NAME SCALE | giveback TASK | serving".to_owned())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("heapmin-bench-workload: {error}");
            ExitCode::from(2)
        }
    }
}
