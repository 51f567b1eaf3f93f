//! The allocators that can be measured, and finding or building their libraries.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::peers::{self, Recipe, Workshop};
use crate::probe;

/// An allocator that the runner knows.
pub struct Known {
    /// Its name on the command line and in the tables.
    pub name: &'static str,
    /// One line about what it is.
    pub about: &'static str,
    origin: Origin,
}

enum Origin {
    /// What the program has without any preload.
    System,
    /// This project's library.
    Heapmin,
    /// Built from sources.
    Built(&'static Recipe),
    /// A library that Debian packages.
    Debian { pattern: &'static str, package: &'static str },
}

/// All allocators, in the order of the tables.
pub const KNOWN: &[Known] = &[
    Known {
        name: "heapmin",
        about: "libheapmin_malloc.so of this project",
        origin: Origin::Heapmin,
    },
    Known {
        name: SAMPLED,
        about: "the same while it samples call stacks, 512 KiB apart (only when asked for)",
        origin: Origin::Heapmin,
    },
    Known { name: "glibc", about: "the C library's malloc: no preload", origin: Origin::System },
    Known {
        name: "mimalloc",
        about: "Microsoft's mimalloc 3, default build",
        origin: Origin::Built(&peers::MIMALLOC),
    },
    Known {
        name: "mimalloc-secure",
        about: "mimalloc 3 built with MI_SECURE=ON",
        origin: Origin::Built(&peers::MIMALLOC_SECURE),
    },
    Known {
        name: "snmalloc",
        about: "Microsoft's snmalloc, without its checks (snmallocshim)",
        origin: Origin::Built(&peers::SNMALLOC),
    },
    Known {
        name: "jemalloc",
        about: "jemalloc 5.3, default build",
        origin: Origin::Built(&Recipe::Jemalloc),
    },
    Known {
        name: "rpmalloc",
        about: "rpmalloc, its preload build (rpmallocwrap)",
        origin: Origin::Built(&peers::RPMALLOC),
    },
    Known {
        name: "tcmalloc",
        about: "gperftools' minimal tcmalloc, as Debian builds it",
        origin: Origin::Debian {
            pattern: "/usr/lib/*/libtcmalloc_minimal.so.4",
            package: "libtcmalloc-minimal4",
        },
    },
    Known {
        name: "rusty_alloc",
        about: "mimalloc 2's design in Rust, which detects double frees",
        origin: Origin::Built(&Recipe::Cargo {
            directory: "rusty_alloc",
            library: "librusty_alloc_malloc.so",
        }),
    },
];

/// The allocator that isn't measured unless it is named.
const SAMPLED: &str = "heapmin-sampled";
/// Bytes from sample to sample: what `heapmin report --stacks` asks for.
const SAMPLED_BYTES: u32 = 512 << 10;

/// What puts an allocator under a program.
#[derive(Clone, Debug)]
pub struct Preload {
    /// The library.
    pub library: PathBuf,
    /// Bytes between sampled call stacks, in heapmin's environment variable.
    pub sample: Option<u32>,
}

impl Preload {
    /// Puts it under the program that the command starts.
    pub fn put_under(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library);
        if let Some(bytes) = self.sample {
            command.env("HEAPMIN_SAMPLE", bytes.to_string());
        }
    }
}

/// An allocator that is there and was seen to serve a process.
#[derive(Clone, Debug)]
pub struct Allocator {
    /// Its name on the command line and in the tables.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What is preloaded; `None` for the system's own.
    pub preload: Option<Preload>,
    /// The file that serves `malloc`: the preload, or the C library.
    pub file: PathBuf,
}

impl Allocator {
    /// The library that is preloaded, if one is.
    pub fn library(&self) -> Option<&Path> {
        self.preload.as_ref().map(|preload| preload.library.as_path())
    }

    /// What to preload into a program that was linked to an allocator of its own: the system's
    /// own allocator must be put before that one too.
    pub fn preload_over_others(&self) -> Preload {
        let sample = self.preload.as_ref().and_then(|preload| preload.sample);
        Preload { library: self.file.clone(), sample }
    }
}

/// Where libraries come from.
pub struct Source {
    workshop: Workshop,
    /// `--heapmin PATH`.
    heapmin: Option<PathBuf>,
    target: PathBuf,
}

impl Source {
    /// A source that builds into the target directory this program runs from.
    pub fn new(heapmin: Option<PathBuf>) -> Result<Self> {
        let this = env::current_exe().context("cannot find this program's own file")?;
        // This program is TARGET/release/heapmin-bench, or in another profile's directory.
        let target = this.ancestors().nth(2).context("this program is in no target directory")?;
        let workshop = Workshop::new(target.join("release/bench-peers"));
        Ok(Self { workshop, heapmin, target: target.to_owned() })
    }

    /// Finds or builds the allocator and sees that it really serves a process.
    pub fn resolve(&mut self, known: &Known, workload_program: &Path) -> Result<Allocator> {
        let sample = (known.name == SAMPLED).then_some(SAMPLED_BYTES);
        let preload = self.library(known)?.map(|library| Preload { library, sample });
        let answer = probe::ask(workload_program, preload.as_ref())?;
        let version = match answer.version.clone() {
            Some(version) => version,
            None => self.version(known)?,
        };
        let file = answer.file()?.to_owned();
        Ok(Allocator { name: known.name.to_owned(), version, preload, file })
    }

