//! The pages in a real browser.

#[allow(dead_code, reason = "tests take what they need of what a browser can do")]
mod driver;
mod driving;
mod made_up;
mod made_up_report;
mod map;
mod report;
