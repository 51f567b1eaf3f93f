//! Knowing when memory gets scarce.
//!
//! What is watched, first come, first served:
//!
//! 1. What the service manager names in `$MEMORY_PRESSURE_WATCH` ([`watch`]), and then nothing else.
//! 2. The process's own control group: time lost for want of memory ([`stall`]), limits that were
//!    reached ([`events`]), and use that comes near a limit ([`usage`]), the latter two in the
//!    nearest group that has a limit.
//! 3. In place of the group's lost time, where it can't be watched, that of the whole machine.
//!
//! All descriptors are in a table that belongs to the watching thread alone, so the program doesn't
//! meet them: it finds its numbers as they would be without, may close all there is, and takes none
//! of them along into a forked child.
//!
//! After each piece of news, true or false, nothing is looked at for one window: pressure is
//! reported once per window at most, and a file that always has news can't keep the thread busy.

mod base64;
mod cgroup;
mod events;
mod lines;
mod mount;
mod path;
mod stall;
#[cfg(test)]
mod tests;
mod text;
mod usage;
mod watch;

use self::cgroup::{Group, Version};
use self::events::Events;
use self::path::Path;
use self::stall::{Stalls, Trigger, USUAL};
pub(super) use self::text::number;
use self::usage::Usage;
use self::watch::{Channel, Request};
use crate::os;
use crate::os::descriptor::{self, Access, Descriptor, Found, News};
use core::ffi::CStr;

/// How often the use of memory is compared with its limit, in milliseconds.
const LOOK_EVERY: u64 = 2000;

/// Why [`Sources::wait`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Memory is scarce.
    Pressure,
    /// It took as long as it was given.
    Timeout,
    /// There is nothing left to watch: the control group was removed, or the other end of a socket
    /// was closed.
    Gone,
}

/// What the news from one source comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Pressure,
    Nothing,
    /// There won't be any more.
    Gone,
}

/// What is watched. It stays on the thread that opened it.
pub struct Sources {
    stalls: Option<Stalls>,
    events: Option<Events>,
    channel: Option<Channel>,
    usage: Option<Usage>,
    /// How long to look away after news, in milliseconds.
    window: u64,
    /// When to look again after news.
    quiet_until: u64,
    /// When to compare the use with the limit.
    next_look: u64,
}

impl Sources {
    /// Opens what there is to watch. `None`: nothing.
    ///
    /// The calling thread loses all its descriptors (the rest of the process keeps them), those of
    /// earlier sources too, so it has to be one that uses none, and has to drop those first.
    /// `environment` returns the value of an environment variable.
    pub fn open(environment: impl Fn(&CStr) -> Option<&'static [u8]>) -> Option<Self> {
        if !descriptor::detach() {
            return None;
        }
        // Who may start a program with more rights than their own must not choose what it opens
        // and writes.
        let trusted = !os::has_raised_rights();
        Self::open_at(b"", |name| environment(name).filter(|_| trusted))
    }

    /// Opens the sources of a system whose `/proc` and control groups are below `root`.
    fn open_at(root: &[u8], environment: impl Fn(&CStr) -> Option<&'static [u8]>) -> Option<Self> {
        match Request::open(environment) {
            Some(Request::Off) => None,
            Some(Request::Stalls(stalls)) => Self::new(Some(stalls), None, None, None),
            Some(Request::Channel(channel)) => Self::new(None, None, Some(channel), None),
            None => Self::open_own(root),
        }
    }

    fn open_own(root: &[u8]) -> Option<Self> {
        let mut group = Group::own(root, Version::Two);
        let file = group.as_ref().and_then(|own| own.open(b"memory.pressure", Access::ReadWrite));
        let stalls = file.and_then(|file| Stalls::watch(file, Some(USUAL))).or_else(|| {
            let path = Path::new([root, b"/proc/pressure/memory"])?;
            let file = Descriptor::open(path.as_c(), Access::ReadWrite)?;
            Stalls::watch(file, Some(USUAL))
        });
        // A limit may be set later: without one, the events of the own group are watched.
        let own_events = group.as_ref().and_then(Events::open);
        let usage = group.as_mut().and_then(|group| Usage::open(group, Version::Two));
        if usage.is_some() {
            let events = group.as_ref().and_then(Events::open);
            return Self::new(stalls, events, None, usage);
        }
        group = Group::own(root, Version::One);
        let usage = group.as_mut().and_then(|group| Usage::open(group, Version::One));
        Self::new(stalls, own_events, None, usage)
    }

