//! File systems mounted `noexec` or `nosuid`. Each test mounts one where no other process sees it.

use std::process::{Command, Output};

use crate::sandbox::{Sandbox, is_root, text};

/// Runs a shell script in a new mount namespace, with an empty file system mounted with `option`
/// on the directory `mounted` of the sandbox. `None` if this machine doesn't allow that.
fn with_mount(sandbox: &Sandbox, option: &str, script: &str) -> Option<Output> {
    let unshare = || {
        let mut command = Command::new("unshare");
        command.arg("--mount").args(["sh", "-ec"]);
        command
    };
    let allowed =
        is_root() && unshare().arg("mount -t tmpfs none /mnt").status().unwrap().success();
    if !allowed {
        eprintln!("not tested: file systems cannot be mounted here");
        return None;
    }
    sandbox.directory("mounted");
    let heapmin = sandbox.heapmin();
    let mount = format!("mount -t tmpfs -o {option} none mounted; {script}");
    let mut command = unshare();
    command.arg(mount).current_dir(sandbox.path("")).env("HEAPMIN", heapmin.get_program());
    for (name, value) in heapmin.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Some(command.output().unwrap())
}

#[test]
fn a_program_on_a_file_system_without_execution_is_denied() {
    let sandbox = Sandbox::new();
    let script = "cp /bin/true mounted; exec $HEAPMIN run -- mounted/true";
    let Some(output) = with_mount(&sandbox, "noexec", script) else {
        return;
    };
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(126), "{message}");
    assert!(message.contains("'mounted/true': permission denied"), "{message}");
    assert!(message.contains("mounted noexec"), "{message}");
}

#[test]
fn a_cache_that_no_library_can_be_loaded_from_is_passed_over() {
    let sandbox = Sandbox::new();
    let script = "chown 65534 mounted home; export HOME=$PWD/home XDG_CACHE_HOME=$PWD/mounted
        exec setpriv --reuid=65534 --clear-groups -- $HEAPMIN run -- printenv LD_PRELOAD";
    sandbox.directory("home");
    let Some(output) = with_mount(&sandbox, "noexec,mode=755", script) else {
        return;
    };
    let cached = sandbox.cached_library("home/.cache/heapmin");
    assert_eq!(text(&output.stdout).trim_end(), cached.to_str().unwrap(), "{output:?}");
}

#[test]
fn the_setuid_bit_has_no_effect_on_a_file_system_without_it() {
    let sandbox = Sandbox::new();
    let script = "cp /bin/grep mounted; chmod 4755 mounted/grep; chown 65534 cache
        exec setpriv --reuid=65534 --clear-groups -- \
            $HEAPMIN run -- mounted/grep r-xp /proc/self/maps";
    let Some(output) = with_mount(&sandbox, "nosuid,mode=755", script) else {
        return;
    };
    assert!(text(&output.stdout).contains("/libheapmin_malloc"), "{output:?}");
}
