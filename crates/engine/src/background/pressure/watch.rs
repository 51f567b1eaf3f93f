//! What the service manager wants watched: `$MEMORY_PRESSURE_WATCH` and `$MEMORY_PRESSURE_WRITE`,
//! the protocol that systemd describes as "Memory Pressure Handling".
//!
//! | the path is of | how pressure is told |
//! |---|---|
//! | a file of `/proc` or of a control group | as an exceptional state, after the data was written |
//! | a FIFO | by anything that can be read |
//! | a stream socket | by anything that can be read, after connecting and writing the data |
//! | `/dev/null` | not at all: nothing is to be watched |

use super::Verdict;
use super::base64::decode;
use super::path::Path;
use super::stall::Stalls;
use crate::os::descriptor::{Access, Descriptor, Found, Kind};
use core::ffi::CStr;

/// Longest data to write; the kernel takes lines of up to 31 bytes.
const MOST_DATA: usize = 256;

/// What the environment asks for.
pub enum Request {
    /// To watch nothing.
    Off,
    /// To watch a file of the kernel.
    Stalls(Stalls),
    /// To watch a FIFO or a socket.
    Channel(Channel),
}

impl Request {
    /// Opens what the environment names. `None`: it names nothing, or nothing that can be watched.
    pub fn open(environment: impl Fn(&CStr) -> Option<&'static [u8]>) -> Option<Self> {
        let path = environment(c"MEMORY_PRESSURE_WATCH").filter(|path| path.starts_with(b"/"))?;
        if path == b"/dev/null" {
            return Some(Self::Off);
        }
        let path = Path::new([path, b""])?;
        let mut place = [0; MOST_DATA];
        let data = match environment(c"MEMORY_PRESSURE_WRITE") {
            Some(text) => Some(decode(text, &mut place)?).filter(|data| !data.is_empty()),
            None => None,
        };
        // Closed again at once: there may be no other.
        let kind = Descriptor::open(path.as_c(), Access::Name)?.kind();
        match kind {
            Kind::Kernel => {
                let access = if data.is_some() { Access::ReadWrite } else { Access::Read };
                let file = Descriptor::open(path.as_c(), access)?;
                Stalls::watch(file, data).map(Self::Stalls)
            }
            Kind::Fifo => Channel::open(path.as_c()).map(Self::Channel),
            Kind::Socket => Channel::connect(path.as_c(), data).map(Self::Channel),
            // Nothing to be written to, and no file that could announce anything.
            Kind::Other => None,
        }
    }
}

/// A FIFO or a socket on which someone else tells of pressure.
pub struct Channel {
    file: Descriptor,
}

impl Channel {
    fn open(path: &CStr) -> Option<Self> {
        // With the other end open too, it stays open when those who write come and go. That end
        // is why no data is written to it: we would read it ourselves.
        let file = Descriptor::open(path, Access::ReadWrite)
            .or_else(|| Descriptor::open(path, Access::Read))?;
        (file.kind() == Kind::Fifo).then_some(Self { file })
    }

    fn connect(path: &CStr, data: Option<&[u8]>) -> Option<Self> {
        let file = Descriptor::connect(path)?;
        data.is_none_or(|data| file.send(data)).then_some(Self { file })
    }

    /// What to wait at.
    pub fn descriptor(&self) -> &Descriptor {
        &self.file
    }

    /// Judges what was found there, and reads away what waits, as it means nothing by itself.
    pub fn judge(&mut self, found: Found) -> Verdict {
        /// 16 KiB; if there is more, the rest is the next event.
        const MOST_READS: usize = 64;
        let mut waste = [0; 256];
        let mut any = false;
        for _ in 0..MOST_READS {
            match self.file.read(&mut waste) {
                Some(0) if any => return Verdict::Pressure,
                Some(0) => return Verdict::Gone,
                Some(_) => any = true,
                None => break,
            }
        }
        match any {
            true => Verdict::Pressure,
            false if found.over || found.error => Verdict::Gone,
            false => Verdict::Nothing,
        }
    }
}
