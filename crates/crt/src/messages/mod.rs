//! Messages for errno: `strerror` and its kind, `perror`, `_sys_errlist`.

mod bounded;
mod buffer;
mod line;
mod print;
mod table;
mod text;