    fn library(&mut self, known: &Known) -> Result<Option<PathBuf>> {
        Ok(match known.origin {
            Origin::System => None,
            Origin::Heapmin => Some(self.heapmin()?),
            Origin::Built(recipe) => Some(self.workshop.library(known.name, recipe)?),
            Origin::Debian { pattern, package } => Some(packaged(pattern, package)?),
        })
    }

    /// The library of this project: the one asked for, or that of the same target directory,
    /// built anew if its sources changed.
    fn heapmin(&self) -> Result<PathBuf> {
        if let Some(path) = &self.heapmin {
            let found = path.canonicalize();
            return found.with_context(|| format!("--heapmin: no library {}", path.display()));
        }
        self.built(&["-p", "heapmin-malloc"], "libheapmin_malloc.so")
            .context("cannot build heapmin (--heapmin PATH names a library that is built)")
    }

    /// The libraries that a C program is linked to for malloc and the documented heap.
    pub fn documented_heap(&self) -> Result<Vec<PathBuf>> {
        let malloc = self.heapmin()?;
        let documented = match &self.heapmin {
            None => self.built(&["-p", "heapmin-c"], "libheapmin.so")?,
            Some(_) => malloc.with_file_name("libheapmin.so"),
        };
        if !documented.exists() {
            bail!("--heapmin: no library {} beside it", documented.display());
        }
        Ok(vec![malloc, documented])
    }

    /// A directory of this name to build in.
    pub fn directory(&self, name: &str) -> Result<PathBuf> {
        let directory = self.target.join("release").join(name);
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        Ok(directory)
    }

    /// The program whose processes are the synthetic workloads.
    pub fn workload_program(&self) -> Result<PathBuf> {
        let name = "heapmin-bench-workload";
        self.built(&["-p", "heapmin-bench", "--bin", name], name)
            .context("cannot build the workload program")
    }

    /// A file of this project that cargo builds, or finds that it has built.
    fn built(&self, what: &[&str], file: &str) -> Result<PathBuf> {
        let mut cargo = peers::cargo();
        cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        cargo.args(["build", "--release"]).args(what).arg("--target-dir").arg(&self.target);
        peers::succeed(cargo)?;
        Ok(self.target.join("release").join(file))
    }

    /// The version of a library that can't tell it itself.
    fn version(&mut self, known: &Known) -> Result<String> {
        match known.name {
            "heapmin" | SAMPLED => Ok(env!("CARGO_PKG_VERSION").to_owned()),
            "snmalloc" => pinned(include_str!("../peers/sources/Cargo.toml"), "snmalloc-sys"),
            "rusty_alloc" => pinned(include_str!("../peers/rusty_alloc/Cargo.toml"), "rusty_alloc"),
            "rpmalloc" => {
                let changes = self.workshop.sources_of("rpmalloc-sys")?.join("rpmalloc/CHANGELOG");
                let text = fs::read_to_string(&changes)
                    .with_context(|| format!("cannot read {}", changes.display()))?;
                Ok(text.lines().next().unwrap_or_default().trim().to_owned())
            }
            name => bail!("{name} tells no version"),
        }
    }
}

/// The version that a manifest pins for a crate (`name = "=1.2.3"`).
fn pinned(manifest: &str, package: &str) -> Result<String> {
    manifest
        .lines()
        .find_map(|line| {
            let rest = line.strip_prefix(package)?.trim_start().strip_prefix('=')?.trim();
            Some(rest.trim_matches('"').trim_start_matches('=').to_owned())
        })
        .with_context(|| format!("no manifest in peers/ pins {package}"))
}

fn packaged(pattern: &str, package: &str) -> Result<PathBuf> {
    glob::glob(pattern)?
        .find_map(Result::ok)
        .with_context(|| format!("not installed; on Debian: apt-get install {package}"))
}

/// The known allocators with these names, in the order of the tables.
pub fn select(names: &[String]) -> Result<Vec<&'static Known>> {
    for name in names {
        if !KNOWN.iter().any(|known| known.name == name) {
            let all: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
            bail!("there is no allocator called \"{name}\"; known are {}", all.join(", "));
        }
    }
    let is_named = |known: &Known| names.iter().any(|name| known.name == name);
    let wanted = |known: &&Known| {
        if names.is_empty() { known.name != SAMPLED } else { is_named(known) }
    };
    Ok(KNOWN.iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_version_is_read_from_its_manifest() {
        let manifest = "[dependencies]\nlibc = { version = \"0.2\" }\nsn-sys = \"=0.7.6\"\n";
        assert_eq!(pinned(manifest, "sn-sys").expect("pinned"), "0.7.6");
        assert!(pinned(manifest, "sn").is_err());
    }

    #[test]
    fn allocators_come_in_table_order_whatever_was_typed() {
        let names = |selected: Vec<&Known>| selected.iter().map(|k| k.name).collect::<Vec<_>>();
        let typed = ["mimalloc".to_owned(), "heapmin".to_owned()];
        assert_eq!(names(select(&typed).expect("known")), ["heapmin", "mimalloc"]);
        assert_eq!(select(&[]).expect("all but one").len(), KNOWN.len() - 1);
    }

    #[test]
    fn an_unknown_allocator_is_refused_with_the_known_ones() {
        let error = select(&["hoard".to_owned()]).err().expect("unknown").to_string();
        assert!(error.contains("hoard") && error.contains("glibc, mimalloc"), "{error}");
    }
}
