//! One workload under one allocator, once.

use std::env;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::allocators::Allocator;
use crate::catalogue::{Kind, Workload};
use crate::process::{self, Cost, Finished};
use crate::programs::Program;
use crate::redis;
use crate::statistics::median;
use crate::workload::Synthetic;

/// The hidden first argument of a workload process.
pub const ARGUMENT: &str = "workload";

/// What a run gave.
pub struct Sample {
    /// What it cost.
    pub cost: Cost,
    /// What a real program printed; it must be the same under every allocator.
    pub output: Option<Vec<u8>>,
}

impl Workload {
    /// Runs the workload in a fresh process.
    pub fn measure(&self, allocator: &Allocator, scale: f64, limit: Duration) -> Result<Sample> {
        let preload = allocator.preload.as_deref();
        Ok(match self.kind {
            Kind::Synthetic(workload) => {
                Sample { cost: synthetic(workload, preload, scale, limit)?.1, output: None }
            }
            Kind::StartUp => Sample { cost: start_up(preload, scale, limit)?, output: None },
            Kind::Program(program) => real(program, preload, scale, limit)?,
            Kind::Redis => {
                Sample { cost: redis::measure(allocator, scale, limit)?, output: None }
            }
        })
    }
}

/// A synthetic workload times itself; gives its operations and its cost.
fn synthetic(
    workload: &Synthetic,
    preload: Option<&Path>,
    scale: f64,
    limit: Duration,
) -> Result<(u64, Cost)> {
    let this = env::current_exe().context("cannot find this program's own file")?;
    let mut command = process::command(&this, preload);
    command.args([ARGUMENT, workload.name]).arg(scale.to_string());
    let Finished { cost, output } = process::run(command, limit)?;
    let (operations, wall) = told(&output)?;
    Ok((operations, Cost { wall, ..cost }))
}

/// Reads `OPERATIONS NANOSECONDS`.
pub fn told(output: &[u8]) -> Result<(u64, f64)> {
    let text = String::from_utf8_lossy(output);
    let Some((operations, nanoseconds)) = text.trim().split_once(' ') else {
        bail!("a workload process printed {text:?} instead of its figures");
    };
    Ok((operations.parse()?, nanoseconds.parse::<u64>()? as f64 / 1e9))
}

fn real(
    program: &Program,
    preload: Option<&Path>,
    scale: f64,
    limit: Duration,
) -> Result<Sample> {
    let Finished { cost, output } = process::run(program.command(preload, scale)?, limit)?;
    Ok(Sample { cost, output: Some(output) })
}

/// Starts a program that does nothing, many times, as a shell would; memory is seen once.
fn start_up(preload: Option<&Path>, scale: f64, limit: Duration) -> Result<Cost> {
    let program = Path::new("/bin/true");
    let observed = process::run(process::command(program, preload), limit)?.cost;
    let starts = ((300.0 * scale) as usize).max(20);
    let mut times = Vec::with_capacity(starts);
    for _ in 0..starts {
        let mut command = process::command(program, preload);
        let start = Instant::now();
        let status = command.stdout(Stdio::null()).status().context("cannot start /bin/true")?;
        times.push(start.elapsed().as_secs_f64());
        if !status.success() {
            bail!("/bin/true failed: {status}");
        }
    }
    Ok(Cost { wall: median(&times).context("no start was timed")?, ..observed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_a_workload_process_are_read() {
        assert_eq!(told(b"1000 2500000000\n").expect("figures"), (1000, 2.5));
        let error = told(b"hello\n").expect_err("no figures").to_string();
        assert!(error.contains("hello"), "{error}");
    }
}
