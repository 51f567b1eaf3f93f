//! Link options of the shared library.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());

    // Blocks outlive any `dlclose`, so the code that frees them has to stay.
    option("-Wl,-z,nodelete");
    option("-Wl,-soname,libheapmin.so");

    // Nothing in this library can panic, so none of the standard library's panic machinery, its
    // `__tls_get_addr` and its unwinder, belongs in it. GNU ld drops what nobody calls; lld,
    // the default, keeps everything that a personality routine reaches, called or not.
    option("-Wl,--gc-sections");
    option("-fuse-ld=bfd");

    // GNU ld decides which libraries are needed before it drops code. The standard library asks
    // for `-lgcc_s`; this script answers with the static form, from which nothing is taken, so
    // that C programs don't have to load the unwinder.
    fs::write(out.join("libgcc_s.so"), "INPUT(-lgcc_eh)\n")?;
    option(&format!("-L{}", out.display()));
    Ok(())
}

fn option(option: &str) {
    println!("cargo::rustc-cdylib-link-arg={option}");
}
