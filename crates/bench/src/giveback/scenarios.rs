//! What is done under each allocator, and how much of it.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use glob::Pattern;
use heapmin_bench::driver::{Sizes, Task, Work};
use serde::{Deserialize, Serialize};

/// What the figures of a scenario are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// (a) Mixed sizes, a part freed.
    Freed,
    /// (b) The same, freed by other threads.
    Elsewhere,
    /// (c) Phases of different sizes.
    Phases,
    /// (d) redis.
    Redis,
    /// (e) python.
    Python,
    /// (f) Idle threads.
    Idle,
    /// (g) and (h): asleep, without a call.
    Asleep,
    /// Equal sizes of whole pages.
    Sizes,
    /// How long another thread is held up.
    Pause,
    /// How fast blocks are replaced.
    Throughput,
}

impl Group {
    /// Those whose resident memory is part of the geometric mean.
    pub const MEAN: [Self; 6] =
        [Self::Freed, Self::Elsewhere, Self::Phases, Self::Redis, Self::Python, Self::Idle];

    /// Whether time is what counts, so that one round is not enough.
    pub fn is_timed(self) -> bool {
        matches!(self, Self::Pause | Self::Throughput)
    }
}

/// Something to do under each allocator.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name on the command line and in the tables.
    pub name: String,
    /// What its figures are for.
    pub group: Group,
    /// One line about it.
    pub about: String,
    /// How it is done.
    pub kind: Kind,
}

/// How a scenario is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// The workload program does a task.
    Task(Task),
    /// The same, and sleeps before the call.
    Asleep(Task, Duration),
    /// redis-server with so many keys.
    Redis(u64),
    /// python with so many records.
    Python(u64),
}

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Less, in less time.
    pub quick: bool,
    /// Heaps of 10 GiB too.
    pub huge: bool,
    /// A factor on all amounts.
    pub scale: f64,
}

const GIB: f64 = (1u64 << 30) as f64;
/// Sizes of whole pages, in KiB.
const PAGES: [u32; 15] = [4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 64, 100, 256, 1024, 5 * 1024];
const SLEEP: Duration = Duration::from_secs(10);

