//! Waiting for the next picture, or for the end: so many pictures, or Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use super::Map;
use crate::failure::Failure;

/// How soon a signal is noticed.
const SLICE: Duration = Duration::from_millis(20);

/// See the module.
#[derive(Debug)]
pub struct Pause {
    pause: Option<Duration>,
    /// Pictures that are still wanted; none: no end.
    left: Option<u64>,
    next: Instant,
    stopped: Arc<AtomicBool>,
}

impl Pause {
    /// As the arguments say. Where there is to be more than one picture, signals end nothing by
    /// themselves from now on.
    pub fn new(args: &Map) -> Result<Self, Failure> {
        let stopped = Arc::new(AtomicBool::new(false));
        if args.watch.is_some() {
            for signal in [SIGINT, SIGTERM] {
                // A second one ends heapmin as if it weren't caught.
                signal_hook::flag::register_conditional_default(signal, Arc::clone(&stopped))
                    .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stopped)))
                    .map_err(|error| {
                        Failure::Output("while waiting for Ctrl-C".to_owned(), error)
                    })?;
            }
        }
        let left = if args.watch.is_some() { args.frames } else { Some(1) };
        Ok(Self { pause: args.watch, left, next: Instant::now(), stopped })
    }

    /// Waits until it is time for another picture. `false`: there is to be none.
    pub fn another(&mut self) -> bool {
        if let Some(left) = &mut self.left {
            *left -= 1;
            if *left == 0 {
                return false;
            }
        }
        // What took longer than a pause isn't made up for.
        self.next = (self.next + self.pause.unwrap_or_default()).max(Instant::now());
        while !self.stopped.load(Ordering::Relaxed) {
            let rest = self.next.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return true;
            }
            std::thread::sleep(rest.min(SLICE));
        }
        false
    }
}

/// For clap: a pause.
pub fn seconds(word: &str) -> Result<Duration, String> {
    let seconds = word.parse().ok().filter(|seconds: &f64| *seconds >= 0.05);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|pause| *pause <= Duration::from_secs(1_000_000))
        .ok_or_else(|| "it takes a number of seconds, at least 0.05".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_neither_nothing_nor_for_ever() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for word in ["0", "-1", "0.01", "NaN", "inf", "1e300", "1e9", "x", ""] {
            assert!(seconds(word).is_err(), "{word}");
        }
    }

    #[test]
    fn as_many_pictures_as_wanted() {
        let stopped = Arc::new(AtomicBool::new(false));
        let pause = Some(Duration::from_millis(1));
        let mut three = Pause { pause, left: Some(3), next: Instant::now(), stopped };
        assert!(three.another());
        assert!(three.another());
        assert!(!three.another());
    }

    #[test]
    fn a_signal_ends_the_wait() {
        let stopped = Arc::new(AtomicBool::new(true));
        let pause = Some(Duration::from_secs(1000));
        let mut endless = Pause { pause, left: None, next: Instant::now(), stopped };
        assert!(!endless.another());
    }
}
