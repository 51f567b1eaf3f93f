//! Looking again until it is clear what is damage: an apparent contradiction that is still there, the
//! same, in so many rounds, between which every thread went on or was seen outside the heap.
//!
//! | what | becomes |
//! |---|---|
//! | is gone at another look | forgotten |
//! | was seen in all rounds | damage |
//! | is in a place that changes all the time | unsettled |
//! | can't go on, as the process is stopped in the middle of it | unsettled |

use super::finding::{Finding, Wrong};
use super::scene::{Look, Scene, Subject};
use super::threads::Threads;
use crate::memory::Fault;
use crate::model::outcome::DamageKind;
use crate::tables::Tables;
use crate::target::Progress;
use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

/// Rounds in which damage has to be seen.
const ROUNDS: u32 = 12;
/// Between two rounds, at least; up to so much more, by chance, so that they don't keep step with the
/// program.
const PAUSE: Duration = Duration::from_millis(2);
const MORE_PAUSE: u64 = 4_000_000;
/// How long something may go on changing before it is called unsettled.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long at most there is waited for threads that don't go on.
const LONGEST: Duration = Duration::from_secs(10);
/// A large block is sealed after its contents were copied, which takes a second for so many bytes at
/// most.
const COPIED_IN_A_SECOND: u64 = 64 << 20;

/// Something that was seen, and how often.
#[derive(Debug)]
struct Tally {
    finding: Finding,
    rounds: u32,
    /// When first.
    since: (u32, Instant),
}

/// What is looked at again.
#[derive(Debug)]
struct Case {
    subject: Subject,
    tallies: Vec<Tally>,
    /// At the last look it was still.
    still: bool,
}

/// What became of all.
#[derive(Debug, Default)]
pub struct Settled {
    /// What is damage.
    pub damage: Vec<Finding>,
    /// Units that could not be checked.
    pub unsettled: u64,
    /// Something could not be, as the process is stopped.
    pub stopped: bool,
}

/// Looks at the suspects until each is cleared, damage or unsettled.
pub fn settle(
    pid: i32,
    tables: &Tables<'_>,
    suspects: BTreeSet<Subject>,
    progress: Progress<'_>,
) -> Result<Settled, Fault> {
    let mut settled = Settled::default();
    let case = |subject| Case { subject, tallies: Vec::new(), still: false };
    let mut cases: Vec<Case> = suspects.into_iter().map(case).collect();
    let mut threads = Threads::new(pid);
    let begin = Instant::now();
    let (mut round, mut stopped_rounds) = (0, 0);
    threads.have_gone_on(round)?;
    while !cases.is_empty() {
        let goes_on = progress(u64::from(round.min(ROUNDS)), u64::from(ROUNDS));
        thread::sleep(PAUSE + Duration::from_nanos(by_chance(begin) % MORE_PAUSE));
        round += 1;
        let counts = threads.have_gone_on(round)?;
        let scene = Scene::read(tables)?;
        for case in &mut cases {
            case.see(scene.look(case.subject)?, counts, (round, Instant::now()));
        }
        let age = begin.elapsed();
        stopped_rounds = if threads.are_stopped() { stopped_rounds + 1 } else { 0 };
        // No look will tell more: nothing goes on, or all has been seen often enough.
        let stands_still = stopped_rounds > 0 && (!counts || stopped_rounds > ROUNDS);
        cases.retain(|case| match case.state(age, &threads) {
            State::Open if goes_on && age < LONGEST && !stands_still => true,
            State::Sound => false,
            State::Damaged => {
                settled.damage.extend(case.tallies.iter().map(|tally| tally.finding.clone()));
                false
            }
            State::Open | State::Unsettled => {
                let confirmed = case.tallies.iter().filter(|tally| tally.is_sure(&threads));
                settled.damage.extend(confirmed.map(|tally| tally.finding.clone()));
                settled.unsettled += u64::from(case.subject.is_unit());
                settled.stopped |= stands_still;
                false
            }
        });
    }
    Ok(settled)
}

impl Subject {
    /// Whether it counts as a unit that was not checked.
    fn is_unit(self) -> bool {
        !matches!(self, Self::List(_) | Self::Record(_))
    }
}

/// What is known of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Sound,
    Damaged,
    Unsettled,
    Open,
}

