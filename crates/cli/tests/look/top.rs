//! `heapmin top` in a real terminal, with a real process.

mod tmux;

use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use self::tmux::Window;
use crate::subject::{Subject, look};

/// The window that everything has to work in.
const USUAL: (u16, u16) = (80, 24);

/// What the title line says of a process.
fn title(pid: &str) -> String {
    format!(" heapmin top  {pid}  ")
}

/// The view of a process, with its first figures on the screen.
fn watching(pid: &str, options: &[&str], environment: &[(&str, &str)]) -> Window {
    let window = Window::run(USUAL, &[&["top", pid], options].concat(), environment);
    window.wait("1 Heaps");
    window
}

#[test]
fn a_process_has_figures_a_chart_and_tables() {
    let subject = Subject::with_blocks(20_000, 1000);
    let window = watching(&subject.pid(), &[], &[]);
    let screen = window.wait("allocations 0/s");
    assert!(screen.starts_with(&title(&subject.pid())), "{screen}");
    assert!(screen.contains("subject 20000 1000"), "{screen}");
    // 1000 bytes are in a class of 1024 at most.
    assert!(screen.contains("live 19 MiB") || screen.contains("live 20 MiB"), "{screen}");
    assert!(screen.contains("█ live  █ resident  last 60 s"), "{screen}");
    assert!(screen.contains("  0 process "), "{screen}");
    window.press(&["2"]);
    let screen = window.wait("occupancy");
    assert!(screen.contains("1000 B") || screen.contains("1.0 KiB"), "{screen}");
    window.press(&["Tab"]);
    window.wait("cached▼");
    window.press(&["4"]);
    window.wait("over time");
    window.press(&["BTab"]);
    window.wait("cached▼");
}

#[test]
fn the_view_fits_itself_into_every_size() {
    let subject = Subject::with_blocks(1000, 1000);
    let window = watching(&subject.pid(), &[], &[]);
    window.resize((40, 10));
    let screen = window.wait("2 Sizes  3 Caches  4 Rates");
    assert!(screen.contains("live ") && screen.contains("? help"), "{screen}");
    window.resize((30, 6));
    window.wait("needs a window of");
    window.resize((200, 50));
    let screen = window.wait("maximum");
    assert!(screen.lines().all(|line| line.chars().count() <= 200), "{screen}");
    window.resize(USUAL);
    window.wait_until("usual view", |screen| {
        screen.contains(" resident  last ") && !screen.contains("maximum")
    });
}

#[test]
fn a_trim_shows_what_came_back() {
    // Blocks of 4,096 bytes are pages, and every second one is free.
    let subject = Subject::start(&["4000", "4096", "thin"]);
    let window = watching(&subject.pid(), &[], &[]);
    let before = window.screen();
    assert!(before.contains("reclaimable 7") || before.contains("reclaimable 8"), "{before}");
    window.press(&["t"]);
    let screen = window.wait("came back");
    let back = screen.lines().find(|line| line.contains("came back")).unwrap();
    assert!(back.contains("MiB came back"), "{screen}");
    window.press(&["x"]);
    window.wait_until("less to reclaim", |screen| {
        screen.contains("reclaimable ") && !screen.contains("MiB allocations")
    });
}

#[test]
fn a_check_shows_its_result() {
    let subject = Subject::with_blocks(1000, 1000);
    let window = watching(&subject.pid(), &[], &[]);
    window.press(&["c"]);
    let screen = window.wait("no damage");
    assert!(screen.contains("live blocks"), "{screen}");
    window.press(&["x"]);
    window.wait("? help");
}

