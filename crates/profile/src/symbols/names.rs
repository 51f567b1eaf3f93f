//! Names of functions as people write them.

/// Longer names are cut: templates can make them as long as they like.
const MAXIMUM_NAME: usize = 2000;

/// Demangles Rust's and C++'s names; others stay. Control characters go.
pub fn demangle(name: &str) -> String {
    // The tail of a name in a symbol table: `malloc@@GLIBC_2.2.5`, `parse.isra.0`.
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let mut text = if let Ok(rust) = rustc_demangle::try_demangle(name) {
        bounded(&format_args!("{rust:#}"))
    } else if let Some(cpp) = cpp(name) {
        cpp
    } else {
        name.to_owned()
    };
    if text.chars().count() > MAXIMUM_NAME {
        text = text.chars().take(MAXIMUM_NAME).chain(['…']).collect();
    }
    if text.contains(char::is_control) {
        text = text.replace(char::is_control, " ");
    }
    text
}

fn cpp(name: &str) -> Option<String> {
    if !(name.starts_with("_Z") || name.starts_with("__Z")) {
        return None;
    }
    // Clones that the compiler makes: `_Z3fooi.isra.0`.
    let name = name.split_once('.').map_or(name, |(name, _)| name);
    let options = cpp_demangle::DemangleOptions::default().recursion_limit(96).no_return_type();
    cpp_demangle::Symbol::new(name).ok()?.demangle_with_options(&options).ok()
}

/// Formats as much as is shown anyway.
fn bounded(name: &std::fmt::Arguments<'_>) -> String {
    struct Bounded(String);
    impl std::fmt::Write for Bounded {
        fn write_str(&mut self, part: &str) -> std::fmt::Result {
            self.0.push_str(part);
            if self.0.len() > 4 * MAXIMUM_NAME { Err(std::fmt::Error) } else { Ok(()) }
        }
    }
    let mut text = Bounded(String::new());
    // An error means: long enough.
    let _ = std::fmt::write(&mut text, *name);
    text.0
}

#[cfg(test)]
mod tests {
    use super::demangle;

    #[test]
    fn rust_cpp_and_c() {
        for (mangled, name) in [
            ("_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt"),
            ("_RNvC6_123foo3bar", "123foo::bar"),
            ("_ZN3fooIiE3barEv", "foo<int>::bar()"),
            (
                "_ZNSt6vectorIiSaIiEE9push_backERKi",
                "std::vector<int, std::allocator<int> >::push_back(int const&)",
            ),
            ("_Z4workv.isra.0", "work()"),
            ("_Znwm", "operator new(unsigned long)"),
            ("malloc@@GLIBC_2.2.5", "malloc"),
            ("main", "main"),
            ("a\nb", "a b"),
        ] {
            assert_eq!(demangle(mangled), name);
        }
    }

    #[test]
    fn names_are_bounded() {
        assert_eq!(demangle(&"x".repeat(100_000)).chars().count(), 2001);
    }
}
