//! Files to watch: opening, reading, writing, and sleeping until one of them has news.
//!
//! By raw system calls: the C library's wrappers are cancellation points, and look for a `pthread`
//! behind the calling thread.

use super::keeping_errno;
use core::ffi::{CStr, c_void};
use core::marker::PhantomData;
use core::ptr;

// linux/magic.h
const CGROUP_SUPER_MAGIC: u64 = 0x0027_e0eb;
const CGROUP2_SUPER_MAGIC: u64 = 0x6367_7270;
const PROC_SUPER_MAGIC: u64 = 0x0000_9fa0;

/// The first number after those of standard input, output and error.
const FIRST_NUMBER: i32 = 3;

/// Gives the calling thread a table of descriptors of its own, with nothing in it. `false`: the
/// system can't (Linux before 5.9, or a sandbox), and the thread shares the process's as before.
///
/// Such a thread takes no numbers from the program, keeps none of the program's files open, loses
/// nothing when the program closes all there is, and leaves nothing to a forked child.
pub fn detach() -> bool {
    // SAFETY: the call touches no memory of ours.
    let result = keeping_errno(|| unsafe {
        libc::syscall(libc::SYS_close_range, 0u32, u32::MAX, libc::CLOSE_RANGE_UNSHARE)
    });
    result == 0
}

/// What a file is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its name is looked up, nothing is opened.
    Name,
    /// Reading.
    Read,
    /// Reading and writing.
    ReadWrite,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file of `/proc` or of a control group.
    Kernel,
    /// A FIFO.
    Fifo,
    /// A socket.
    Socket,
    /// Anything else.
    Other,
}

/// An open file of the calling thread's table, closed when dropped.
#[derive(Debug)]
pub struct Descriptor {
    number: i32,
    /// The number means something else in another thread's table, so it doesn't move there.
    not_send: PhantomData<*const ()>,
}

impl Descriptor {
    /// Opens a file, without ever waiting for it.
    pub fn open(path: &CStr, access: Access) -> Option<Self> {
        let access = match access {
            Access::Name => libc::O_PATH,
            Access::Read => libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOCTTY,
            Access::ReadWrite => libc::O_RDWR | libc::O_NONBLOCK | libc::O_NOCTTY,
        };
        let flags = access | libc::O_CLOEXEC;
        // SAFETY: the path is a C string that outlives the call.
        Self::adopt(keeping_errno(|| unsafe {
            libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, 0)
        }))
    }

    /// Connects to the stream socket with this name in the file system.
    pub fn connect(path: &CStr) -> Option<Self> {
        // SAFETY: an all-zero sockaddr_un is a valid value of this plain C struct.
        let mut address: libc::sockaddr_un = unsafe { core::mem::zeroed() };
        address.sun_family = libc::AF_UNIX as libc::sa_family_t;
        let name = path.to_bytes();
        // The zero at the end has to fit too.
        if name.len() >= address.sun_path.len() {
            return None;
        }
        for (place, &byte) in address.sun_path.iter_mut().zip(name) {
            *place = byte as libc::c_char;
        }
        let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: the call touches no memory of ours.
        let socket = Self::adopt(keeping_errno(|| unsafe {
            libc::syscall(libc::SYS_socket, libc::AF_UNIX, kind, 0)
        }))?;
        let place = &raw const address;
        let bytes = size_of::<libc::sockaddr_un>();
        // SAFETY: the kernel reads the address, which outlives the call and has this size.
        let result = keeping_errno(|| unsafe {
            libc::syscall(libc::SYS_connect, socket.number, place, bytes)
        });
        (result == 0).then_some(socket)
    }

    /// Takes over what a system call has opened, away from the numbers that have a meaning: what
    /// the process writes to standard error must not end up in a file of ours.
    fn adopt(opened: libc::c_long) -> Option<Self> {
        let number = i32::try_from(opened).ok().filter(|&number| number >= 0)?;
        let opened = Self { number, not_send: PhantomData };
        if number >= FIRST_NUMBER {
            return Some(opened);
        }
        // SAFETY: the call touches no memory of ours.
        let moved = keeping_errno(|| unsafe {
            libc::syscall(libc::SYS_fcntl, number, libc::F_DUPFD_CLOEXEC, FIRST_NUMBER)
        });
        let number = i32::try_from(moved).ok().filter(|&number| number >= 0)?;
        Some(Self { number, not_send: PhantomData })
    }

    /// What was opened.
    pub fn kind(&self) -> Kind {
        // SAFETY: an all-zero stat is a valid value of this plain C struct.
        let mut file: libc::stat = unsafe { core::mem::zeroed() };
        // SAFETY: `file` is valid for writing for the length of the call.
        if keeping_errno(|| unsafe { libc::fstat(self.number, &mut file) }) != 0 {
            return Kind::Other;
        }
        match file.st_mode & libc::S_IFMT {
            libc::S_IFIFO => Kind::Fifo,
            libc::S_IFSOCK => Kind::Socket,
            libc::S_IFREG if self.is_the_kernels() => Kind::Kernel,
            _ => Kind::Other,
        }
    }

    fn is_the_kernels(&self) -> bool {
        // SAFETY: an all-zero statfs is a valid value of this plain C struct.
        let mut system: libc::statfs = unsafe { core::mem::zeroed() };
        // SAFETY: `system` is valid for writing for the length of the call.
        let result = keeping_errno(|| unsafe { libc::fstatfs(self.number, &mut system) });
        let kernels = [CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, PROC_SUPER_MAGIC];
        result == 0 && kernels.contains(&(system.f_type as u64))
    }

    /// Reads what comes next. `None`: nothing now, or an error; 0: the end.
    pub fn read(&self, buffer: &mut [u8]) -> Option<usize> {
        let place = buffer.as_mut_ptr();
        // SAFETY: the slice is valid for writing its length for the length of the call.
        let got = keeping_errno(|| unsafe {
            libc::syscall(libc::SYS_read, self.number, place, buffer.len())
        });
        usize::try_from(got).ok()
    }

    /// Reads a short file, such as those the kernel writes on the spot, anew from its start, as far
    /// as it fits. `None`: an error.
    pub fn read_anew<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let place = buffer.as_mut_ptr();
        // SAFETY: as in `read`.
        let got = keeping_errno(|| unsafe {
            libc::syscall(libc::SYS_pread64, self.number, place, buffer.len(), 0u64)
        });
        buffer.get(..usize::try_from(got).ok()?)
    }

    /// Writes all of `bytes` at once. `false`: an error.
    pub fn write(&self, bytes: &[u8]) -> bool {
        // SAFETY: the slice is valid for reading its length for the length of the call.
        let written = keeping_errno(|| unsafe {
            libc::syscall(libc::SYS_write, self.number, bytes.as_ptr(), bytes.len())
        });
        usize::try_from(written) == Ok(bytes.len())
    }

    /// Writes all of `bytes` to a connected socket, without `SIGPIPE`. `false`: an error.
    pub fn send(&self, bytes: &[u8]) -> bool {
        let (start, length) = (bytes.as_ptr(), bytes.len());
        let nowhere = ptr::null::<c_void>();
        // SAFETY: as in `write`; there is no address.
        let sent = keeping_errno(|| unsafe {
            let flags = libc::MSG_NOSIGNAL;
            libc::syscall(libc::SYS_sendto, self.number, start, length, flags, nowhere, 0)
        });
        usize::try_from(sent) == Ok(length)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: the number is in this thread's table, which `detach` has made its
        // own, since we opened it: a `Descriptor` doesn't leave its thread.
        keeping_errno(|| unsafe { libc::syscall(libc::SYS_close, self.number) });
    }
}

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// An exceptional state, which files of the kernel announce changes by.
    Urgent,
    /// Something to read.
    Data,
}

