//! Which process a command means.

use std::fmt::Write;

use heapmin_inspect::Target;
use heapmin_inspect::model::snapshot::Process;

use crate::failure::Failure;
use crate::output::visible::visible;

/// The process with this number; without one, the only process of the user's on heapmin.
pub fn pick(pid: Option<i32>) -> Result<Target, Failure> {
    let pid = match pid {
        Some(pid) => pid,
        None => only(&mine()?)?,
    };
    Ok(Target::open(pid)?)
}

/// The processes on heapmin that belong to the user who asks.
fn mine() -> Result<Vec<Process>, Failure> {
    let me = rustix::process::geteuid().as_raw();
    let processes = Target::list()?.into_iter().map(|listed| listed.process);
    Ok(processes.filter(|process| process.uid == me).collect())
}

fn only(processes: &[Process]) -> Result<i32, Failure> {
    match processes {
        [] => Err(Failure::Nothing(
            "none of your processes runs on heapmin; start one with 'heapmin run -- PROGRAM'"
                .into(),
        )),
        [process] => Ok(process.pid),
        several => {
            let mut message = format!("{} processes run on heapmin; say which:", several.len());
            for process in several {
                // Writing to a string doesn't fail.
                let _ = write!(message, "\n{:>9}  {}", process.pid, visible(&process.command));
            }
            Err(Failure::Usage(message))
        }
    }
}

/// For clap: the number of a process.
pub fn pid(word: &str) -> Result<i32, String> {
    match word.parse() {
        Ok(pid) if pid > 0 => Ok(pid),
        _ => Err("it takes the number of a process, as 'heapmin ps' shows it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::process;

    #[test]
    fn the_only_process_needs_no_number() {
        assert_eq!(only(&[process(17, "sort")]).unwrap(), 17);
    }

    #[test]
    fn of_several_processes_one_has_to_be_named() {
        let failure = only(&[process(17, "sort"), process(4_000_000, "a\x1b[m")]).unwrap_err();
        assert_eq!(failure.status(), 2);
        let expected =
            "2 processes run on heapmin; say which:\n       17  sort\n  4000000  a\\x1b[m";
        assert_eq!(failure.to_string(), expected);
    }

    #[test]
    fn no_process_at_all_is_said() {
        let failure = only(&[]).unwrap_err();
        assert_eq!(failure.status(), 3);
        assert!(failure.to_string().contains("heapmin run -- PROGRAM"));
    }

    #[test]
    fn numbers_of_processes_are_positive() {
        assert_eq!(pid("17"), Ok(17));
        assert!(pid("0").is_err());
        assert!(pid("-1").is_err());
        assert!(pid("99999999999").is_err());
    }
}
