//! Words, numbers, base64, lines of files, lines about mounts.

extern crate std;

use super::super::base64::decode;
use super::super::lines::find_line;
use super::super::mount::{Mount, unescaped};
use super::super::path::Path;
use super::super::text::{named, number};
use super::{Directory, bytes};
use proptest::prelude::*;
use std::string::String;
use std::vec::Vec;

#[test]
fn a_number_is_digits_only_and_fits() {
    assert_eq!(number(b"0"), Some(0));
    assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
    for word in ["", "max", "-1", "+1", "1x", "18446744073709551616"] {
        assert_eq!(number(word.as_bytes()), None, "{word}");
    }
}

#[test]
fn a_named_number_is_found_by_its_whole_name() {
    let text = b"low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\n";
    assert_eq!(named(text, b"oom"), Some(4));
    assert_eq!(named(text, b"oom_kill"), Some(5));
    assert_eq!(named(text, b"o"), None);
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    decode(text.as_bytes(), &mut [0; 256]).map(<[u8]>::to_vec)
}

/// The vectors of RFC 4648, section 10.
#[test]
fn base64_of_the_standard_is_understood() {
    let vectors = [
        ("", ""),
        ("Zg==", "f"),
        ("Zm8=", "fo"),
        ("Zm9v", "foo"),
        ("Zm9vYg==", "foob"),
        ("Zm9vYmE=", "fooba"),
        ("Zm9vYmFy", "foobar"),
    ];
    for (text, data) in vectors {
        assert_eq!(decoded(text).as_deref(), Some(data.as_bytes()), "{text}");
    }
    // What systemd sets.
    let line: &[u8] = b"some 200000 2000000\0";
    assert_eq!(decoded("c29tZSAyMDAwMDAgMjAwMDAwMAA=").as_deref(), Some(line));
    assert_eq!(decoded("c29tZSAy\nMDAwMDAg\nMjAwMDAw MAA=\n").as_deref(), Some(line));
}

#[test]
fn what_is_not_base64_is_refused() {
    for text in
        ["Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=", "====", "Zg==Zg==", "Zm9-", "Zm9vé"]
    {
        assert_eq!(decoded(text), None, "{text}");
    }
    assert_eq!(decode(b"Zm9v", &mut [0; 2]), None, "too long");
}

fn encoded(data: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in data.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | group.get(at).map_or(0, |&b| b as usize));
        for at in 0..4 {
            let digit = digits[bits >> (18 - 6 * at) & 63] as char;
            text.push(if at <= group.len() { digit } else { '=' });
        }
    }
    text
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(data in proptest::collection::vec(any::<u8>(), 0..100)) {
        prop_assert_eq!(decoded(&encoded(&data)), Some(data));
    }
}

#[test]
fn a_mount_is_told_by_its_fields_whatever_tags_it_has() {
    let mount = |root, point, kind, options| Some(Mount { root, point, kind, options });
    for tags in ["", " shared:1", " master:1 propagate_from:2"] {
        let line = std::format!("36 35 98:0 /r /p\\040q rw,noatime{tags} - cgroup2 none rw,a=b");
        let expected = mount(b"/r", b"/p\\040q", b"cgroup2", b"rw,a=b");
        assert_eq!(Mount::parse(line.as_bytes()), expected, "{line}");
    }
    for line in ["", "36 35 98:0 /r", "36 35 98:0 /r /p rw", "36 35 98:0 /r /p rw -"] {
        assert_eq!(Mount::parse(line.as_bytes()), None, "{line}");
    }
}

#[test]
fn escaped_bytes_of_paths_come_back() {
    let cases: [(&[u8], &[u8]); 6] = [
        (b"/plain", b"/plain"),
        (b"/a\\040b\\011c\\012d\\134e", b"/a b\tc\nd\\e"),
        (b"\\040", b" "),
        (b"/\\377\\303\\244", b"/\xff\xc3\xa4"),
        (b"/not\\04", b"/not\\04"),
        (b"/not\\400\\089", b"/not\\400\\089"),
    ];
    for (written, path) in cases {
        assert_eq!(unescaped(written).collect::<Vec<u8>>(), path);
    }
}

#[test]
fn a_path_ends_where_its_place_ends() {
    let mut path = Path::new([b"/", &[b'x'; 1022]]).expect("1023 bytes and a zero");
    assert_eq!(path.as_c().to_bytes(), path.bytes());
    assert_eq!(path.extend(*b"y"), None);
    path.truncate(2);
    assert_eq!(path.bytes(), b"/x");
    path.extend(*b"z").expect("there is room again");
    assert_eq!(path.as_c(), c"/xz");
    assert!(Path::new([b"/", b"a\0b"]).is_none());
}

#[test]
fn lines_of_any_length_are_gone_through_and_the_long_ones_skipped() {
    let directory = Directory::new();
    let long = "x".repeat(5000);
    let fits = "y".repeat(2048);
    let file = directory.write("lines", &std::format!("first\n\n{long}\n{fits}\nlast"));
    let path = Path::new([bytes(&file), b""]).expect("a short path");
    let mut seen = Vec::new();
    assert!(!find_line(path.as_c(), |line| {
        seen.push(String::from_utf8(line.to_vec()).expect("text"));
        false
    }));
    assert_eq!(seen, ["first", "", &fits, "last"]);
    assert!(find_line(path.as_c(), |line| line == b"last"), "without a line end");
    assert!(!find_line(c"/nowhere/at/all", |_| true));
}
