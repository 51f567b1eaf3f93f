//! Pages, also of what happens over time.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use heapmin_inspect::{Error, Target};
use heapmin_pages::map::Film;

use super::pause::Pause;
use super::{Map, heap, read};
use crate::failure::Failure;
use crate::output::bytes::bytes;
use crate::output::visible::visible;
use crate::output::writer::Out;

/// Writes a page: of one picture, or of all until the end.
pub fn write(args: &Map, target: &Target, file: &Path) -> Result<(), Failure> {
    // What can't be written is known before something is recorded for hours.
    let mut page = Destination::open(file)?;
    let mut pause = Pause::new(args)?;
    let first = read(target)?;
    let mut film = Film::new(&first);
    film.choose(heap::resolve(target, &first, args.heap)?);
    let mut told = Told { wanted: args.watch.is_some() && io::stderr().is_terminal() };
    told.tell(&film);
    while pause.another() {
        match read(target) {
            Ok(map) => film.push(&map),
            // What was seen until then is what is wanted.
            Err(Error::Ended(_) | Error::Replaced(_)) => break,
            Err(error) => {
                page.write(&film)?;
                return Err(error.into());
            }
        }
        told.tell(&film);
    }
    drop(told);
    page.write(&film)
}

/// Where the page goes.
enum Destination {
    Standard,
    File(String, File),
}

impl Destination {
    fn open(file: &Path) -> Result<Self, Failure> {
        if file == Path::new("-") {
            return Ok(Self::Standard);
        }
        let name = visible(&file.to_string_lossy()).into_owned();
        match File::create(file) {
            Ok(file) => Ok(Self::File(name, file)),
            Err(error) => Err(Failure::Output(name, error)),
        }
    }

    fn write(&mut self, film: &Film) -> Result<(), Failure> {
        let page = film.page();
        match self {
            Self::Standard => {
                let mut out = Out::new();
                out.write_all(page.as_bytes())?;
                out.finish()
            }
            Self::File(name, file) => file
                .write_all(page.as_bytes())
                .map_err(|error| Failure::Output(std::mem::take(name), error)),
        }
    }
}

/// Tells on a terminal how far the film is.
struct Told {
    wanted: bool,
}

impl Told {
    fn tell(&mut self, film: &Film) {
        if self.wanted {
            // Where this can't be told, the film is recorded all the same.
            let _ = write!(
                io::stderr(),
                "\r\x1b[Krecording: {} pictures, {}; Ctrl-C ends the film",
                film.len(),
                bytes(film.bytes() as u64)
            );
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if self.wanted {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
