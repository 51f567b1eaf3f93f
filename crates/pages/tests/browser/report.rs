//! The report on a program's memory.

use std::fs;

use heapmin_pages::report::{End, Report};
use serde_json::json;

use crate::driver::Browser;
use crate::made_up_report::report;

fn open(report: &Report, width: u32, height: u32) -> Browser {
    let browser = Browser::start(width, height);
    show(&browser, report);
    browser
}

fn show(browser: &Browser, report: &Report) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.html");
    fs::write(&file, report.page()).unwrap();
    browser.open(&file);
    browser.wait_until("document.getElementById('footer').textContent.includes('heapmin')");
}

fn is_quiet(browser: &Browser) {
    assert_eq!(browser.console(), [""; 0]);
    assert_eq!(browser.requests(), [""; 0]);
}

/// The text of an element.
fn text(browser: &Browser, selector: &str) -> String {
    let text = browser.run(&format!("return document.querySelector('{selector}').innerText"));
    text.as_str().unwrap().to_owned()
}

/// The middle of an element, which is scrolled to.
fn middle(browser: &Browser, element: &str) -> (i64, i64) {
    let place = browser.run(&format!(
        "const it = {element}; it.scrollIntoView({{block: 'center'}});
         const box = it.getBoundingClientRect();
         return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]"
    ));
    (place[0].as_i64().unwrap(), place[1].as_i64().unwrap())
}

#[test]
fn everything_is_there_in_light_and_dark_large_and_small() {
    let mut whole = report("renderer --fast book.xml", Some(300));
    let browser = open(&whole, 1400, 1000);
    let titles = browser.run("return [...document.querySelectorAll('h2')].map(h => h.textContent)");
    let expected = [
        "Summary",
        "Memory over time",
        "By call stack",
        "Live at exit",
        "By size",
        "Heaps",
        "Threads’ caches",
        "Notes",
    ];
    assert_eq!(titles, json!(expected));
    let summary = text(&browser, "#summary");
    for words in ["Peak live", "Peak resident", "3,456,789 in all", "Given back", "6.0 MiB"] {
        assert!(summary.contains(words), "{words}: {summary}");
    }
    assert!(summary.contains("; the peak was between two readings: about "), "{summary}");
    let notes = text(&browser, "#notes");
    for words in
        ["could not be watched", "512 KiB", "libstripped.so", "sh -c renderer", "12 MiB went"]
    {
        assert!(notes.contains(words), "{words}: {notes}");
    }
    browser.screenshot("report-light");
    for part in ["stacks", "sizes", "caches"] {
        browser.run(&format!("document.getElementById('{part}').scrollIntoView()"));
        browser.screenshot(&format!("report-{part}"));
    }
    browser.run("scrollTo(0, 0)");
    browser.color_scheme("dark");
    browser.screenshot("report-dark");
    let dark = "getComputedStyle(document.body).backgroundColor";
    let before = browser.run(&format!("return {dark}"));
    browser.click("#theme");
    assert_ne!(browser.run(&format!("return {dark}")), before);
    browser.resize(420, 900);
    browser.wait_until("document.documentElement.scrollWidth <= innerWidth");
    browser.screenshot("report-narrow");
    is_quiet(&browser);

    whole.profile.as_mut().unwrap().totals.peak_bytes = whole.timeline.peak_live_bytes;
    show(&browser, &whole);
    assert!(!text(&browser, "#summary").contains("between two readings"));

    whole.profile = None;
    whole.end = End::Killed { signal: 11 };
    show(&browser, &whole);
    assert!(text(&browser, "header").contains("SIGSEGV"));
    assert!(text(&browser, "#stacks").contains("heapmin report --stacks"));
    is_quiet(&browser);
}

#[test]
fn the_chart_tells_values_and_zooms() {
    let browser = open(&report("renderer", None), 1300, 900);
    let (x, y) = middle(&browser, "document.querySelector('#time svg')");
    browser.point(x, y);
    let tip = text(&browser, "#time .tip");
    for words in ["after 3.", "live: ", "resident: ", "process (RSS): ", "allocations so far: "] {
        assert!(tip.contains(words), "{words}: {tip}");
    }
    browser.screenshot("report-hover");
    let labels = "[...document.querySelectorAll('#time svg text')].map(text => text.textContent)";
    let whole = browser.run(&format!("return {labels}"));
    browser.drag((x - 100, y), (x + 100, y));
    let part = browser.run(&format!("return {labels}"));
    assert_ne!(part, whole);
    browser.screenshot("report-zoomed");
    browser.run("document.querySelectorAll('#time .legend button')[0].click()");
    let pressed = "document.querySelector('#time .legend button').getAttribute('aria-pressed')";
    assert_eq!(browser.run(&format!("return {pressed}")), "false");
    browser.run("document.querySelectorAll('#time .legend button')[0].click()");
    browser.run("[...document.querySelectorAll('#time button')].at(-1).click()");
    assert_eq!(browser.run(&format!("return {labels}")), whole);
    is_quiet(&browser);
}

