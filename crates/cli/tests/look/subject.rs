//! A program on the heap that the tests look into.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// Allocates what it is told, says so, and waits until its standard input is closed.
const SOURCE: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *kept[1 << 20];

int main(int argc, char **argv) {
    long blocks = atol(argv[1]), bytes = atol(argv[2]);
    for (long i = 0; i < blocks; i++)
        memset(kept[i] = malloc(bytes), 1, bytes);
    if (argc > 3) /* every second block is free again */
        for (long i = 0; i < blocks; i += 2)
            free(kept[i]);
    puts("ready");
    fflush(stdout);
    getchar();
}
"#;

/// See the module. It ends when dropped.
pub struct Subject {
    child: Child,
    /// It goes away with it.
    _directory: TempDir,
}

impl Subject {
    /// A program called `subject` with so many live blocks of so many bytes.
    pub fn with_blocks(blocks: u32, bytes: u32) -> Self {
        Self::start(&[&blocks.to_string(), &bytes.to_string()])
    }

    /// With these arguments: number of blocks, bytes of a block, anything: every second one is freed.
    pub fn start(arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (source, program) = (directory.path().join("s.c"), directory.path().join("subject"));
        fs::write(&source, SOURCE).unwrap();
        let mut compiler = Command::new("cc");
        compiler.arg(source).arg("-o").arg(&program);
        assert!(compiler.status().unwrap().success(), "{compiler:?}");
        let mut command = heapmin();
        command.args(["run", "--decay", "never", "--"]).arg(program).args(arguments);
        command.env("XDG_CACHE_HOME", directory.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { child, _directory: directory }
    }

    /// Its number, as a word.
    pub fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// Ends it, so that it is no process any more.
    pub fn end(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command that is tested, without anything that the environment says to it.
pub fn heapmin() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heapmin"));
    let names = env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.to_string_lossy().starts_with("HEAPMIN_")) {
        command.env_remove(name);
    }
    command.env_remove("LD_PRELOAD");
    command
}

/// Runs it with these words.
pub fn look(words: &[&str]) -> Output {
    heapmin().args(words).output().unwrap()
}

/// What it wrote; it has to have succeeded.
pub fn shown(words: &[&str]) -> String {
    let output = look(words);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
