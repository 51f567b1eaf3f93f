//! The picture in the terminal, also again and again.

use std::env;
use std::io::{self, IsTerminal, Write};

use heapmin_inspect::Target;

use super::pause::Pause;
use super::{Map, heap, read};
use crate::failure::Failure;
use crate::map::paint::Colours;
use crate::map::picture::{Style, lines};
use crate::output::writer::Out;

/// The width where there is no terminal.
const WIDTH: usize = 80;

/// Draws it.
pub fn draw(args: &Map, target: &Target) -> Result<(), Failure> {
    let mut out = Out::new();
    let mut pause = Pause::new(args)?;
    let mut map = read(target)?;
    let heap = heap::resolve(target, &map, args.heap)?;
    let in_place = args.watch.is_some() && io::stdout().is_terminal();
    if in_place {
        // Another screen, without a cursor.
        out.write_all(b"\x1b[?1049h\x1b[?25l")?;
    }
    let result = loop {
        let style = style(args, heap, in_place);
        if let Err(error) = show(&mut out, &lines(&map, style), in_place) {
            break Err(error.into());
        }
        if !out.is_open() || !pause.another() {
            break Ok(());
        }
        map = match read(target) {
            Ok(map) => map,
            Err(error) => break Err(error.into()),
        };
    };
    if in_place {
        out.write_all(b"\x1b[?25h\x1b[?1049l")?;
    }
    out.finish()?;
    result
}

fn style(args: &Map, heap: Option<u32>, in_place: bool) -> Style {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let terminal = |size: u16| (size > 0).then_some(usize::from(size));
    let width = args.width.map(usize::from);
    let width = width.or_else(|| terminal(size?.ws_col)).unwrap_or(WIDTH);
    let height = size.and_then(|size| terminal(size.ws_row)).filter(|_| in_place);
    let variable = |name| env::var(name).unwrap_or_default();
    let colours = Colours::of(args.colour.on(), &variable("TERM"), &variable("COLORTERM"));
    Style { width, height, colours, heap }
}

fn show(out: &mut Out, lines: &[String], in_place: bool) -> io::Result<()> {
    if in_place {
        out.write_all(b"\x1b[H")?;
        for (number, line) in lines.iter().enumerate() {
            let end = if number + 1 < lines.len() { "\n" } else { "" };
            // What was there behind the line goes, after it has been written: nothing flickers.
            write!(out, "{line}\x1b[K{end}")?;
        }
        out.write_all(b"\x1b[J")?;
    } else {
        for line in lines {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()
}
