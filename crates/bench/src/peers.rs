//! Building the peers: each as the shared library that its authors build, from the sources that
//! a crate carries.
//!
//! Linking a peer's static library into a Rust `cdylib` would put a jump into each call and leave
//! out what the authors' own library does when it is preloaded (rpmalloc's thread hooks,
//! snmalloc's own `malloc.cc`). So the runner compiles what their build files compile, with the
//! same options; cargo only fetches the sources and pins their versions.

use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What turns sources into a shared library.
pub enum Recipe {
    /// One call of the compiler for all files.
    Compile(Compile),
    /// `configure` and `make`.
    Jemalloc,
    /// A crate in `peers/`.
    Cargo {
        /// Its directory below `peers/`.
        directory: &'static str,
        /// The library that it builds.
        library: &'static str,
    },
}

/// One call of the compiler.
pub struct Compile {
    /// The crate that carries the sources.
    package: &'static str,
    /// C, or C++?
    language: Language,
    /// Where the sources are in the crate; paths below are relative to it.
    directory: &'static str,
    sources: &'static [&'static str],
    includes: &'static [&'static str],
    options: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Language {
    C,
    Cxx,
}

/// Options that every authors' release build has in common.
const COMMON: &[&str] = &["-shared", "-fPIC", "-O3", "-DNDEBUG", "-pthread", "-w"];

const fn mimalloc(options: &'static [&'static str]) -> Recipe {
    Recipe::Compile(Compile {
        package: "libmimalloc-sys",
        language: Language::C,
        directory: "c_src/mimalloc/v3",
        sources: &["src/static.c"],
        includes: &["include", "src"],
        options,
    })
}

/// mimalloc as its CMakeLists.txt builds it by default.
pub const MIMALLOC: Recipe = mimalloc(&[
    "-std=gnu11",
    "-DMI_BUILD_RELEASE",
    "-DMI_SHARED_LIB",
    "-DMI_SHARED_LIB_EXPORT",
    "-DMI_MALLOC_OVERRIDE",
    "-fvisibility=hidden",
    "-ftls-model=initial-exec",
    "-fno-builtin-malloc",
]);

/// mimalloc with `MI_SECURE=ON`.
pub const MIMALLOC_SECURE: Recipe = mimalloc(&[
    "-std=gnu11",
    "-DMI_BUILD_RELEASE",
    "-DMI_SHARED_LIB",
    "-DMI_SHARED_LIB_EXPORT",
    "-DMI_MALLOC_OVERRIDE",
    "-DMI_SECURE=4",
    "-fvisibility=hidden",
    "-ftls-model=initial-exec",
    "-fno-builtin-malloc",
]);

/// snmalloc's `snmallocshim`, without its checks, as its CMakeLists.txt builds it by default.
pub const SNMALLOC: Recipe = Recipe::Compile(Compile {
    package: "snmalloc-sys",
    language: Language::Cxx,
    directory: "upstream",
    sources: &["src/snmalloc/override/malloc.cc", "src/snmalloc/override/new.cc"],
    includes: &["src"],
    options: &[
        "-std=c++20",
        "-mcx16",
        "-mprfchw",
        "-fno-rtti",
        "-fomit-frame-pointer",
        "-ffunction-sections",
        "-fvisibility=hidden",
        "-ftls-model=initial-exec",
        "-static-libstdc++",
        "-DSNMALLOC_EXPORT=__attribute__((visibility(\"default\")))",
        "-DSNMALLOC_USE_CXX11_THREAD_ATEXIT_DIRECT",
        "-DSNMALLOC_USE_WAIT_ON_ADDRESS=1",
        "-DSNMALLOC_HAS_LINUX_FUTEX_H",
        "-DSNMALLOC_HAS_LINUX_RANDOM_H",
        "-DSNMALLOC_PLATFORM_HAS_GETENTROPY",
        "-DSNMALLOC_PTHREAD_ATFORK_WORKS",
        "-DSNMALLOC_CHECK_LOADS=false",
        "-DSNMALLOC_PAGEID=false",
    ],
});

/// rpmalloc's `rpmallocwrap`, as its configure.py builds it.
pub const RPMALLOC: Recipe = Recipe::Compile(Compile {
    package: "rpmalloc-sys",
    language: Language::C,
    directory: "rpmalloc/rpmalloc",
    sources: &["rpmalloc.c"],
    includes: &["."],
    options: &[
        "-std=c11",
        "-funroll-loops",
        "-D_GNU_SOURCE=1",
        "-DENABLE_PRELOAD=1",
        "-DENABLE_OVERRIDE=1",
        "-ldl",
    ],
});

/// Builds libraries into one directory, anew only where something changed.
pub struct Workshop {
    directory: PathBuf,
    manifests: PathBuf,
    sources: Option<HashMap<String, PathBuf>>,
}

impl Workshop {
    /// A workshop that keeps what it builds in `directory`.
    pub fn new(directory: PathBuf) -> Self {
        let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        Self { directory, manifests, sources: None }
    }

