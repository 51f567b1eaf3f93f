//! Programs with more rights than their caller: refused exactly where the loader would drop the
//! library.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use rustix::fs::{XattrFlags, setxattr};

use crate::sandbox::{NOBODY, Sandbox, assert_preloaded, assert_refused, is_root, show_map};

/// A copy of `grep` with this owner, group and mode.
fn grep(sandbox: &Sandbox, owner: u32, group: u32, mode: u32) -> PathBuf {
    let program = sandbox.copy_of("/bin/grep", "grep", 0o755);
    chown(&program, Some(owner), Some(group)).unwrap();
    // After `chown`, which takes the bits away.
    fs::set_permissions(&program, Permissions::from_mode(mode)).unwrap();
    program
}

/// The command that shows the map of that copy, run by `nobody`.
fn by_nobody(sandbox: &Sandbox, owner: u32, group: u32, mode: u32) -> Command {
    let mut command = sandbox.run(show_map(&grep(sandbox, owner, group, mode)));
    sandbox.as_nobody(&mut command);
    command
}

#[test]
fn a_program_setuid_to_another_user_is_refused() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let words = ["setuid to user 0", "more rights than its caller", "run heapmin as that user"];
    assert_refused(&mut by_nobody(&sandbox, 0, 0, 0o4755), 126, &words);
    // One that can't be read is judged all the same.
    assert_refused(&mut by_nobody(&sandbox, 0, 0, 0o4711), 126, &words);
    // Root too is another user than nobody.
    let mut by_root = sandbox.run(show_map(&grep(&sandbox, NOBODY, 0, 0o4755)));
    assert_refused(&mut by_root, 126, &["setuid to user 65534"]);
}

#[test]
fn a_program_setuid_to_its_caller_runs() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    assert_preloaded(&mut by_nobody(&sandbox, NOBODY, 0, 0o4755));
    assert_preloaded(&mut sandbox.run(show_map(&grep(&sandbox, 0, 0, 0o6755))));
}

#[test]
fn a_program_setgid_to_another_group_is_refused() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    assert_refused(&mut by_nobody(&sandbox, 0, 0, 0o2755), 126, &["setgid to group 0"]);
    assert_preloaded(&mut by_nobody(&sandbox, 0, NOBODY, 0o2755));
    // Without the group's right to execute, the bit changes nothing.
    assert_preloaded(&mut by_nobody(&sandbox, 0, 0, 0o2745));
}

#[test]
fn a_setuid_program_runs_where_no_new_privileges_can_be_had() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let heapmin = by_nobody(&sandbox, 0, 0, 0o4755);
    let mut command = Command::new("setpriv");
    let user = ["--no-new-privs", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    command.args(user).arg(heapmin.get_program()).args(heapmin.get_args());
    command.env("XDG_CACHE_HOME", sandbox.path("cache"));
    assert_preloaded(&mut command);
}

#[test]
fn a_program_with_capabilities_is_refused_except_for_root() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let mut by_nobody = by_nobody(&sandbox, 0, 0, 0o755);
    assert_preloaded(&mut by_nobody);

    // Revision 2, effective, permitted: CAP_NET_RAW.
    let words: [u32; 5] = [0x0200_0001, 1 << 13, 0, 0, 0];
    let value: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let grep = sandbox.path("grep");
    setxattr(&grep, "security.capability", &value, XattrFlags::empty()).unwrap();

    assert_refused(&mut by_nobody, 126, &["file capabilities", "run it as root"]);
    assert_preloaded(&mut sandbox.run(show_map(&grep)));
}

#[test]
fn a_setuid_interpreter_is_refused_and_a_setuid_script_is_not() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let grep = grep(&sandbox, 0, 0, 0o4755);
    let script = sandbox.file("script", format!("#!{} r-xp\n", grep.display()), 0o755);
    let mut command = sandbox.run([&script]);
    sandbox.as_nobody(&mut command);
    assert_refused(&mut command, 126, &["its interpreter", "setuid to user 0"]);

    let script = sandbox.file("script", "#!/bin/grep r-xp\n", 0o4755);
    let mut command = sandbox.run([script.to_str().unwrap(), "/proc/self/maps"]);
    sandbox.as_nobody(&mut command);
    let output = command.output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("/libheapmin_malloc"));
}

#[test]
fn heapmin_that_is_setuid_itself_refuses_to_run_anything() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    let heapmin = sandbox.path("setuid-heapmin");
    fs::copy(sandbox.path("bin/heapmin"), &heapmin).unwrap();
    fs::set_permissions(&heapmin, Permissions::from_mode(0o4755)).unwrap();
    let mut command = Command::new(heapmin);
    command.args(["run", "--", "true"]).uid(NOBODY).gid(NOBODY);
    assert_refused(&mut command, 126, &["heapmin runs setuid", "remove the setuid"]);
}
