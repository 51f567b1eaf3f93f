//! The picture of a heap.

use std::fs;

use heapmin_inspect::model::map::{Map, Unit, Usage};
use heapmin_pages::map::Film;
use serde_json::{Value, json};

use crate::driver::{Browser, key};
use crate::made_up::{self, BASE, Random};

/// Opens a film's page.
fn open(film: &Film, width: u32, height: u32) -> Browser {
    let browser = Browser::start(width, height);
    show(&browser, film);
    browser
}

fn show(browser: &Browser, film: &Film) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("map.html");
    fs::write(&file, film.page()).unwrap();
    browser.open(&file);
    browser.wait_until("document.documentElement.dataset.ready && heapmin.view.drawn > 0");
}

/// No complaints, and nothing asked of the network.
fn is_quiet(browser: &Browser) {
    assert_eq!(browser.console(), [""; 0]);
    assert_eq!(browser.requests(), [""; 0]);
}

/// Where a page of the picture is in the window.
fn place(browser: &Browser, page: usize) -> (i64, i64) {
    let place = browser.run(&format!("return heapmin.placeOf({page})"));
    (place[0].as_i64().unwrap(), place[1].as_i64().unwrap())
}

/// The colour of the picture at a place of the window.
fn colour(browser: &Browser, (x, y): (i64, i64)) -> Value {
    browser.run(&format!(
        "heapmin.view.draw();
         const canvas = heapmin.view.canvas, box = canvas.getBoundingClientRect();
         const copy = new OffscreenCanvas(1, 1).getContext('2d');
         copy.drawImage(canvas, box.left - {x}, box.top - {y});
         return [...copy.getImageData(0, 0, 1, 1).data]"
    ))
}

#[test]
fn all_that_is_known_of_a_heap_is_in_the_page() {
    let map = made_up::map(40, 1, "redis-server *:7777");
    let browser = open(&Film::new(&map), 1400, 900);
    browser.screenshot("map-dark");
    browser.click("#save");
    let saved = fs::read_to_string(browser.downloaded("heapmin-map-4711.json")).unwrap();
    let saved: Map = serde_json::from_str(&saved).unwrap();
    assert_eq!(saved.heaps, map.heaps);
    assert_eq!(saved.totals, map.totals);
    for (found, expected) in saved.regions.iter().zip(&map.regions) {
        assert_eq!(found, expected);
    }
    assert_eq!(saved, map);
    is_quiet(&browser);
}

#[test]
fn names_from_a_process_are_text() {
    let evil = "</script><script>window.hit=1</script><img src=x onerror='hit=1'>\"'`${hit=1}\u{1b}[2J\u{202e}&amp;\u{2028}";
    let mut map = made_up::map(2, 1, evil);
    map.heaps[0].1 = evil.to_owned();
    map.process.user = evil.to_owned();
    let browser = open(&Film::new(&map), 1200, 800);
    assert_eq!(browser.run("return window.hit ?? null"), Value::Null);
    assert_eq!(browser.run("return document.getElementById('command').textContent"), evil);
    assert_eq!(browser.run("return document.querySelectorAll('img').length"), 0);
    is_quiet(&browser);
}

#[test]
fn wheel_buttons_keys_and_dragging_move_the_picture() {
    let browser = open(&Film::new(&made_up::map(30, 2, "a")), 1400, 900);
    let scale = || browser.run("return heapmin.view.scale").as_f64().unwrap();
    let all = scale();
    let page = 7 * 512 + 100;
    let (x, y) = place(&browser, page);
    browser.wheel(x, y, -300);
    browser.wait_until(&format!("heapmin.view.scale > {all} * 1.3"));
    // What is under the pointer stays there.
    let after = place(&browser, page);
    assert!((after.0 - x).abs() <= 2 && (after.1 - y).abs() <= 2, "{after:?}");

    let near = scale();
    browser.click("#closer");
    assert!(scale() > near * 1.4);
    browser.click("#farther");
    browser.click("#all");
    assert!((scale() - all).abs() < 1e-9);

    browser.run("document.getElementById('picture').focus()");
    browser.press("++");
    assert!(scale() > all * 2.0);
    let before = place(&browser, page);
    browser.drag((600, 500), (700, 560));
    let after = place(&browser, page);
    assert!(after.0 - before.0 > 50 && after.1 - before.1 > 20, "{before:?} {after:?}");
    browser.press("0");
    assert!((scale() - all).abs() < 1e-9);
    is_quiet(&browser);
}