    /// The shared library of the allocator called `name`.
    pub fn library(&mut self, name: &str, recipe: &Recipe) -> Result<PathBuf> {
        let output = self.directory.join(format!("libbench-{name}.so"));
        match recipe {
            Recipe::Compile(compile) => {
                let root = self.sources_of(compile.package)?.join(compile.directory);
                self.once(&output, |output| vec![compile.command(&root, output)])?;
            }
            Recipe::Jemalloc => {
                let package = self.sources_of("tikv-jemalloc-sys")?;
                let place = self.directory.join("jemalloc-build");
                self.once(&output, |output| jemalloc(&package, &place, output))?;
            }
            Recipe::Cargo { directory, library } => {
                let target = self.directory.join("cargo");
                let mut cargo = cargo();
                cargo.args(["build", "--release", "--locked", "--manifest-path"]);
                cargo.arg(self.manifests.join(directory).join("Cargo.toml"));
                cargo.arg("--target-dir").arg(&target);
                succeed(cargo)?;
                return Ok(target.join("release").join(library));
            }
        }
        Ok(output)
    }

    /// Where cargo keeps the sources of a crate that `peers/sources` names.
    pub fn sources_of(&mut self, package: &str) -> Result<PathBuf> {
        if self.sources.is_none() {
            self.sources = Some(fetch(&self.manifests.join("sources/Cargo.toml"))?);
        }
        let sources = self.sources.as_ref().and_then(|sources| sources.get(package));
        sources.cloned().with_context(|| format!("peers/sources names no crate {package}"))
    }

    /// Runs the commands unless the output was made by the same ones from the same sources.
    fn once(&self, output: &Path, commands: impl FnOnce(&Path) -> Vec<Command>) -> Result<()> {
        fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot create {}", self.directory.display()))?;
        let stamp = output.with_extension("stamp");
        let commands = commands(output);
        let wanted = format!("{commands:?}");
        if output.exists() && fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
            return Ok(());
        }
        eprintln!("building {}", output.display());
        for command in commands {
            succeed(command)?;
        }
        fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
    }
}

impl Compile {
    fn command(&self, root: &Path, output: &Path) -> Command {
        let (variable, usual) = match self.language {
            Language::C => ("CC", "cc"),
            Language::Cxx => ("CXX", "c++"),
        };
        let mut command = Command::new(env::var_os(variable).unwrap_or_else(|| usual.into()));
        command.args(COMMON);
        command.args(self.includes.iter().map(|path| joined("-I", &root.join(path))));
        command.args(self.sources.iter().map(|path| root.join(path)));
        command.args(self.options).arg("-o").arg(output);
        command
    }
}

/// The steps of jemalloc's own build. The crate keeps `configure` apart from the sources, and
/// both must be in a directory that can be written to.
fn jemalloc(package: &Path, place: &Path, output: &Path) -> Vec<Command> {
    let version = package
        .file_name()
        .and_then(|name| name.to_str()?.split_once('+'))
        .map_or("5.3.1-0-g0", |(_, version)| version);
    let mut remove = Command::new("rm");
    remove.arg("-rf").arg(place);
    let mut copy = Command::new("cp");
    copy.arg("-R").arg(package.join("jemalloc")).arg(place);
    let mut complete = Command::new("cp");
    complete.arg(package.join("configure/configure")).arg(place);
    let mut configure = Command::new("sh");
    configure.current_dir(place).arg("./configure").arg(format!("--with-version={version}"));
    configure.args(["--disable-doc", "--disable-static"]);
    let mut make = Command::new("make");
    make.current_dir(place).args(["-j2", "build_lib_shared"]);
    let mut publish = Command::new("cp");
    publish.arg(place.join("lib/libjemalloc.so.2")).arg(output);
    vec![remove, copy, complete, configure, make, publish]
}

/// Downloads the crates of a manifest and says where they are.
fn fetch(manifest: &Path) -> Result<HashMap<String, PathBuf>> {
    let mut cargo = cargo();
    cargo.args(["metadata", "--format-version=1", "--locked", "--manifest-path"]).arg(manifest);
    let output = cargo.output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("cargo can't fetch the peers: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    Ok(packages
        .iter()
        .filter_map(|package| {
            let manifest = Path::new(package["manifest_path"].as_str()?);
            Some((package["name"].as_str()?.to_owned(), manifest.parent()?.to_owned()))
        })
        .collect())
}

/// The cargo that runs this program, or the one on the path.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command quietly; the error holds what it printed.
pub fn succeed(mut command: Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| {
        format!("cannot run {name}; on Debian: apt-get install build-essential")
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(12)..].join("\n");
    bail!("{name} failed ({}):\n{last}", output.status)
}

/// An option with a path right behind it.
pub fn joined(option: &str, path: &Path) -> OsString {
    let mut text = OsString::from(option);
    text.push(path);
    text
}
