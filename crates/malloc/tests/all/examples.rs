//! The example for programs that know nothing of heapmin.

use crate::harness::{Outcome, c};

/// `examples/linux/sleeping_daemon.c` with a setting, or without.
fn daemon(decay: Option<&str>) -> Outcome {
    let source = c("../../../../examples/linux/sleeping_daemon.c").named("sleeping_daemon");
    let source = source.option("-std=c99").option("-Wpedantic").option("-Werror");
    let mut run = source.build().run();
    if let Some(decay) = decay {
        run = run.variable("HEAPMIN_DECAY_MS", decay);
    }
    run.holds()
}

/// The MiB in memory after `phase`.
fn mebibytes(outcome: &Outcome, phase: &str) -> u64 {
    let line = outcome.stdout.lines().find_map(|line| line.strip_prefix(phase)?.strip_prefix(": "));
    let number = line.and_then(|line| line.strip_suffix(" MiB in memory")?.parse().ok());
    number.unwrap_or_else(|| panic!("no {phase}: {}", outcome.stdout))
}

#[test]
fn a_sleeping_program_is_small_again() {
    for decay in [None, Some("200"), Some("0")] {
        let outcome = daemon(decay);
        let [start, work] = ["at the start", "at work"].map(|phase| mebibytes(&outcome, phase));
        assert!(work >= start + 240, "{decay:?}: {}", outcome.stdout);
        let asleep = mebibytes(&outcome, "5 s asleep");
        // 300,000 blocks, of which 300 stay: each keeps one page, or two.
        assert!(asleep <= start + 12, "{decay:?}: {}", outcome.stdout);
        assert!(outcome.stdout.ends_with("what it kept is as it was\n"), "{}", outcome.stdout);
    }
}

#[test]
fn memory_that_is_to_stay_stays() {
    let outcome = daemon(Some("never"));
    let [work, asleep] = ["at work", "5 s asleep"].map(|phase| mebibytes(&outcome, phase));
    assert!(asleep + 20 >= work, "{}", outcome.stdout);
}
