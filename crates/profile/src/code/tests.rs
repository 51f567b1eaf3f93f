//! Following the stack of this very thread.

use super::*;
use crate::memory::own::{Own, here};
use std::hint::black_box;

struct Followed {
    locations: Vec<Location>,
    code: Code,
}

impl Followed {
    /// The names of all frames in files, from the innermost outwards.
    fn functions(&self) -> Vec<String> {
        let mut named: Vec<(usize, Vec<String>)> = Vec::new();
        for (number, module) in (0u32..).zip(&self.code.modules) {
            let here = |&place: &usize| self.locations[place].module == Some(number);
            let places: Vec<usize> = (0..self.locations.len()).filter(here).collect();
            let address = |&place: &usize| self.locations[place].address - module.bias;
            let addresses: Vec<u64> = places.iter().map(address).collect();
            let Some(source) = module.source.as_ref().filter(|_| !places.is_empty()) else {
                continue;
            };
            let names = source.names(&addresses).functions.into_iter();
            let names = names.map(|all| all.into_iter().map(|named| named.function).collect());
            named.extend(places.into_iter().zip(names));
        }
        named.sort();
        named.into_iter().flat_map(|(_, functions)| functions).collect()
    }
}

/// What is found from here outwards.
#[inline(never)]
fn follow(bytes: usize) -> Followed {
    let own = Own::open();
    let near = Own::open as fn() -> Own as usize as u64;
    let mut code = Code::new(std::process::id() as i32, &own, &Own::maps(), near);
    let (registers, stack) = here(&own, bytes);
    let super::Followed::Stack(locations) = code.follow(&own, &registers, &stack, false) else {
        panic!("addresses without code");
    };
    Followed { locations, code }
}

#[inline(never)]
fn recursion_with_frames_of_its_own(depth: u32, bytes: usize) -> Followed {
    let room = black_box([depth; 64]);
    let found =
        if depth == 0 { follow(bytes) } else { recursion_with_frames_of_its_own(depth - 1, bytes) };
    black_box(room);
    found
}

fn position(functions: &[String], name: &str) -> Option<usize> {
    functions.iter().position(|function| function.contains(name))
}

#[test]
fn the_whole_stack_is_found_with_its_names() {
    let found = recursion_with_frames_of_its_own(3, 1 << 20);
    let functions = found.functions();
    let recursions = functions.iter().filter(|name| name.contains("recursion_with_frames")).count();
    assert_eq!(recursions, 4, "{functions:#?}");
    let follow = position(&functions, "code::tests::follow").expect("the innermost one");
    let test = position(&functions, "the_whole_stack_is_found").expect("the test");
    assert!(follow < test);
    // Down to where the C library began the thread, through the standard library.
    assert!(position(&functions, "std::thread").is_some_and(|thread| thread > test));
    assert_ne!(found.locations.last(), Some(&CUT));
}

#[test]
fn a_stack_that_was_copied_in_part_says_so() {
    let found = recursion_with_frames_of_its_own(40, 4096);
    assert_eq!(found.locations.last(), Some(&CUT));
    let functions = found.functions();
    assert!(position(&functions, "recursion_with_frames").is_some());
    assert!(position(&functions, "a_stack_that_was_copied").is_none());
}

#[test]
fn deep_stacks_are_bounded() {
    let found = recursion_with_frames_of_its_own(700, 2 << 20);
    assert_eq!(found.locations.len(), 513);
    assert_eq!(found.locations.last(), Some(&CUT));
}

#[test]
fn modules_are_found_once_and_the_system_has_one_too() {
    let mut found = follow(1 << 20);
    let own = Own::open();
    let count = found.code.modules.len();
    found.code.refresh(&own, &Own::maps());
    assert_eq!(found.code.modules.len(), count);
    let paths: Vec<&str> = found.code.modules.iter().map(|module| module.path.as_str()).collect();
    assert!(paths.contains(&"[vdso]"), "{paths:?}");
    assert!(paths.iter().any(|path| path.contains("libc.so")), "{paths:?}");
    let libc = found.code.modules.iter().find(|module| module.path.contains("libc.so"));
    assert!(libc.is_some_and(|libc| libc.build_id.len() == 20));
}

#[test]
fn what_is_unmapped_is_forgotten_and_what_comes_is_found() {
    let mut found = follow(1 << 20);
    let maps = Own::maps();
    let without: String = maps
        .lines()
        .filter(|line| !line.contains("libc.so"))
        .map(|line| format!("{line}\n"))
        .collect();
    let at = found.code.modules.iter().position(|module| module.path.contains("libc.so"));
    let at = at.expect("every process has it");
    let inside = found.code.modules[at].code.start;
    let own = Own::open();
    assert_eq!(found.code.module_at(inside), Some(at as u32));
    found.code.refresh(&own, &without);
    assert_eq!(found.code.module_at(inside), None);
    found.code.refresh(&own, &maps);
    assert!(found.code.module_at(inside).is_some_and(|place| place as usize > at));
}

#[test]
fn frames_without_tables_go_by_their_frame_pointers() {
    // Three frames of code made at run time, each with its saved pointer and return address; the last
    // saved pointer is 0.
    let mut code = Code {
        pid: 0,
        modules: Vec::new(),
        unwinder: Unwinder::native(),
        executable: std::iter::once(0x10000..0x20000).collect(),
        mapped: Vec::new(),
        sources: 0,
        trampolines: Trampolines::default(),
    };
    let own = Own::open();
    let base = 0x7000_0000u64;
    let words = [0, 0, base + 48, 0x10101, 0, 0, base + 80, 0x10201, 0, 0, 0, 0x10301, 0, 0];
    let stack: Vec<u8> = words.iter().flat_map(|word: &u64| word.to_le_bytes()).collect();
    let registers = [0x10001, base, base + 16, 0x10101, 0, 0, 0, 0];
    let super::Followed::Stack(found) = code.follow(&own, &registers, &stack, false) else {
        panic!("addresses without code");
    };
    let addresses: Vec<u64> = found.iter().map(|location| location.address).collect();
    assert_eq!(addresses[..4], [0x10001, 0x10100, 0x10200, 0x10300]);
    // Where there is no code, nothing is believed, but it may have come since the last look.
    code.executable = std::iter::once(0x10000..0x10200).collect();
    assert!(matches!(code.follow(&own, &registers, &stack, false), super::Followed::Strange));
    let super::Followed::Stack(found) = code.follow(&own, &registers, &stack, true) else {
        panic!("certain");
    };
    let addresses: Vec<u64> = found.iter().map(|location| location.address).collect();
    assert_eq!(addresses, [0x10001, 0x10100, 0]);
}