#[test]
fn the_flame_graph_zooms_and_finds() {
    let browser = open(&report("renderer", Some(300)), 1300, 900);
    let boxes = "[...document.querySelectorAll('#flame rect')]";
    let before = browser.run(&format!("return {boxes}.length")).as_u64().unwrap();
    assert!(before > 50, "{before}");
    let widths = format!("{boxes}.slice(0, 3).map(box => Math.round(box.getAttribute('width')))");
    let whole = browser.run(&format!("return {widths}"));
    assert!(whole[1].as_u64().unwrap() < whole[0].as_u64().unwrap());
    let (x, y) = middle(&browser, &format!("{boxes}[1]"));
    browser.click_at(x, y);
    let zoomed = browser.run(&format!("return {widths}"));
    assert_eq!(zoomed[1], zoomed[0], "the call takes the whole width");
    browser.run("[...document.querySelectorAll('#stacks > .tools button')].at(-1).click()");
    assert_eq!(browser.run(&format!("return {widths}")), whole);
    browser.type_into("#flame-search", "TOKEN");
    assert!(
        browser.run("return document.querySelectorAll('#flame rect.match').length > 0") == true
    );
    assert!(text(&browser, "#flame").contains(" in calls that match."));
    browser.screenshot("report-found");
    is_quiet(&browser);
}

#[test]
fn tables_are_sorted_and_filtered_and_stacks_unfold() {
    let browser = open(&report("renderer", Some(300)), 1300, 900);
    let cells = |column: usize| {
        let row = format!("#stacks table tbody td:nth-child({column})");
        browser.run(&format!(
            "return [...document.querySelectorAll('{row}')].map(cell => cell.textContent)"
        ))
    };
    let by_self = cells(1);
    browser.click("#stacks table th:nth-child(5) button");
    let by_total = cells(1);
    assert_ne!(by_self, by_total);
    assert!(by_total[0].as_str().unwrap().contains("main"), "{by_total}");
    browser.click("#stacks table th:nth-child(1) button");
    let first = "[...document.querySelectorAll('#stacks tbody td:first-child .code')].slice(0, 2)";
    let order = browser
        .run(&format!("const [a, b] = {first}; return a.textContent.localeCompare(b.textContent)"));
    assert_eq!(order, -1);
    browser.type_into("#stacks table, #stacks input[placeholder^=Function]", "measure");
    let found = cells(1);
    assert!(!found.as_array().unwrap().is_empty());
    for name in found.as_array().unwrap() {
        assert!(name.as_str().unwrap().to_lowercase().contains("measure"), "{name}");
    }
    let tab = "[...document.querySelectorAll('#stacks [role=tab]')]";
    browser.run(&format!("{tab}.find(tab => tab.textContent === 'Stacks').click()"));
    browser.click("#stacks details summary");
    let frames = browser.run("return document.querySelectorAll('#stacks details li').length");
    assert!(frames.as_u64().unwrap() >= 2, "{frames}");
    browser.screenshot("report-unfolded");
    browser.run(&format!("{tab}.find(tab => tab.textContent === 'Temporary').click()"));
    assert!(text(&browser, "#stacks table").contains("Temporary blocks"));
    is_quiet(&browser);
}

#[test]
fn what_the_process_says_stays_text() {
    let attack = "</script><script>window.caught=1</script><img src=x onerror='caught=1'>\u{202e}";
    let mut hostile = report(attack, Some(20));
    hostile.notes.push(attack.to_owned());
    hostile.earlier[0].command = attack.to_owned();
    for snapshot in [&mut hostile.peak, &mut hostile.last].into_iter().flatten() {
        for heap in &mut snapshot.heaps {
            heap.name = attack.to_owned();
            heap.caches[0].thread_name = Some(attack.to_owned());
        }
    }
    for frame in &mut hostile.profile.as_mut().unwrap().frames {
        frame.function.push_str(attack);
        frame.module.push_str(attack);
        frame.file = Some(attack.to_owned());
    }
    let browser = open(&hostile, 1200, 900);
    assert!(text(&browser, "h1").contains("<script>"));
    assert_eq!(browser.run("return window.caught ?? 0"), 0);
    assert_eq!(browser.run("return document.images.length"), 0);
    is_quiet(&browser);
}

#[test]
fn a_large_report_is_no_large_page() {
    let large = report("renderer", Some(60_000));
    let page = large.page();
    assert!(page.len() < 5 << 20, "{}", page.len());
    let browser = open(&large, 1200, 900);
    assert!(text(&browser, "#stacks").contains("small stacks, below 0.1 %, are put together"));
    is_quiet(&browser);
}

#[test]
fn without_figures_the_page_says_so() {
    let mut empty = report("gone", None);
    (empty.peak, empty.last) = (None, None);
    empty.timeline = heapmin_pages::report::timeline::Timeline::default();
    let browser = open(&empty, 1000, 700);
    assert!(text(&browser, "#summary").contains("never found on heapmin"));
    is_quiet(&browser);
}