impl Extent {
    /// The one amount or the other.
    fn either<T>(self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    fn bytes(self, full: f64, quick: f64) -> u64 {
        (self.either(full, quick) * self.scale) as u64
    }

    /// All scenarios, in the order of the tables.
    pub fn scenarios(self) -> Vec<Scenario> {
        let mut all = self.freed();
        all.extend(self.programs());
        all.extend(self.asleep());
        all.extend(self.sizes());
        all.extend(self.pauses());
        all.extend(self.throughput());
        all
    }

    /// (a) and (b).
    fn freed(self) -> Vec<Scenario> {
        let bytes = self.bytes(GIB, GIB / 4.0);
        let size = in_words(bytes);
        let elsewhere = Work::FreeElsewhere { threads: 8 };
        let works = [
            ("freed", Group::Freed, Work::Free, "(a)", ""),
            (
                "elsewhere",
                Group::Elsewhere,
                elsewhere,
                "(b)",
                " by 8 other threads, which then wait",
            ),
        ];
        let mut all = Vec::new();
        for (name, group, work, letter, whose) in works {
            for freed in [50, 80, 90, 95, 99] {
                all.push(Scenario {
                    name: format!("{name}-{freed}"),
                    group,
                    about: format!("{letter} {size} of mixed sizes, {freed} % freed{whose}"),
                    kind: Kind::Task(Task { work, sizes: Sizes::Mixed, bytes, freed }),
                });
            }
        }
        all
    }

    /// (c) to (f).
    fn programs(self) -> Vec<Scenario> {
        let each = self.bytes(0.4 * GIB, 0.2 * GIB);
        let period = Duration::from_secs(self.either(6, 4));
        let phases = Task {
            work: Work::Phases { period },
            sizes: Sizes::Equal(500),
            bytes: each,
            freed: 95,
        };
        let keys = self.bytes(1e6, 2.5e5);
        let records = self.bytes(2e5, 5e4);
        let threads = 200;
        let bytes = self.bytes(0.2 * GIB, 0.2 * GIB);
        let idle = Task { work: Work::Idle { threads }, sizes: Sizes::Mixed, bytes, freed: 90 };
        let (each, share) = (in_words(each), in_words(bytes / u64::from(threads)));
        let scenario = |name: &str, group, about: String, kind| Scenario {
            name: name.to_owned(),
            group,
            about,
            kind,
        };
        vec![
            scenario(
                "phases",
                Group::Phases,
                format!(
                    "(c) {each} each of 48 bytes, of 3,000, of 200,000, of 500 come, and \
                     95 % of them go, groups of 16 KiB at random; a rest after each"
                ),
                Kind::Task(phases),
            ),
            scenario(
                "redis",
                Group::Redis,
                format!("(d) redis-server with {keys} keys, 90 % deleted at random"),
                Kind::Redis(keys),
            ),
            scenario(
                "python",
                Group::Python,
                format!("(e) python builds {records} records and drops all but 5 %"),
                Kind::Python(records),
            ),
            scenario(
                "idle-threads",
                Group::Idle,
                format!("(f) {threads} threads of {share} each, 90 % freed, which then wait"),
                Kind::Task(idle),
            ),
        ]
    }

    /// (g) and (h).
    fn asleep(self) -> Vec<Scenario> {
        let three = (150_000.0 * 512.0 + 100_000.0 * 1024.0 + 50_000.0 * 2048.0) * self.scale;
        let blocks = self.bytes(5e7, 5e6);
        let task = |sizes, bytes, freed| Task { work: Work::Free, sizes, bytes, freed };
        vec![
            Scenario {
                name: "asleep-three".to_owned(),
                group: Group::Asleep,
                about: format!(
                    "(g) {:.0} blocks of 512 bytes, 1 KiB and 2 KiB, all but one in 20 freed",
                    300_000.0 * self.scale
                ),
                kind: Kind::Asleep(task(Sizes::Three, three as u64, 95), SLEEP),
            },
            Scenario {
                name: "asleep-120".to_owned(),
                group: Group::Asleep,
                about: format!("(h) {blocks} blocks of 120 bytes, all freed"),
                kind: Kind::Asleep(task(Sizes::Equal(120), blocks * 120, 100), SLEEP),
            },
        ]
    }

    fn sizes(self) -> Vec<Scenario> {
        let bytes = self.bytes(GIB / 2.0, GIB / 4.0);
        let mut all = Vec::new();
        for kibibytes in PAGES.into_iter().step_by(self.either(1, 2)) {
            for freed in [50, 90] {
                let sizes = Sizes::Equal(kibibytes << 10);
                all.push(Scenario {
                    name: format!("size-{}-{freed}", page_size(kibibytes)),
                    group: Group::Sizes,
                    about: format!("{} of equal blocks, FREED % freed", in_words(bytes)),
                    kind: Kind::Task(Task { work: Work::Free, sizes, bytes, freed }),
                });
            }
        }
        all
    }

    fn pauses(self) -> Vec<Scenario> {
        let mut all = Vec::new();
        let scenario = |name: String, bytes: u64, seconds, freed| {
            let work = Work::Pause { lead: Duration::from_secs(seconds) };
            Scenario {
                name,
                group: Group::Pause,
                about: format!("{} of mixed sizes, {freed} % freed", in_words(bytes)),
                kind: Kind::Task(Task { work, sizes: Sizes::Mixed, bytes, freed }),
            }
        };
        let parts = [50, 90];
        for freed in parts.into_iter().skip(self.either(0, 1)) {
            all.push(scenario(format!("pause-{freed}"), self.bytes(GIB, GIB), 1, freed));
        }
        for freed in parts.into_iter().filter(|_| self.huge) {
            let bytes = self.bytes(10.0 * GIB, 10.0 * GIB);
            all.push(scenario(format!("pause-huge-{freed}"), bytes, 4, freed));
        }
        all
    }

    fn throughput(self) -> Vec<Scenario> {
        let bytes = self.bytes(GIB, GIB / 4.0);
        let seconds = self.either(10.0, 2.0) * self.scale.clamp(0.1, 1.0);
        let work = Work::Throughput { time: Duration::from_secs_f64(seconds) };
        let scenario = |freed| Scenario {
            name: format!("throughput-{freed}"),
            group: Group::Throughput,
            about: format!(
                "{} of mixed sizes, {freed} % freed; random blocks replaced for {seconds} s \
                 before the call and after it",
                in_words(bytes)
            ),
            kind: Kind::Task(Task { work, sizes: Sizes::Mixed, bytes, freed }),
        };
        [50, 90].into_iter().skip(self.either(0, 1)).map(scenario).collect()
    }
}

impl Scenario {
    /// About how much memory the machine needs for it, in bytes: blocks, their rounding, and the
    /// table of them.
    pub fn needs(&self) -> u64 {
        match self.kind {
            Kind::Task(task) | Kind::Asleep(task, _) => task.bytes / 2 * 3,
            Kind::Redis(keys) => keys * 600,
            Kind::Python(records) => records * 8_000,
        }
    }
}

/// The scenarios that one of the patterns matches; all if there are none.
pub fn select(all: Vec<Scenario>, patterns: &[String]) -> Result<Vec<Scenario>> {
    let mut compiled = Vec::new();
    for pattern in patterns {
        let one = Pattern::new(pattern)
            .with_context(|| format!("--workloads: \"{pattern}\" is not a pattern"))?;
        if !all.iter().any(|scenario| one.matches(&scenario.name)) {
            let names: Vec<&str> = all.iter().map(|scenario| scenario.name.as_str()).collect();
            bail!("--giveback knows nothing called \"{pattern}\"; known are {}", names.join(", "));
        }
        compiled.push(one);
    }
    let wanted = |name: &str| compiled.is_empty() || compiled.iter().any(|one| one.matches(name));
    Ok(all.into_iter().filter(|scenario| wanted(&scenario.name)).collect())
}

/// A size of whole pages, as in names: `4K`, `5M`.
fn page_size(kibibytes: u32) -> String {
    match kibibytes {
        0..1024 => format!("{kibibytes}K"),
        _ => format!("{}M", kibibytes / 1024),
    }
}

/// Bytes as people write them.
pub fn in_words(bytes: u64) -> String {
    match bytes as f64 {
        few if few < 1e6 => format!("{:.0} KiB", few / 1024.0),
        some if some < 0.95 * GIB => format!("{:.0} MiB", some / (1u64 << 20) as f64),
        many => format!("{:.3} GiB", many / GIB).replace(".000", ""),
    }
}

/// The share of the freed memory that lies in whole free pages, when all but `kept` of the blocks
/// of [`heapmin_bench::driver::THREE`] are freed at random and a page holds as many as fit.
pub fn whole_pages(kept: f64) -> f64 {
    let (mut whole, mut all) = (0.0, 0.0);
    for (size, count) in heapmin_bench::driver::THREE {
        let bytes = f64::from(size) * f64::from(count);
        let per_page = 4096 / size;
        whole += bytes * (1.0 - kept).powi(per_page as i32);
        all += bytes * (1.0 - kept);
    }
    whole / all
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Extent = Extent { quick: false, huge: true, scale: 1.0 };

    #[test]
    fn every_scenario_has_a_name_of_its_own() {
        for extent in [FULL, Extent { quick: true, huge: false, scale: 0.01 }] {
            let mut names: Vec<String> = extent.scenarios().into_iter().map(|s| s.name).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count);
        }
    }

