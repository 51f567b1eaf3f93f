//! A page as one file: everything is in it, and it may reach nothing.
//!
//! The content security policy forbids all requests and every script and style but the page's own,
//! which it names by their hashes: even if text of the process that is shown got past the escaping,
//! it could not run.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The parts of a page.
pub struct Document<'a> {
    /// Its title; any text.
    pub title: &'a str,
    /// CSS.
    pub style: &'a str,
    /// HTML of the body; nothing in it comes from a process.
    pub body: &'a str,
    /// JavaScript, run when everything before it is there.
    pub script: &'a str,
    /// What the script reads by `document.getElementById(ID).textContent`.
    pub data: Vec<(String, Data)>,
}

/// Data for a page's script.
pub enum Data {
    /// JSON.
    Json(String),
    /// Bytes, in base64.
    Bytes(Vec<u8>),
}

impl Document<'_> {
    /// The file.
    pub fn render(&self) -> String {
        let mut page =
            String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
            hash(self.script),
            hash(self.style)
        );
        // Writing to a string can't fail.
        let _ =
            writeln!(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">");
        page.push_str("<meta name=\"referrer\" content=\"no-referrer\">\n");
        page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
        let _ = writeln!(page, "<title>{}</title>", text(self.title));
        let _ = writeln!(page, "<style>{}</style>\n</head>\n<body>\n{}", self.style, self.body);
        for (id, data) in &self.data {
            let (kind, content) = match data {
                Data::Json(json) => ("application/json", inside_script(json)),
                Data::Bytes(bytes) => ("text/plain", STANDARD.encode(bytes)),
            };
            let _ = writeln!(page, "<script type=\"{kind}\" id=\"{id}\">{content}</script>");
        }
        let _ = writeln!(page, "<script>{}</script>\n</body>\n</html>", self.script);
        page
    }
}

/// How a policy names a script or style.
fn hash(content: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(content)))
}

/// Text as HTML.
fn text(any: &str) -> String {
    let mut escaped = String::with_capacity(any.len());
    for character in any.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// JSON in which nothing ends a script or begins a comment: `<` stands in its strings only, where it
/// may be written as an escape.
fn inside_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(title: &str, data: Vec<(String, Data)>) -> String {
        Document { title, style: "a{}", body: "<p>", script: "f()", data }.render()
    }

    #[test]
    fn nothing_in_the_data_ends_a_script() {
        let json = serde_json::to_string("</script><!--<script>").unwrap();
        let page = page("t", vec![("d".to_owned(), Data::Json(json))]);
        assert_eq!(page.matches("</script").count(), 2);
        assert!(!page.contains("<!--"));
        let written = page.split("id=\"d\">").nth(1).unwrap().split("</script>").next().unwrap();
        let read: String = serde_json::from_str(written).unwrap();
        assert_eq!(read, "</script><!--<script>");
    }

    #[test]
    fn the_title_is_text() {
        let page = page("</title>\"'&\u{1b}[31m", Vec::new());
        assert!(page.contains("<title>&lt;/title&gt;&quot;&#39;&amp;\u{fffd}[31m</title>"));
    }

    #[test]
    fn the_policy_names_the_script_and_forbids_all_else() {
        let page = page("t", Vec::new());
        // printf 'f()' | openssl dgst -sha256 -binary | base64
        let hash = "sha256-GcEEE0IkDzIP5EQ6DXZaDPORqT5RTBELX8Fyzyg9yvo=";
        assert!(page.contains(&format!("default-src 'none'; script-src '{hash}'")), "{page}");
    }
}