#[test]
fn a_page_tells_what_it_is() {
    let map = made_up::map(30, 2, "a");
    let browser = open(&Film::new(&map), 1400, 900);
    let is_slab = |unit: &Unit| matches!(unit.usage, Usage::Slab { .. }) && !unit.live.is_empty();
    let unit = map.regions[3].units.iter().position(is_slab).unwrap();
    let Usage::Slab { block_bytes, .. } = map.regions[3].units[unit].usage else { unreachable!() };
    let page = 3 * 512 + unit * 16 + 2;
    let (x, y) = place(&browser, page);
    browser.point(x, y);
    browser.wait_until("!document.getElementById('tooltip').hidden");
    let told = browser.run("return document.getElementById('tooltip').textContent");
    let told = told.as_str().unwrap();
    let address = BASE + 3 * (2 << 20) + unit as u64 * 65536 + 2 * 4096;
    assert!(told.contains(&format!("{address:#014x}")), "{told}");
    let size = if block_bytes > 999 {
        format!("{},{:03}", block_bytes / 1000, block_bytes % 1000)
    } else {
        block_bytes.to_string()
    };
    assert!(told.contains(&format!("slab of {size}-byte blocks")), "{told}");
    browser.screenshot("map-tooltip");

    // By keyboard: the page beside it, and its description for readers of the screen.
    browser.click_at(x, y);
    assert_eq!(browser.run("return heapmin.view.selected"), page);
    browser.run("document.getElementById('picture').focus()");
    browser.press(key::RIGHT);
    assert_eq!(browser.run("return heapmin.view.selected"), page + 1);
    let spoken = browser.run("return document.getElementById('spoken').textContent");
    assert!(spoken.as_str().unwrap().contains(&format!("{:#014x}", address + 4096)), "{spoken}");
    browser.press(key::ESCAPE);
    assert_eq!(browser.run("return heapmin.view.selected"), -1);
    is_quiet(&browser);
}

#[test]
fn colours_say_what_a_page_is() {
    let mut map = made_up::map(2, 3, "a");
    let mut random = Random(1);
    let units = &mut map.regions[0].units;
    units[8] = made_up::slab(&mut random, 64, 0, 100);
    units[9] = Unit { usage: Usage::FreeDirty, heap: None, resident: 0xffff, live: Vec::new() };
    units[10] = Unit { usage: Usage::FreeClean, heap: None, resident: 0, live: Vec::new() };
    units[11] = made_up::slab(&mut random, 64, 1, 100);
    units[11].resident = 0xffff;
    units[8].resident = 0xffff;
    let browser = Browser::start(1400, 900);
    browser.color_scheme("dark");
    show(&browser, &Film::new(&map));
    let at = |unit: usize| colour(&browser, place(&browser, unit * 16 + 5));
    assert_eq!(at(8), json!([0x86, 0xdc, 0xa6, 255]), "all live");
    assert_eq!(at(9), json!([0xff, 0x7a, 0x1a, 255]), "reclaimable");
    assert_ne!(at(10), at(9));
    assert_eq!(at(8), at(11));
    browser.click("input[value=heap] + span");
    assert_ne!(at(8), at(11), "two heaps");
    browser.screenshot("map-by-heap");
    browser.click("input[value=residency] + span");
    assert_eq!(at(8), at(9), "both in memory");
    assert_ne!(at(8), at(10));
    browser.click("input[value=class] + span");
    assert_eq!(at(8), at(11), "one size class");
    is_quiet(&browser);
}

#[test]
fn filters_dim_what_does_not_match() {
    let map = made_up::map(20, 4, "a");
    let browser = open(&Film::new(&map), 1400, 900);
    let units = || map.regions.iter().flat_map(|region| &region.units);
    let of_heap = units().filter(|unit| unit.heap == Some(2)).count();
    let dim = browser
        .run("const w = heapmin.colours.dim; return [w & 255, w >> 8 & 255, w >> 16 & 255, 255]");
    let other = units().position(|unit| unit.heap == Some(0)).unwrap();
    let own = units().position(|unit| unit.heap == Some(2)).unwrap();
    let (there, here) = (place(&browser, other * 16 + 5), place(&browser, own * 16 + 5));
    assert_ne!(colour(&browser, there), dim);
    browser.run(
        "const select = document.getElementById('filter-heap');
         select.value = '2'; select.dispatchEvent(new Event('input'))",
    );
    let found = browser.run("return document.getElementById('found').textContent");
    let expected = format!("{} pages", thousands(of_heap * 16));
    assert!(found.as_str().unwrap().starts_with(&expected), "{found} {expected}");
    assert_eq!(colour(&browser, there), dim);
    assert_ne!(colour(&browser, here), dim);
    browser.screenshot("map-filter");
    browser.click("#reset");
    assert_ne!(colour(&browser, there), dim);

    // A row of a table does the same.
    browser.click("#table-heaps tbody tr:nth-child(2) button");
    assert_eq!(browser.run("return heapmin.filter.heap"), 1);
    is_quiet(&browser);
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let (front, back) = digits.split_at(digits.len().saturating_sub(3));
    if front.is_empty() { back.to_owned() } else { format!("{front},{back}") }
}

