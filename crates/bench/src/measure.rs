//! One workload under one allocator, once.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use heapmin_bench::workload::Synthetic;

use crate::allocators::{Allocator, Preload};
use crate::catalogue::{Kind, Workload};
use crate::process::{self, Cost, Finished};
use crate::programs::Program;
use crate::redis;
use crate::statistics::median;

/// What all measurements have in common.
pub struct Bench {
    /// The program that runs the synthetic workloads.
    pub workload_program: PathBuf,
    /// How much of the normal work to do.
    pub scale: f64,
    /// How long one process may take.
    pub limit: Duration,
}

/// What a run gave.
pub struct Sample {
    /// What it cost.
    pub cost: Cost,
    /// What a real program printed; it must be the same under every allocator.
    pub output: Option<Vec<u8>>,
}

impl Bench {
    /// Runs the workload in a fresh process.
    pub fn measure(&self, workload: &Workload, allocator: &Allocator) -> Result<Sample> {
        let preload = allocator.preload.as_ref();
        match workload.kind {
            Kind::Synthetic(workload) => self.synthetic(workload, preload),
            Kind::StartUp => self.start_up(preload),
            Kind::Program(program) => self.real(program, preload),
            Kind::Redis => {
                let cost = redis::measure(allocator, self.scale, self.limit)?;
                Ok(Sample { cost, output: None })
            }
        }
    }

    /// A synthetic workload times itself.
    fn synthetic(&self, workload: &Synthetic, preload: Option<&Preload>) -> Result<Sample> {
        let mut command = process::command(&self.workload_program, preload);
        run_with(&mut command, workload, self.scale);
        let Finished { cost, output } = process::run(command, self.limit)?;
        let (_, wall) = told(&output)?;
        Ok(Sample { cost: Cost { wall, ..cost }, output: None })
    }

    fn real(&self, program: &Program, preload: Option<&Preload>) -> Result<Sample> {
        let command = program.command(preload, self.scale)?;
        let Finished { cost, output } = process::run(command, self.limit)?;
        Ok(Sample { cost, output: Some(output) })
    }

    /// Starts a program that does nothing, many times, as a shell would; memory is seen once.
    fn start_up(&self, preload: Option<&Preload>) -> Result<Sample> {
        let program = Path::new("/bin/true");
        let observed = process::run(process::command(program, preload), self.limit)?.cost;
        let starts = ((300.0 * self.scale) as usize).max(20);
        let mut times = Vec::with_capacity(starts);
        for _ in 0..starts {
            let mut command = process::command(program, preload);
            let start = Instant::now();
            let status = command.stdout(Stdio::null()).status();
            times.push(start.elapsed().as_secs_f64());
            let status = status.context("cannot start /bin/true")?;
            if !status.success() {
                bail!("/bin/true failed: {status}");
            }
        }
        let wall = median(&times).context("no start was timed")?;
        Ok(Sample { cost: Cost { wall, ..observed }, output: None })
    }
}

/// The arguments with which the workload program runs this workload.
pub fn run_with(command: &mut Command, workload: &Synthetic, scale: f64) {
    command.args(["run", workload.name]).arg(scale.to_string());
}

/// Reads `OPERATIONS NANOSECONDS`.
pub fn told(output: &[u8]) -> Result<(u64, f64)> {
    let text = String::from_utf8_lossy(output);
    let Some((operations, nanoseconds)) = text.trim().split_once(' ') else {
        bail!("a workload process printed {text:?} instead of its figures");
    };
    Ok((operations.parse()?, nanoseconds.parse::<u64>()? as f64 / 1e9))
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