    #[test]
    fn a_full_run_has_everything_and_a_quick_one_less_of_it() {
        let named = |extent: Extent, name: &str| {
            extent.scenarios().into_iter().find(|scenario| scenario.name == name)
        };
        let quick = Extent { quick: true, huge: false, ..FULL };
        assert!(named(FULL, "pause-huge-90").is_some() && named(quick, "pause-huge-90").is_none());
        assert_eq!(named(FULL, "freed-99").expect("known").needs(), 3 << 29);
        assert_eq!(named(quick, "freed-99").expect("known").needs(), 3 << 27);
        let Kind::Asleep(task, _) = named(FULL, "asleep-three").expect("known").kind else {
            panic!("it sleeps");
        };
        assert_eq!(task.bytes, 281_600_000);
    }

    #[test]
    fn patterns_choose_and_unknown_names_are_refused() {
        let chosen = select(FULL.scenarios(), &["size-4K-*".to_owned(), "redis".to_owned()]);
        let names: Vec<String> = chosen.expect("known").into_iter().map(|s| s.name).collect();
        assert_eq!(names, ["redis", "size-4K-50", "size-4K-90"]);
        assert!(select(FULL.scenarios(), &["hop".to_owned()]).is_err());
    }

    #[test]
    fn bytes_are_written_in_words() {
        let words = [1 << 30, 10 << 30, 256 << 20, 5000].map(in_words);
        assert_eq!(words, ["1 GiB", "10 GiB", "256 MiB", "5 KiB"]);
        assert_eq!([page_size(100), page_size(5120)], ["100K", "5M"]);
    }

    #[test]
    fn whole_pages_are_what_chance_leaves() {
        // Nothing kept: all of it. 0.95^8, ^4 and ^2 of 76.8, 102.4 and 102.4 MB, of 95 %.
        assert!((whole_pages(0.0) - 1.0).abs() < 1e-12);
        assert!((whole_pages(0.05) - 0.847).abs() < 0.001, "{}", whole_pages(0.05));
    }
}