#[test]
fn figures_are_saved_under_new_names() {
    let subject = Subject::with_blocks(1000, 1000);
    let directory = tempfile::tempdir().unwrap();
    let window = watching(&subject.pid(), &["--save", directory.path().to_str().unwrap()], &[]);
    let files = || {
        let entries = fs::read_dir(directory.path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    window.press(&["p"]);
    window.wait("paused");
    window.press(&["w"]);
    window.wait("saved ");
    window.press(&["w"]);
    window.wait_until("second file", |_| files().len() == 2);
    for file in files() {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with(&format!("heapmin-{}-", subject.pid())), "{name}");
        let snapshot: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        assert_eq!(snapshot["process"]["pid"].to_string(), subject.pid());
        assert!(snapshot["totals"]["live_bytes"].as_u64().unwrap() > 1_000_000, "{snapshot}");
    }
}

#[test]
fn one_of_several_processes_is_chosen_from_a_live_list() {
    let (first, mut second) = (Subject::with_blocks(10, 10), Subject::with_blocks(20, 10));
    let window = Window::run((80, 50), &["top"], &[]);
    window.wait("processes on heapmin");
    // Other tests have processes, too.
    let line = |screen: &str, pid: &str| {
        screen.lines().any(|line| line.split_whitespace().next() == Some(pid))
    };
    window.wait_until("both processes", |screen| {
        line(screen, &first.pid()) && line(screen, &second.pid())
    });
    let is_marked = |pid: &str| {
        let screen = window.screen_with_attributes();
        let mut marked = screen.lines().filter(|line| line.contains("\x1b[7m"));
        marked.any(|line| line.contains(&format!(" {pid} ")))
    };
    window.press(&["g"]);
    for _ in 0..60 {
        if is_marked(&first.pid()) {
            break;
        }
        window.press(&["j"]);
        thread::sleep(Duration::from_millis(100));
    }
    window.press(&["Enter"]);
    window.wait("1 Heaps");
    assert!(window.screen().starts_with(&title(&first.pid())), "{}", window.screen());
    window.press(&["Escape"]);
    window.wait("processes on heapmin");
    second.end();
    window.wait_until("list without it", |screen| {
        screen.contains("processes on heapmin") && !line(screen, &second.pid())
    });
}

#[test]
fn the_end_of_the_process_leaves_its_last_figures_until_a_key() {
    let mut subject = Subject::with_blocks(20_000, 1000);
    let window = watching(&subject.pid(), &[], &[]);
    subject.end();
    let screen = window.wait("ended; its last figures");
    assert!(screen.contains("live 19 MiB") || screen.contains("live 20 MiB"), "{screen}");
    assert!(screen.lines().next().unwrap().ends_with("ended"), "{screen}");
    window.press(&["x"]);
    window.wait("processes on heapmin");
    window.press(&["q"]);
    window.wait("status 0");
}

#[test]
fn the_filter_the_order_the_interval_and_the_help_have_keys() {
    let subject = Subject::with_blocks(1000, 1000);
    let window = watching(&subject.pid(), &[], &[]);
    window.press(&["/", "a", "l", "l", "o", "c"]);
    window.wait("heaps with: alloc");
    window.press(&["Enter"]);
    window.wait_until("one heap", |screen| {
        screen.contains("only alloc") && !screen.contains("  0 process ")
    });
    window.press(&["Escape"]);
    window.wait("  0 process ");
    window.press(&["s"]);
    window.wait("reclaimable▼");
    window.press(&["S"]);
    window.wait("reclaimable▲");
    window.press(&["+"]);
    window.wait("every 2 s");
    window.press(&["C-l"]);
    thread::sleep(Duration::from_millis(300));
    window.wait("reclaimable▲");
    window.press(&["?"]);
    window.wait("write the figures to a JSON file");
    window.press(&["x"]);
    window.wait("? help");
}

/// Whether a screen has colours: foreground or background.
fn has_colour(screen: &str) -> bool {
    let colour = |code: &str| {
        let number = code.parse::<u32>().unwrap_or(0);
        (30..=38).contains(&number) || (40..=48).contains(&number)
    };
    let sequences = screen.split("\x1b[").skip(1).filter_map(|rest| rest.split('m').next());
    sequences.flat_map(|codes| codes.split(';')).any(colour)
}

#[test]
fn colour_can_be_refused() {
    let subject = Subject::with_blocks(1000, 1000);
    let pid = subject.pid();
    assert!(has_colour(&watching(&pid, &[], &[]).screen_with_attributes()));
    let forced = watching(&pid, &["--color", "always"], &[("NO_COLOR", "1")]);
    assert!(has_colour(&forced.screen_with_attributes()));
    for window in
        [watching(&pid, &["--color", "never"], &[]), watching(&pid, &[], &[("NO_COLOR", "1")])]
    {
        let screen = window.screen_with_attributes();
        assert!(!has_colour(&screen), "{screen:?}");
        assert!(screen.contains("\x1b[7m") || screen.contains("\x1b[1;7m"), "{screen:?}");
        assert!(screen.contains('░') || screen.contains('█'), "{screen}");
    }
}

#[test]
fn a_locale_without_utf_8_gets_ascii() {
    let subject = Subject::with_blocks(1000, 1000);
    let window = watching(&subject.pid(), &[], &[("LC_ALL", "C")]);
    for key in ["1", "2", "3", "4", "?"] {
        window.press(&[key]);
        thread::sleep(Duration::from_millis(300));
        let screen = window.screen();
        assert!(screen.is_ascii(), "{screen}");
    }
    assert!(window.screen().contains("+ Keys "), "{}", window.screen());
}

#[test]
fn the_terminal_is_given_back_however_it_ends() {
    let subject = Subject::with_blocks(1000, 1000);
    let settings = |window: &Window| {
        let shell = window.screen();
        shell.lines().filter(|line| line.contains("icanon")).map(str::to_owned).collect::<Vec<_>>()
    };
    let end = "; echo status $?; stty -a; exec cat";
    let line = format!("'{}' top {}{end}", env!("CARGO_BIN_EXE_heapmin"), subject.pid());
    let begin: &[fn(&Window)] = &[
        |window| window.press(&["q"]),
        |window| window.press(&["C-c"]),
        |window| signal(window, libc::SIGTERM),
        |window| signal(window, libc::SIGHUP),
        |window| signal(window, libc::SIGINT),
    ];
    for (stop, status) in begin.iter().zip([0, 0, 143, 129, 130]) {
        let window = Window::shell(USUAL, &line, &[]);
        window.wait("1 Heaps");
        assert_eq!(window.is_taken(), (true, false));
        stop(&window);
        // A shell that has lost a command to SIGINT ends as well.
        if status != 130 {
            window.wait(&format!("status {status}"));
            window.wait("icanon");
            assert_eq!(window.is_taken(), (false, true));
            let shown = settings(&window);
            assert!(shown.iter().all(|line| !line.contains("-icanon")), "{shown:?}");
        }
    }
}

fn signal(window: &Window, signal: i32) {
    // SAFETY: `kill` reads nothing; the number is that of the program in the window, which is there.
    unsafe { libc::kill(window.program(), signal) };
}

#[test]
fn it_ends_with_its_terminal() {
    let subject = Subject::with_blocks(1000, 1000);
    let window = watching(&subject.pid(), &[], &[]);
    let program = format!("/proc/{}", window.program());
    drop(window);
    let mut waits = 0;
    while fs::exists(&program).unwrap() {
        thread::sleep(Duration::from_millis(50));
        waits += 1;
        assert!(waits < 600, "{program} is still there");
    }
}

#[test]
fn it_stops_for_the_shell_and_goes_on() {
    let subject = Subject::with_blocks(1000, 1000);
    let window = Window::shell(USUAL, "PS1='ready> ' exec bash --norc -i", &[]);
    window.wait("ready>");
    let line = format!("'{}' top {}", env!("CARGO_BIN_EXE_heapmin"), subject.pid());
    window.press(&[&line, "Enter"]);
    window.wait("1 Heaps");
    window.press(&["C-z"]);
    window.wait("Stopped");
    assert_eq!(window.is_taken(), (false, true));
    window.press(&["fg", "Enter"]);
    window.wait("1 Heaps");
    window.press(&["q"]);
    window.wait_until("shell", |screen| screen.trim_end().ends_with("ready>"));
}

#[test]
fn it_takes_no_more_than_its_share_of_a_processor() {
    let subject = Subject::with_blocks(100_000, 100);
    let window = watching(&subject.pid(), &["--interval", "0.1"], &[]);
    let used = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", window.program())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let before = used();
    thread::sleep(Duration::from_secs(5));
    // A hundred ticks a second: 5 % are 25, and a reading may be under way.
    let ticks = used() - before;
    assert!(ticks <= 35, "{ticks} ticks in five seconds");
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let output = look(&["top"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("heapmin ps --json") && message.contains("heapmin metrics"),
        "{message}"
    );
}

#[test]
fn what_cannot_be_opened_is_told_before_the_screen_is_taken() {
    let mut subject = Subject::with_blocks(1, 1);
    subject.end();
    let window = Window::run(USUAL, &["top", &subject.pid()], &[]);
    let screen = window.wait("status 3");
    assert!(screen.contains("there is no process"), "{screen}");
}
