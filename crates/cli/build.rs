//! Builds `libheapmin_malloc.so`, so that the binary can carry the library that it preloads.
//!
//! The library comes from a second `cargo build --release` with a target directory of its own:
//! the outer cargo holds the lock of the usual one. That makes `cargo install --path crates/cli`
//! install everything in one file, whatever the profile of the outer build.
//!
//! Sets `HEAPMIN_EMBEDDED_LIBRARY`, the path of the finished library, for `src/library.rs`.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let crates = here.parent().expect("the package lies in a directory");
    let manifest = crates.join("malloc/Cargo.toml");
    assert!(
        manifest.is_file(),
        "{} is missing: heapmin-cli builds the library that it preloads from the package \
         heapmin-malloc beside it; build it inside the whole source tree",
        manifest.display()
    );
    let os = variable("CARGO_CFG_TARGET_OS");
    assert!(
        os == "linux",
        "heapmin-cli starts programs with LD_PRELOAD, as Linux has it; the target is {}",
        os.display()
    );

    let target_dir = PathBuf::from(variable("OUT_DIR")).join("library");
    let release = build_library(&manifest, &target_dir);
    watch_sources(&release.join("libheapmin_malloc.d"));
    println!(
        "cargo::rustc-env=HEAPMIN_EMBEDDED_LIBRARY={}",
        release.join("libheapmin_malloc.so").display()
    );
}

/// Builds the library with the cargo that runs this script and returns the directory it is in.
fn build_library(manifest: &Path, target_dir: &Path) -> PathBuf {
    let target = variable("TARGET");
    let status = Command::new(variable("CARGO"))
        .args(["build", "--release", "--lib", "--manifest-path"])
        .arg(manifest)
        .arg("--target")
        .arg(&target)
        .arg("--target-dir")
        .arg(target_dir)
        // A build directory set apart from the target directory is locked by the outer cargo too.
        .env("CARGO_BUILD_BUILD_DIR", target_dir)
        // A wrapper for the workspace's packages checks them (clippy) instead of building them.
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env("CARGO_ENCODED_RUSTFLAGS", flags_of_a_product())
        // Debugging information would only make the binary larger; the symbols stay.
        .env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo")
        .status()
        .unwrap_or_else(|error| panic!("cannot start cargo to build heapmin-malloc: {error}"));
    assert!(
        status.success(),
        "building heapmin-malloc, the library that heapmin preloads, failed: see above"
    );
    target_dir.join(target).join("release")
}

/// The compiler flags of the outer build without those that instrument code for a test run:
/// the library goes into programs that have no sanitizer, profiler or model checker in them.
fn flags_of_a_product() -> String {
    let encoded = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let mut kept: Vec<&str> = Vec::new();
    let mut flags = encoded.split('\x1f').filter(|flag| !flag.is_empty());
    while let Some(flag) = flags.next() {
        let mut words = vec![flag];
        if matches!(flag, "-C" | "-Z" | "--cfg") {
            words.extend(flags.next());
        }
        let joined = words.concat().replace("--cfg=", "--cfg");
        let instruments = ["-Zsanitizer", "-Cinstrument-coverage", "-Cprofile-generate"]
            .iter()
            .any(|prefix| joined.starts_with(prefix))
            || joined == "--cfgloom";
        if !instruments {
            kept.extend(words);
        }
    }
    kept.join("\x1f")
}

/// Asks cargo to run this script again when a file that the library is made of changes: the
/// sources that the compiler listed in `dep_info`, and the manifests above them.
fn watch_sources(dep_info: &Path) {
    let rules = fs::read_to_string(dep_info)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", dep_info.display()));
    let mut watched = BTreeSet::new();
    for rule in rules.lines() {
        let Some((_, sources)) = rule.split_once(": ") else {
            continue;
        };
        // A space inside a name is written `\ `.
        for source in sources.replace("\\ ", "\0").split(' ') {
            let source = PathBuf::from(source.replace('\0', " "));
            let manifests = source.ancestors().map(|above| above.join("Cargo.toml"));
            watched.extend(manifests.filter(|manifest| manifest.is_file()));
            let lock_files = source.ancestors().map(|above| above.join("Cargo.lock"));
            watched.extend(lock_files.filter(|lock_file| lock_file.is_file()));
            watched.insert(source);
        }
    }
    watched.insert(PathBuf::from("build.rs"));
    for path in watched {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// A variable that cargo always sets for build scripts.
fn variable(name: &str) -> OsString {
    env::var_os(name).unwrap_or_else(|| panic!("cargo did not set {name}"))
}