/// What [`poll`] found out about one descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What was waited for.
    pub news: bool,
    /// An error state. Files of control groups show it along with their news.
    pub error: bool,
    /// Nothing more can come: nobody is at the other end, or the descriptor was closed.
    pub over: bool,
}

impl Found {
    /// Whether there is anything to be looked at.
    pub const fn anything(self) -> bool {
        self.news || self.error || self.over
    }
}

/// Sleeps until one of the descriptors has something, at most so long. `None`: the system refused,
/// or a signal came.
pub fn poll<const N: usize>(
    watched: [Option<(&Descriptor, News)>; N],
    milliseconds: Option<u64>,
) -> Option<[Found; N]> {
    // The kernel skips negative numbers.
    let mut places = watched.map(|watched| match watched {
        None => libc::pollfd { fd: -1, events: 0, revents: 0 },
        Some((descriptor, News::Urgent)) => {
            libc::pollfd { fd: descriptor.number, events: libc::POLLPRI, revents: 0 }
        }
        Some((descriptor, News::Data)) => {
            libc::pollfd { fd: descriptor.number, events: libc::POLLIN, revents: 0 }
        }
    });
    let mut time = milliseconds.map(|milliseconds| libc::timespec {
        tv_sec: (milliseconds / 1000) as libc::time_t,
        tv_nsec: (milliseconds % 1000 * 1_000_000) as libc::c_long,
    });
    let time = time.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
    let start = places.as_mut_ptr();
    let mask = ptr::null::<c_void>();
    // SAFETY: the array is valid for reading and writing `N` entries and the time for reading (the
    // kernel writes the rest of the time back, which is ours too); there is no signal mask.
    let result =
        keeping_errno(|| unsafe { libc::syscall(libc::SYS_ppoll, start, N, time, mask, 0) });
    (result >= 0).then(|| {
        places.map(|place| Found {
            news: place.revents & (libc::POLLPRI | libc::POLLIN) != 0,
            error: place.revents & libc::POLLERR != 0,
            over: place.revents & (libc::POLLHUP | libc::POLLNVAL) != 0,
        })
    })
}