impl Case {
    /// Takes a look into account, which is a round if it `counts`.
    fn see(&mut self, look: Look, counts: bool, now: (u32, Instant)) {
        let Look { mut findings, still } = look;
        self.still = still;
        self.tallies.retain_mut(|tally| {
            let again = findings.iter().position(|finding| *finding == tally.finding);
            if let Some(index) = again {
                findings.swap_remove(index);
                tally.rounds += u32::from(counts);
            }
            // Of what has changed meanwhile only tails are known.
            again.is_some() || (!still && tally.finding.kind != DamageKind::Tail)
        });
        let tally = |finding| Tally { finding, rounds: u32::from(counts), since: now };
        self.tallies.extend(findings.into_iter().map(tally));
    }

    fn state(&self, age: Duration, threads: &Threads) -> State {
        if self.tallies.is_empty() {
            return match self.still {
                true => State::Sound,
                false if age > PATIENCE => State::Unsettled,
                false => State::Open,
            };
        }
        let sure = self.tallies.iter().all(|tally| tally.is_sure(threads));
        match sure {
            true if self.still => State::Damaged,
            true if age > PATIENCE => State::Unsettled,
            _ => State::Open,
        }
    }
}

impl Tally {
    /// Whether it is damage.
    fn is_sure(&self, threads: &Threads) -> bool {
        let (first_round, first_time) = self.since;
        self.rounds >= ROUNDS
            && (threads.were_outside_since(first_round)
                || first_time.elapsed() >= time_to_copy(&self.finding))
    }
}

/// How long a thread may be at work on the block before it seals it.
fn time_to_copy(finding: &Finding) -> Duration {
    match finding.wrong {
        Wrong::Tail(_) => {
            Duration::from_millis(finding.bytes.saturating_mul(1000) / COPIED_IN_A_SECOND)
        }
        _ => Duration::ZERO,
    }
}

/// A number that depends on the moment.
fn by_chance(begin: Instant) -> u64 {
    let nanoseconds = begin.elapsed().as_nanos() as u64;
    nanoseconds.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::tail::Flaw;

    fn finding(address: u64, kind: DamageKind) -> Finding {
        let wrong = match kind {
            DamageKind::Tail => Wrong::Tail(Flaw::Field),
            _ => Wrong::Count,
        };
        Finding { kind, heap: 1, address, bytes: 64, wrong, evidence: vec![1] }
    }

    fn after(looks: &[(&[u64], bool, bool)], kind: DamageKind) -> Case {
        let mut case = Case { subject: Subject::Slab(3), tallies: Vec::new(), still: false };
        for (addresses, still, counts) in looks {
            let findings = addresses.iter().map(|&address| finding(address, kind)).collect();
            case.see(Look { findings, still: *still }, *counts, (1, Instant::now()));
        }
        case
    }

    fn state(case: &Case, milliseconds: u64) -> State {
        case.state(Duration::from_millis(milliseconds), &Threads::new(1))
    }

    #[test]
    fn what_stays_the_same_is_damage_after_all_rounds_and_not_before() {
        let look: (&[u64], bool, bool) = (&[5], true, true);
        let rounds = ROUNDS as usize;
        assert_eq!(state(&after(&vec![look; rounds - 1], DamageKind::Tail), 900), State::Open);
        assert_eq!(state(&after(&vec![look; rounds], DamageKind::Tail), 900), State::Damaged);
    }

    #[test]
    fn rounds_in_which_a_thread_stood_still_do_not_count() {
        let look: (&[u64], bool, bool) = (&[5], true, false);
        assert_eq!(state(&after(&vec![look; 500], DamageKind::Metadata), 900), State::Open);
    }

    #[test]
    fn what_is_gone_at_another_look_is_forgotten() {
        let seen: (&[u64], bool, bool) = (&[5], true, true);
        let mut looks = vec![seen; ROUNDS as usize - 1];
        looks.push((&[], true, true));
        assert_eq!(state(&after(&looks, DamageKind::Metadata), 1), State::Sound);
        looks.push(seen);
        assert_eq!(state(&after(&looks, DamageKind::Metadata), 1), State::Open);
    }

    #[test]
    fn what_changes_all_the_time_is_unsettled() {
        let look: (&[u64], bool, bool) = (&[], false, true);
        let case = after(&[look; 500], DamageKind::Metadata);
        assert_eq!(state(&case, 900), State::Open);
        assert_eq!(state(&case, 1100), State::Unsettled);
    }

    #[test]
    fn only_tails_are_known_of_what_changes() {
        let looks: [(&[u64], bool, bool); 2] = [(&[5], true, true), (&[], false, true)];
        assert_eq!(after(&looks, DamageKind::Metadata).tallies.len(), 1);
        assert!(after(&looks, DamageKind::Tail).tallies.is_empty());
    }
}
