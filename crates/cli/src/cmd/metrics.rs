//! `heapmin metrics`: figures for Prometheus, written once or served.

pub mod catalogue;
pub mod collect;
mod exposition;
mod negotiate;
mod request;
mod server;
mod stop;

use std::io::Write;
use std::net::SocketAddr;

use crate::failure::Failure;
use crate::output::pick;
use crate::output::writer::Out;
use collect::Scope;
use exposition::Format;

/// Write the figures of processes for Prometheus
///
/// Writes them once, to standard output, or serves them over HTTP with --listen, at /metrics; then
/// processes may come and go. docs/metrics.md tells what each metric means. Labels name the program,
/// never its arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Metrics {
    /// The processes; without any, all that 'heapmin ps' lists
    #[arg(value_name = "PID", value_parser = pick::pid)]
    pub pids: Vec<i32>,

    /// Serve them at this address until stopped; a port alone is one of 127.0.0.1
    ///
    /// Whoever reaches the address can read the figures. A port of 0 lets the system choose one.
    #[arg(short, long, value_name = "[ADDRESS:]PORT", value_parser = server::address)]
    pub listen: Option<SocketAddr>,

    /// Also the figures of each heap, of the first 100 of a process
    #[arg(long)]
    pub heaps: bool,

    /// Also the figures of each size class of a process, of all its heaps together
    #[arg(long)]
    pub classes: bool,

    /// Write OpenMetrics instead of Prometheus' text format; a server does as it is asked
    #[arg(long, conflicts_with = "listen")]
    pub openmetrics: bool,
}

const EXAMPLES: &str = "\
Examples:
  heapmin metrics 1234                       the figures of process 1234, once
  heapmin metrics --listen 9470              serve those of all your processes, on 127.0.0.1
  heapmin metrics --listen 0.0.0.0:9470 1234 those of process 1234, to the whole network
  curl -s http://127.0.0.1:9470/metrics

Exit status:
  0  the figures were written; a server was stopped by SIGTERM or SIGINT
  2  wrong usage
  3  a process can't be looked into
  4  the figures can't be written, or the address can't be used";

/// Does it. Returns the exit status.
pub fn run(args: &Metrics) -> Result<i32, Failure> {
    let scope = Scope::new(&args.pids, args.heaps, args.classes);
    if let Some(address) = args.listen {
        return server::run(address, scope);
    }
    let format = if args.openmetrics { Format::OpenMetrics } else { Format::Text };
    let text = exposition::write(&scope.collect_strictly()?, format);
    let mut out = Out::new();
    out.write_all(text.as_bytes())?;
    out.finish()?;
    Ok(0)
}
