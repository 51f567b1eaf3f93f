//! Whom the process can trust.

/// Whether the process has more rights than who started it (set-user-id, file capabilities), so
/// that its environment may be a trap.
pub fn has_raised_rights() -> bool {
    // SAFETY: getauxval only reads the auxiliary vector.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}