    fn new(
        stalls: Option<Stalls>,
        events: Option<Events>,
        channel: Option<Channel>,
        usage: Option<Usage>,
    ) -> Option<Self> {
        let window = stalls.as_ref().map_or(Trigger::usual().window, Stalls::window);
        let sources = Self { stalls, events, channel, usage, window, quiet_until: 0, next_look: 0 };
        (!sources.are_gone()).then_some(sources)
    }

    fn are_gone(&self) -> bool {
        self.stalls.is_none()
            && self.events.is_none()
            && self.channel.is_none()
            && self.usage.is_none()
    }

    /// Sleeps until memory is scarce, but no longer than so many milliseconds; with 0 it only looks.
    pub fn wait(&mut self, limit: Option<u32>) -> Event {
        let deadline =
            limit.map_or(u64::MAX, |length| milliseconds().saturating_add(u64::from(length)));
        loop {
            if self.are_gone() {
                return Event::Gone;
            }
            let now = milliseconds();
            let quiet = now < self.quiet_until;
            let until = match (quiet, &self.usage) {
                (true, _) => self.quiet_until,
                (false, Some(_)) => self.next_look,
                (false, None) => u64::MAX,
            };
            let until = until.min(deadline);
            let time = (until < u64::MAX).then(|| until.saturating_sub(now));
            let found = if quiet { descriptor::poll([None; 3], time) } else { self.poll(time) };

            let now = milliseconds();
            match found {
                // Asleep without anything to watch: it can't be done at all.
                None if quiet => return Event::Gone,
                None => self.look_away(now),
                Some(found) if found.into_iter().any(Found::anything) => {
                    self.look_away(now);
                    if self.judge(found, now) {
                        return Event::Pressure;
                    }
                }
                Some(_) if !quiet && now >= self.next_look => {
                    self.next_look = now.saturating_add(LOOK_EVERY);
                    if settle(&mut self.usage, Usage::look) {
                        self.look_away(now);
                        return Event::Pressure;
                    }
                }
                Some(_) => {}
            }
            if now >= deadline {
                return Event::Timeout;
            }
        }
    }

    fn look_away(&mut self, now: u64) {
        self.quiet_until = now.saturating_add(self.window);
    }

    fn poll(&self, time: Option<u64>) -> Option<[Found; 3]> {
        let watched = [
            self.stalls.as_ref().map(|stalls| (stalls.descriptor(), News::Urgent)),
            self.events.as_ref().map(|events| (events.descriptor(), News::Urgent)),
            self.channel.as_ref().map(|channel| (channel.descriptor(), News::Data)),
        ];
        descriptor::poll(watched, time)
    }

    /// Asks those that have news. Whether it is pressure.
    fn judge(&mut self, found: [Found; 3], now: u64) -> bool {
        let [stalls, events, channel] = found;
        let mut pressure = false;
        if stalls.anything() {
            pressure |= settle(&mut self.stalls, |source| source.judge(stalls, now));
        }
        if events.anything() {
            pressure |= settle(&mut self.events, |source| source.judge(events));
        }
        if channel.anything() {
            pressure |= settle(&mut self.channel, |source| source.judge(channel));
        }
        pressure
    }
}

/// Asks one source, and forgets it if it is gone. Whether it is pressure.
fn settle<T>(source: &mut Option<T>, judge: impl FnOnce(&mut T) -> Verdict) -> bool {
    match source.as_mut().map(judge) {
        Some(Verdict::Pressure) => true,
        Some(Verdict::Gone) => {
            *source = None;
            false
        }
        Some(Verdict::Nothing) | None => false,
    }
}

/// The time since some moment before the process began.
fn milliseconds() -> u64 {
    os::nanoseconds() / 1_000_000
}
