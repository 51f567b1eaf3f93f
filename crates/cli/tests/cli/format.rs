//! Programs that no library can be preloaded into because of how they are built.

use std::fs;

use crate::sandbox::{Sandbox, assert_refused, stdout};

/// Where the machine is in an ELF header.
const MACHINE: usize = 18;
/// The number of 64-bit Arm, and that of RISC-V.
const AARCH64: u8 = 183;
const RISCV: u8 = 243;

#[test]
fn a_static_program_is_refused() {
    let sandbox = Sandbox::new();
    for flags in [&["-static"][..], &["-static-pie", "-fPIE"]] {
        let program = sandbox.compile("static", flags);
        let words = [program.to_str().unwrap(), "statically linked", "LD_PRELOAD", "glibc"];
        assert_refused(&mut sandbox.run([&program]), 126, &words);
    }
}

#[test]
fn dynamic_programs_run_position_independent_or_not() {
    let sandbox = Sandbox::new();
    for flags in [&["-pie", "-fPIE"][..], &["-no-pie"]] {
        let program = sandbox.compile("dynamic", flags);
        assert_eq!(stdout(&mut sandbox.run([&program])), "ran\n");
    }
}

#[test]
fn a_program_for_another_machine_is_refused() {
    let sandbox = Sandbox::new();
    let mut image = fs::read("/bin/true").unwrap();
    let (number, name) = match image[MACHINE] {
        AARCH64 => (RISCV, "64-bit RISC-V"),
        _ => (AARCH64, "64-bit Arm"),
    };
    image[MACHINE] = number;
    let program = sandbox.file("foreign", image, 0o755);
    assert_refused(&mut sandbox.run([program]), 126, &[name, "the library to preload is 64-bit"]);
}

#[test]
fn a_32_bit_program_is_refused() {
    let sandbox = Sandbox::new();
    // An i386 header with no program headers.
    let mut image = [0; 52];
    image[..7].copy_from_slice(b"\x7fELF\x01\x01\x01");
    (image[16], image[MACHINE], image[20], image[40]) = (2, 3, 1, 52);
    let program = sandbox.file("small", image, 0o755);
    assert_refused(&mut sandbox.run([program]), 126, &["it is a 32-bit x86 program"]);
}

#[test]
fn a_program_linked_with_musl_is_refused() {
    let sandbox = Sandbox::new();
    let loader = "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1";
    let program = sandbox.compile("musl", &[loader]);
    let words = ["linked with musl", "built for glibc", "/lib/ld-musl-x86_64.so.1"];
    assert_refused(&mut sandbox.run([program]), 126, &words);
}

#[test]
fn a_program_whose_loader_is_missing_is_refused_as_not_found() {
    let sandbox = Sandbox::new();
    let program = sandbox.compile("lost", &["-Wl,--dynamic-linker=/no/such/ld.so"]);
    let words = ["dynamic loader is not installed", "'/no/such/ld.so'"];
    assert_refused(&mut sandbox.run([program]), 127, &words);
}

#[test]
fn an_object_file_is_refused() {
    let sandbox = Sandbox::new();
    let object = sandbox.compile("ran.o", &["-c"]);
    fs::set_permissions(&object, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    assert_refused(&mut sandbox.run([object]), 126, &["object file"]);
}

#[test]
fn a_damaged_header_is_refused() {
    let sandbox = Sandbox::new();
    let image = fs::read("/bin/true").unwrap();
    let program = sandbox.file("cut", &image[..40], 0o755);
    assert_refused(&mut sandbox.run([program]), 126, &["ELF header is damaged"]);

    let mut image = image;
    image[32..40].fill(0xff);
    let program = sandbox.file("astray", image, 0o755);
    assert_refused(&mut sandbox.run([program]), 126, &["ELF header is damaged"]);
}

#[test]
fn the_dynamic_loader_itself_can_be_the_program() {
    let sandbox = Sandbox::new();
    let program = sandbox.compile("dynamic", &[]);
    let image = fs::read(&program).unwrap();
    let start = image.windows(4).position(|bytes| bytes == b"/lib").unwrap();
    let loader = image[start..].split(|&byte| byte == 0).next().unwrap();
    let loader = String::from_utf8(loader.to_vec()).unwrap();
    let words = [loader.as_str(), "/bin/cat", "/proc/self/maps"];
    assert!(stdout(&mut sandbox.run(words)).contains("/libheapmin_malloc"));
}
