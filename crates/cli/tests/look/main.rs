//! The commands that look into other processes, tested as a user meets them: programs run on the
//! heap, and the built binary looks into them.

mod check;
mod hostile;
mod metrics;
mod program;
mod ps;
mod report;
mod subject;
mod top;
mod walk;
