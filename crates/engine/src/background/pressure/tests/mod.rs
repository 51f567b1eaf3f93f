//! Tests of the watch over memory: what is read from text, a made-up tree of control groups, real
//! FIFOs and sockets, and the machine's own count of lost time.

extern crate std;

mod channels;
mod counts;
mod groups;
mod machine;
mod words;

use core::ffi::CStr;
use core::sync::atomic::{AtomicU32, Ordering};
use std::borrow::ToOwned;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;
use std::{env, format, fs, process};

/// A directory of its own, removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("heapmin-pressure-{}-{number}", process::id()));
        fs::create_dir(&path).expect("a directory for the test");
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file, and the directories that it is in.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        let parent = path.parent().expect("it is in the directory");
        fs::create_dir_all(parent).expect("directories for the test");
        fs::write(&path, text).expect("a file for the test");
        path
    }

    fn bytes(&self) -> &[u8] {
        bytes(&self.0)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left over is in the directory for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn bytes(path: &Path) -> &[u8] {
    path.to_str().expect("a path of the test").as_bytes()
}

/// An environment with these variables.
fn environment(
    variables: &[(&str, &str)],
) -> impl Fn(&CStr) -> Option<&'static [u8]> + Send + use<> {
    let variables: Vec<(String, &'static [u8])> = variables
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.as_bytes().to_vec().leak() as &[u8]))
        .collect();
    move |name| variables.iter().find(|(n, _)| n.as_bytes() == name.to_bytes()).map(|&(_, v)| v)
}

/// The environment of a service whose manager wants `path` watched.
fn asks_for(path: &Path) -> impl Fn(&CStr) -> Option<&'static [u8]> + Send + use<> {
    environment(&[("MEMORY_PRESSURE_WATCH", path.to_str().expect("a path of the test"))])
}
