//! What the driver itself promises.

use std::fs;

use crate::driver::Browser;

/// Opens a page with this text.
fn page(browser: &Browser, html: &str) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("page.html");
    fs::write(&file, html).unwrap();
    browser.open(&file);
}

#[test]
fn a_user_can_click_type_point_and_turn_the_wheel() {
    let browser = Browser::start(800, 600);
    page(
        &browser,
        "<!doctype html><body style='height:4000px'><button id=b>B</button><input id=i><script>
            window.told = [];
            for (const kind of ['click', 'wheel', 'pointermove', 'keydown'])
                addEventListener(kind, event => told.push(kind + (event.key ?? '')));
        </script>",
    );
    browser.click("#b");
    browser.type_into("#i", "ab");
    browser.press("x");
    browser.point(300, 300);
    browser.wheel(300, 300, 50);
    browser.wait_until("told.includes('wheel')");
    assert_eq!(browser.run("return document.getElementById('i').value"), "abx");
    for told in ["click", "pointermove", "keydowna", "keydownx"] {
        assert_eq!(browser.run(&format!("return told.includes('{told}')")), true, "{told}");
    }
    assert_eq!(browser.run("return [innerWidth, innerHeight]"), serde_json::json!([800, 600]));
    assert!(browser.screenshot("driving").starts_with(b"\x89PNG"));
    assert_eq!(browser.console(), [""; 0]);
    assert_eq!(browser.requests(), [""; 0]);
}

#[test]
fn errors_and_requests_of_a_page_are_noticed() {
    let browser = Browser::start(800, 600);
    page(
        &browser,
        "<!doctype html><img src='http://127.0.0.1:9/picture.png'><script>
            console.log('harmless'); console.error('first'); throw new Error('second');
        </script>",
    );
    let console = browser.console();
    assert!(console.iter().any(|line| line.contains("first")), "{console:?}");
    assert!(console.iter().any(|line| line.contains("second")), "{console:?}");
    assert!(!console.iter().any(|line| line.contains("harmless")), "{console:?}");
    assert_eq!(browser.requests(), ["\"http://127.0.0.1:9/picture.png\""]);
}