#[test]
fn an_address_is_found() {
    let browser = open(&Film::new(&made_up::map(30, 5, "a")), 1400, 900);
    browser.run("document.body.focus()");
    browser.press("/");
    let address = BASE + 4 * (2 << 20) + 77 * 4096 + 123;
    browser.type_into("#address", &format!("{address:#x}{}", key::ENTER));
    assert_eq!(browser.run("return heapmin.view.selected"), 4 * 512 + 77);
    assert!(browser.run("return heapmin.view.scale").as_f64().unwrap() >= 10.0);
    browser.screenshot("map-near");
    browser.run("document.getElementById('address').value = ''");
    browser.type_into("#address", &format!("{:x}{}", BASE + 9 * (2 << 20), key::ENTER));
    let answer = browser.run("return document.getElementById('answer').textContent");
    assert!(answer.as_str().unwrap().starts_with("not in a region in use"), "{answer}");
    is_quiet(&browser);
}

#[test]
fn a_film_goes_forth_and_back() {
    let first = made_up::map(12, 6, "a");
    let mut film = Film::new(&first);
    let mut maps = vec![first];
    for frame in 1..30_usize {
        let mut map = maps[frame - 1].clone();
        map.time_ms += 500;
        let mut random = Random(frame as u64);
        for _ in 0..6 {
            let (region, unit) = (random.below(12) as usize, random.below(32) as usize);
            map.regions[region].units[unit] = made_up::slab(&mut random, 64, 2, 50);
        }
        map.totals.live_bytes += frame as u64 * 20_000;
        film.push(&map);
        maps.push(map);
    }
    // In the last picture, a region is gone.
    let mut last = maps[29].clone();
    last.regions.remove(3);
    film.push(&last);
    maps.push(last);
    assert_eq!(film.len(), 31);

    let browser = open(&film, 1400, 900);
    for frame in [30, 7, 8, 0, 29, 3, 30] {
        browser.run(&format!("return heapmin.player.goTo({frame}).then(() => 0)"));
        let units = maps[frame].regions.iter().flat_map(|region| &region.units);
        let resident: u64 = units.map(|unit| u64::from(unit.resident)).sum();
        let found = browser.run("return heapmin.heap.resident.reduce((a, b) => a + b, 0)");
        assert_eq!(found, resident, "frame {frame}");
    }
    browser.run("return heapmin.player.goTo(5).then(() => 0)");
    browser.screenshot("map-film");
    browser.click("#play");
    browser.wait_until("heapmin.film.at > 8");
    browser.click("#play");
    let stopped = browser.run("return heapmin.film.at");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(browser.run("return heapmin.film.at"), stopped);
    browser.click("#next");
    browser.wait_until(&format!("heapmin.film.at === {stopped} + 1"));
    is_quiet(&browser);
}

#[test]
fn sixteen_gibibytes_are_drawn() {
    let map = made_up::map(8192, 7, "a large one");
    let film = Film::new(&map);
    let page = film.page();
    assert!(page.len() < 10_000_000, "{}", page.len());
    let browser = open(&film, 1400, 900);
    browser.screenshot("map-16g");
    assert_eq!(browser.run("return heapmin.heap.pages"), 8192 * 512);
    let took = |script: &str| {
        let script =
            format!("const begin = performance.now(); {script}; return performance.now() - begin");
        browser.run(&script).as_f64().unwrap()
    };
    let repaint = took("heapmin.view.repaint(); heapmin.view.draw()");
    let redraw = took("heapmin.view.draw()");
    browser.run("heapmin.view.zoom(60)");
    let near = took("heapmin.view.draw()");
    eprintln!(
        "page {} bytes; repaint {repaint} ms, redraw {redraw} ms, near {near} ms",
        page.len()
    );
    assert!(redraw < 1_000.0, "{redraw} ms");
    is_quiet(&browser);
}

#[test]
fn small_windows_and_light_ones_show_everything() {
    let browser = Browser::start(420, 800);
    browser.color_scheme("light");
    show(&browser, &Film::new(&made_up::map(10, 8, "python3 server.py --port 8080 --workers 4")));
    assert_eq!(browser.run("return document.documentElement.dataset.theme"), "light");
    assert_eq!(browser.run("return document.documentElement.scrollWidth"), 420);
    browser.screenshot("map-small");
    browser.resize(1400, 900);
    browser.wait_until("heapmin.view.width > 800");
    browser.screenshot("map-light");
    is_quiet(&browser);
}

#[test]
fn a_heap_without_regions_is_shown_too() {
    let mut map = made_up::map(1, 9, "a");
    map.regions.clear();
    let browser = open(&Film::new(&map), 1000, 700);
    assert_eq!(browser.run("return heapmin.heap.regions"), 0);
    browser.run("document.getElementById('picture').focus()");
    browser.press(key::RIGHT);
    is_quiet(&browser);
}
