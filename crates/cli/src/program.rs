//! Finding the program, and telling beforehand whether a library can be preloaded into it.
//!
//! When the dynamic loader can't preload a library it says so on stderr and runs the program
//! without, and a static program doesn't even do that. Somebody who asked for a heap shall not get
//! another one unnoticed, so everything that defeats preloading is looked for here, by the rules
//! of the kernel (`execve(2)`) and of the loader (`ld.so(8)`).

mod elf;
mod lookup;
mod privilege;
mod refusal;
mod script;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use elf::{Architecture, Form, Image, read as read_image};
pub use lookup::find;
pub use refusal::Refusal;

use refusal::{Problem, Role};

/// How many interpreters of interpreters the kernel follows.
const DEEPEST_SCRIPT: usize = 5;

/// As much of a file as the kernel looks at to tell what it is.
const HEAD: usize = 256;

/// What the kernel will make of a program that was judged fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An ELF program, or a script with a `#!` line that leads to one.
    Known,
    /// Neither, but it looks like text: a shell script, if the kernel doesn't know better.
    Text,
    /// Neither, and not text: only the kernel's table of formats (binfmt_misc) can know it.
    Unknown,
}

/// Tells whether a library built for `needed` can be preloaded into the program in the file
/// `path`, following `#!` lines to the program that will really run.
pub fn judge(path: &Path, needed: Architecture) -> Result<Shape, Refusal> {
    let mut file = path.to_owned();
    let mut role = Role::Program;
    for _ in 0..=DEEPEST_SCRIPT {
        match inspect(&file, needed).map_err(|problem| Refusal {
            file: file.clone(),
            role: role.clone(),
            problem,
        })? {
            Verdict::Fit(shape) => return Ok(shape),
            Verdict::Script(interpreter) => {
                role = Role::Interpreter { script: file };
                file = interpreter.path;
                if let Some(name) = interpreter.looked_up {
                    // A command that isn't there is for `env` to report.
                    let Ok(found) = find(&name) else {
                        return Ok(Shape::Known);
                    };
                    file = found;
                }
                lookup::executable(&file).map_err(|problem| Refusal {
                    file: file.clone(),
                    role: role.clone(),
                    problem,
                })?;
            }
        }
    }
    Err(Refusal { file: path.to_owned(), role: Role::Program, problem: Problem::ScriptsTooDeep })
}

/// What one file turned out to be.
enum Verdict {
    /// Nothing stands in the way.
    Fit(Shape),
    /// What matters is the interpreter.
    Script(script::Interpreter),
}

fn inspect(path: &Path, needed: Architecture) -> Result<Verdict, Problem> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        // To run a program one needn't be allowed to read it; then its head stays unknown.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            privilege::check(path)?;
            return Ok(Verdict::Fit(Shape::Known));
        }
        Err(error) => return Err(Problem::Failed(error)),
    };
    let mut head = Vec::with_capacity(HEAD);
    file.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(Problem::Failed)?;

    if let Some(interpreter) = script::interpreter(&head) {
        return Ok(Verdict::Script(interpreter));
    }
    if let Some(image) = elf::read(file).map_err(Problem::Damaged)? {
        check_image(path, &image, needed)?;
        privilege::check(path)?;
        return Ok(Verdict::Fit(Shape::Known));
    }
    Ok(Verdict::Fit(if script::is_text(&head) { Shape::Text } else { Shape::Unknown }))
}

fn check_image(path: &Path, image: &Image, needed: Architecture) -> Result<(), Problem> {
    if image.architecture != needed {
        return Err(Problem::Foreign { found: image.architecture, needed });
    }
    if !matches!(image.form, Form::Executable | Form::SharedObject) {
        return Err(Problem::NotAProgram);
    }
    let Some(loader) = &image.loader else {
        return if is_loader(path) { Ok(()) } else { Err(Problem::Static) };
    };
    if let Some(libc) = other_libc(loader) {
        return Err(Problem::OtherLibc { loader: loader.clone(), libc });
    }
    if !loader.exists() {
        return Err(Problem::LoaderMissing(loader.clone()));
    }
    Ok(())
}

/// Whether the file is glibc's loader, which runs without another loader and can be given a
/// program: `/lib64/ld-linux-x86-64.so.2 ./program`.
fn is_loader(path: &Path) -> bool {
    let real = fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    let name = real.file_name().unwrap_or_default().as_encoded_bytes();
    name.starts_with(b"ld-linux") || name.starts_with(b"ld64.so") || name.starts_with(b"ld-2.")
}

/// The C library whose loader this is, if it is one that can't load a library built for glibc.
fn other_libc(loader: &Path) -> Option<&'static str> {
    let name = loader.file_name()?.as_encoded_bytes();
    if name.starts_with(b"ld-musl-") {
        Some("musl")
    } else if name.starts_with(b"ld-uClibc") || name.starts_with(b"ld64-uClibc") {
        Some("uClibc")
    } else if loader.starts_with("/system/bin") {
        Some("Android's bionic")
    } else {
        None
    }
}
