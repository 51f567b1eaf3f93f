//! A Wine of its own: a new prefix in the directory for temporary files, gone at the end.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::peers::succeed;
use crate::process;

use super::programs::is_on_path;

/// A Wine prefix with its server running.
pub struct Prefix {
    directory: PathBuf,
    version: String,
}

impl Prefix {
    /// Makes the prefix; that takes some seconds, which no measurement has to.
    pub fn new() -> Result<Self> {
        for program in ["wine", "wineserver"] {
            if !is_on_path(program) {
                bail!("{program} is not installed; on Debian: apt-get install wine wine64");
            }
        }
        let directory = env::temp_dir().join(format!("heapmin-bench-wine-{}", std::process::id()));
        fs::create_dir(&directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        // From here on, dropping it takes everything away again.
        let mut prefix = Self { directory, version: String::new() };
        let version = prefix.tool("wine").arg("--version").output().context("cannot run wine")?;
        String::from_utf8_lossy(&version.stdout).trim().clone_into(&mut prefix.version);
        eprintln!("preparing {} in {}", prefix.version, prefix.directory.display());
        let mut boot = prefix.tool("wine");
        boot.args(["wineboot", "--init"]);
        succeed(boot).context("Wine can't make a prefix")?;
        // A server that stays, so that no process has to start one.
        let mut server = prefix.tool("wineserver");
        server.arg("-p").stdout(Stdio::null()).stderr(Stdio::null());
        server.status().context("cannot start wineserver")?;
        Ok(prefix)
    }

    /// What Wine calls its version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A command that runs this Windows program.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = self.tool("wine");
        command.arg(program);
        command
    }

    fn tool(&self, name: &str) -> Command {
        let mut command = process::command(Path::new(name), None);
        command.env("WINEPREFIX", &self.directory).env("WINEDEBUG", "-all");
        // Neither .NET nor a browser is needed, nor a screen to ask for them.
        command.env("WINEDLLOVERRIDES", "mscoree=d;mshtml=d").env_remove("DISPLAY");
        command
    }
}

impl Drop for Prefix {
    fn drop(&mut self) {
        for option in ["-k", "-w"] {
            let mut server = self.tool("wineserver");
            // Without a server there is none to end.
            let _ = server.arg(option).stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            eprintln!("cannot remove {}: {error}", self.directory.display());
        }
    }
}
