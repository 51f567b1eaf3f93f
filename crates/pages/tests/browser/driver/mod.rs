//! A headless browser for tests: opens pages from files, acts as a user would, and tells what went
//! wrong in them.
//!
//! Chromium from Debian, driven by chromedriver's WebDriver interface: HTTP with JSON on a local
//! port. Every [`Browser`] has a profile of its own, which goes with it.

mod http;
mod server;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};

use server::Server;

/// The longest that a page may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);
/// The name under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A running browser with one window. Everything panics with what happened when it goes wrong.
pub struct Browser {
    server: Server,
    session: String,
    directory: tempfile::TempDir,
}

impl Browser {
    /// Starts one whose pages are so large, in CSS pixels.
    pub fn start(width: u32, height: u32) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the browser's profile");
        let server = Server::start();
        let downloads = directory.path().join("downloads");
        std::fs::create_dir(&downloads).expect("a directory for downloads");
        let options = json!({
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--hide-scrollbars",
                format!("--user-data-dir={}", directory.path().join("profile").display()),
                "about:blank",
            ],
            "prefs": {"download.default_directory": downloads},
        });
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let started = server.ask("POST", "/session", Some(&capabilities));
        let session = started["sessionId"].as_str().expect("a session").to_owned();
        let browser = Self { server, session, directory };
        browser.resize(width, height);
        browser
    }

    /// Gives the page another size.
    pub fn resize(&self, width: u32, height: u32) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// What `prefers-color-scheme` tells the page: "dark" or "light".
    pub fn color_scheme(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// Opens a page and waits until it is loaded.
    pub fn open(&self, file: &Path) {
        let path = file.canonicalize().expect("the page's file");
        self.post("url", json!({"url": format!("file://{}", path.display())}));
    }

    /// The body of a function: what it returns, as JSON. A promise is waited for.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", json!({"script": script, "args": []}))
    }

    /// Waits until an expression is true.
    pub fn wait_until(&self, expression: &str) {
        let script = format!("return Boolean({expression})");
        let begin = Instant::now();
        while self.run(&script) != Value::Bool(true) {
            assert!(begin.elapsed() < PATIENCE, "never came true: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Clicks on the middle of an element, which is scrolled to first.
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("element/{element}/click"), json!({}));
    }

    /// Types text into an element.
    pub fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("element/{element}/value"), json!({"text": text}));
    }

    /// Presses keys wherever the focus is, one after the other. Keys without a character are those of
    /// [`key`].
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key})))
            .collect();
        self.act(json!({"type": "key", "id": "keyboard", "actions": strokes}));
    }

    /// Moves the pointer, in CSS pixels from the upper left corner of the window.
    pub fn point(&self, x: i64, y: i64) {
        self.pointer(vec![to(x, y)]);
    }

    /// Clicks at a place.
    pub fn click_at(&self, x: i64, y: i64) {
        let (down, up) = (
            json!({"type": "pointerDown", "button": 0}),
            json!({"type": "pointerUp", "button": 0}),
        );
        self.pointer(vec![to(x, y), down, up]);
    }

    /// Presses the button at one place and lets go at another.
    pub fn drag(&self, from: (i64, i64), destination: (i64, i64)) {
        let half = ((from.0 + destination.0) / 2, (from.1 + destination.1) / 2);
        self.pointer(vec![
            to(from.0, from.1),
            json!({"type": "pointerDown", "button": 0}),
            to(half.0, half.1),
            to(destination.0, destination.1),
            json!({"type": "pointerUp", "button": 0}),
        ]);
    }

    /// Turns the wheel at a place; down is positive.
    pub fn wheel(&self, x: i64, y: i64, delta: i64) {
        let turn =
            json!({"type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": delta, "duration": 0});
        self.act(json!({"type": "wheel", "id": "wheel", "actions": [turn]}));
    }

    /// Writes what is to be seen to a file, where the environment variable `HEAPMIN_SCREENSHOTS`
    /// names a directory for that. Returns the bytes of the PNG.
    pub fn screenshot(&self, name: &str) -> Vec<u8> {
        let text = self.get("screenshot");
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(text.as_str().expect("a screenshot"))
            .expect("a screenshot in base64");
        if let Some(directory) = std::env::var_os("HEAPMIN_SCREENSHOTS") {
            let file = Path::new(&directory).join(format!("{name}.png"));
            std::fs::write(&file, &bytes).expect("a file for the screenshot");
        }
        bytes
    }

    /// Errors and warnings in the console, exceptions included, since this was last asked.
    pub fn console(&self) -> Vec<String> {
        let entries = self.log("browser");
        let bad =
            entries.iter().filter(|entry| entry["level"] != "INFO" && entry["level"] != "DEBUG");
        bad.map(|entry| entry["message"].to_string()).collect()
    }

    /// What was asked of the network, or of files other than pages that were opened, since this was
    /// last asked.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.log("performance");
        let messages = entries.iter().filter_map(|entry| {
            let message = entry["message"].as_str()?;
            Some(serde_json::from_str::<Value>(message).expect("JSON")["message"].clone())
        });
        let sent = messages.filter(|message| message["method"] == "Network.requestWillBeSent");
        let foreign = sent.filter(|message| {
            let url = message["params"]["request"]["url"].as_str().unwrap_or_default();
            let opened = message["params"]["type"] == "Document" && url.starts_with("file://");
            let inside = ["data:", "blob:", "chrome:"].iter().any(|scheme| url.starts_with(scheme));
            !opened && !inside
        });
        foreign.map(|message| message["params"]["request"]["url"].to_string()).collect()
    }

    /// Waits for a file that the page lets its user save, and returns where it is.
    pub fn downloaded(&self, name: &str) -> PathBuf {
        let path = self.directory.path().join("downloads").join(name);
        let begin = Instant::now();
        while !path.exists() {
            assert!(begin.elapsed() < PATIENCE, "{name} was never downloaded");
            std::thread::sleep(Duration::from_millis(20));
        }
        path
    }

    /// Calls a function of the DevTools protocol.
    fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("goog/cdp/execute", json!({"cmd": command, "params": parameters}))
    }

    fn element(&self, selector: &str) -> String {
        let found = self.post("element", json!({"using": "css selector", "value": selector}));
        found[ELEMENT].as_str().unwrap_or_else(|| panic!("no element {selector}")).to_owned()
    }

    fn pointer(&self, actions: Vec<Value>) {
        let parameters = json!({"pointerType": "mouse"});
        self.act(
            json!({"type": "pointer", "id": "mouse", "parameters": parameters, "actions": actions}),
        );
    }

    fn act(&self, source: Value) {
        self.post("actions", json!({"actions": [source]}));
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.post("se/log", json!({"type": kind}));
        entries.as_array().cloned().unwrap_or_default()
    }

    fn get(&self, command: &str) -> Value {
        self.server.ask("GET", &format!("/session/{}/{command}", self.session), None)
    }

    fn post(&self, command: &str, body: Value) -> Value {
        self.server.ask("POST", &format!("/session/{}/{command}", self.session), Some(&body))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser; the server ends with its own drop.
        self.server.try_ask("DELETE", &format!("/session/{}", self.session), None).ok();
    }
}

fn to(x: i64, y: i64) -> Value {
    json!({"type": "pointerMove", "duration": 0, "x": x, "y": y, "origin": "viewport"})
}

/// Keys without a character, as WebDriver writes them.
pub mod key {
    /// The tabulator.
    pub const TAB: &str = "\u{e004}";
    /// Enter.
    pub const ENTER: &str = "\u{e007}";
    /// Escape.
    pub const ESCAPE: &str = "\u{e00c}";
    /// The arrow to the left.
    pub const LEFT: &str = "\u{e012}";
    /// The arrow to the right.
    pub const RIGHT: &str = "\u{e014}";
    /// The arrow downwards.
    pub const DOWN: &str = "\u{e015}";
}
