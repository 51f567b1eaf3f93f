//! Programs in other languages.

use crate::harness::{Look, Program, assert_near, compiled, on_the_crate};
use heapmin_profile::Measure;
use std::path::Path;

#[test]
fn cpp_with_templates_begins_with_the_caller_of_new() {
    let program = compiled("objects.cc", "objects", &["-g"]);
    let profile = Program::start(&program, &[], 32 << 10).record();
    let longs = profile.heaviest("Store<long, 1000>::grow(int)");
    let names = profile.functions(longs);
    assert!(!names[0].starts_with("operator new"), "{names:?}");
    assert!(names.contains(&"main"), "{names:?}");
    let bytes = profile.bytes_of("Store<long, 1000>::grow(int)", Measure::Live);
    assert_near("longs", 40.0, bytes, 8000 * 1024 + 64 * 1024);
    let bytes = profile.bytes_of("Store<short, 4000>::grow(int)", Measure::Live);
    assert_near("shorts", 40.0, bytes, 2000 * 4096);
    let words = profile.heaviest("Words::work()");
    let names = profile.functions(words);
    assert!(names.iter().any(|name| name.contains("std::__cxx11::basic_string")), "{names:?}");
    for stack in &profile.stacks {
        let names = profile.functions(stack);
        assert!(!names.iter().any(|name| name.contains("heapmin")), "{names:?}");
    }
}

#[test]
fn rust_on_the_crate_begins_where_the_program_allocates() {
    let profile = Program::start_alone(&on_the_crate(), 128 << 10).record();
    let find = |part: &str| {
        profile
            .stacks
            .iter()
            .map(|stack| (stack, profile.functions(stack)))
            .find(|(_, names)| names.iter().any(|name| name.contains(part)))
            .unwrap_or_else(|| panic!("no {part}: {}", profile.to_collapsed(Measure::Allocated)))
    };
    for part in ["on_the_crate::Table<T>::fill", "on_the_crate::boxes"] {
        let (stack, names) = find(part);
        assert!(names.contains(&"on_the_crate::main"), "{names:?}");
        assert!(!names.iter().any(|name| name.contains("heapmin")), "{names:?}");
        assert!(!names.iter().any(|name| name.starts_with("__rust")), "{names:?}");
        assert!(!names.iter().any(|name| name.starts_with("alloc::alloc::")), "{names:?}");
        let place = names.iter().position(|&name| name == "on_the_crate::main").expect("as above");
        let frame = &profile.frames[stack.frames[place] as usize];
        let file = frame.file.as_deref().unwrap_or_default();
        assert!(file.ends_with("programs/on_the_crate.rs"), "{frame:?}");
    }
    let fill = profile
        .stacks
        .iter()
        .filter(|stack| profile.functions(stack).iter().any(|name| name.ends_with("::fill")))
        .map(|stack| stack.amounts.live_bytes)
        .sum::<u64>();
    assert_near("the table", 40.0, fill, 2000 * 2048 * 8);
}

#[test]
fn python_of_the_system() {
    let python = Path::new("/usr/bin/python3");
    let script = "print('ready', flush=True); input()\n\
                  kept = [bytearray(5000) for _ in range(20000)]\n\
                  print('done', flush=True); input()";
    let profile = Program::start(python, &["-c", script], 512 << 10).record();
    let most = &profile.stacks[0];
    let names = profile.functions(most);
    // Debian's has no table of symbols but the one for the dynamic linker.
    assert!(
        names.iter().any(|name| name.starts_with("Py") || name.starts_with("_Py")),
        "{names:?}"
    );
    assert_eq!(names.last(), Some(&"_start"), "{names:?}");
    assert!(profile.modules.iter().any(|module| module.path.contains("python")));
}
