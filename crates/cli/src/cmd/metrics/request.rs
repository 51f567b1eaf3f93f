//! HTTP: what a client asks for, and what it gets. No sockets here.

use crate::cmd::metrics::exposition::Format;
use crate::cmd::metrics::negotiate;

/// Bytes of a request, at most.
pub const MOST_BYTES: usize = 16 << 10;
/// Headers of a request, at most.
const MOST_HEADERS: usize = 96;

const PLAIN: &str = "text/plain; charset=utf-8";

/// What has arrived of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Not all of it.
    Partial,
    /// Something that isn't HTTP.
    Malformed,
    /// More than anybody needs.
    TooLong,
    /// A page, or only its headers.
    Get(Page, Method),
    /// Something else than GET and HEAD.
    OtherMethod,
}

/// How a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// All of it.
    Get,
    /// Its headers.
    Head,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The figures.
    Metrics(Format),
    /// Whether the server runs.
    Health,
    /// A page that there isn't.
    Unknown,
}

impl Request {
    /// Understands what has arrived so far.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) if bytes.len() < MOST_BYTES => return Self::Partial,
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Self::TooLong;
            }
            Err(_) => return Self::Malformed,
        }
        let method = match request.method {
            Some("GET") => Method::Get,
            Some("HEAD") => Method::Head,
            _ => return Self::OtherMethod,
        };
        let target = request.path.unwrap_or("");
        let page = match target.split('?').next().unwrap_or("") {
            "/metrics" => {
                let header = request.headers.iter();
                let accept: Vec<_> = header
                    .filter(|header| header.name.eq_ignore_ascii_case("accept"))
                    .map(|header| String::from_utf8_lossy(header.value))
                    .collect();
                Page::Metrics(negotiate::format(Some(&accept.join(","))))
            }
            "/healthz" => Page::Health,
            _ => Page::Unknown,
        };
        Self::Get(page, method)
    }

    /// The whole answer, headers and all. `figures` is called if they are asked for; `Err`: why they
    /// can't be had.
    pub fn answer(self, figures: impl FnOnce(Format) -> Result<String, String>) -> Vec<u8> {
        match self {
            Self::Get(Page::Metrics(format), method) => match figures(format) {
                Ok(text) => answer("200 OK", format.content_type(), "", &text, method),
                Err(why) => {
                    answer("500 Internal Server Error", PLAIN, "", &format!("{why}\n"), method)
                }
            },
            Self::Get(Page::Health, method) => answer("200 OK", PLAIN, "", "ok\n", method),
            Self::Get(Page::Unknown, method) => {
                let text = "There is /metrics, and /healthz.\n";
                answer("404 Not Found", PLAIN, "", text, method)
            }
            Self::OtherMethod => {
                let allow = "Allow: GET, HEAD\r\n";
                let text = "Only GET and HEAD.\n";
                answer("405 Method Not Allowed", PLAIN, allow, text, Method::Get)
            }
            Self::TooLong => {
                let status = "431 Request Header Fields Too Large";
                answer(status, PLAIN, "", "The request is too long.\n", Method::Get)
            }
            Self::Partial | Self::Malformed => {
                answer("400 Bad Request", PLAIN, "", "This is no HTTP request.\n", Method::Get)
            }
        }
    }
}

/// The answer when there are too many clients.
pub fn busy() -> Vec<u8> {
    let retry = "Retry-After: 1\r\n";
    answer("503 Service Unavailable", PLAIN, retry, "Too many clients.\n", Method::Get)
}

fn answer(status: &str, content: &str, headers: &str, body: &str, method: Method) -> Vec<u8> {
    let length = body.len();
    let body = if method == Method::Head { "" } else { body };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content}\r\nContent-Length: {length}\r\n{headers}\
         Cache-Control: no-store\r\nVary: Accept\r\nX-Content-Type-Options: nosniff\r\n\
         Connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(request: &str) -> String {
        let request = Request::parse(request.as_bytes());
        let figures = |format| Ok(format!("{format:?}\n"));
        String::from_utf8(request.answer(figures)).unwrap()
    }

    #[test]
    fn figures_come_in_the_format_that_is_accepted() {
        let text = answered("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(text.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4;"));
        assert!(text.ends_with("\r\n\r\nText\n"), "{text}");
        let accept = "ACCEPT: text/html\r\nAccept: application/openmetrics-text\r\n";
        let text = answered(&format!("GET /metrics?x=1 HTTP/1.1\r\n{accept}\r\n"));
        assert!(text.contains("\r\nContent-Type: application/openmetrics-text; version=1.0.0;"));
        assert!(text.ends_with("\r\n\r\nOpenMetrics\n"), "{text}");
    }

    #[test]
    fn head_gets_the_headers_of_get() {
        let get = answered("GET /healthz HTTP/1.0\r\n\r\n");
        let head = answered("HEAD /healthz HTTP/1.0\r\n\r\n");
        assert!(get.contains("\r\nContent-Length: 3\r\n"), "{get}");
        assert_eq!(get, head + "ok\n");
    }

    #[test]
    fn what_there_isnt_is_said() {
        let cases = [
            ("GET / HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("GET /metrics/ HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("POST /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed\r\n"),
            ("\x16\x03\x01 hello", "400 Bad Request"),
        ];
        for (request, status) in cases {
            let text = answered(request);
            assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {text}");
        }
        assert!(answered(cases[2].0).contains("\r\nAllow: GET, HEAD\r\n"));
    }

    #[test]
    fn what_fails_is_status_500_with_the_reason() {
        let request = Request::parse(b"GET /metrics HTTP/1.1\r\n\r\n");
        let text = String::from_utf8(request.answer(|_| Err("/proc is gone".into()))).unwrap();
        assert!(text.starts_with("HTTP/1.1 500 "), "{text}");
        assert!(text.ends_with("\r\n\r\n/proc is gone\n"), "{text}");
    }

    #[test]
    fn a_request_may_come_in_pieces_but_not_without_end() {
        let whole = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
        for end in 0..whole.len() {
            assert_eq!(Request::parse(&whole.as_bytes()[..end]), Request::Partial, "{end}");
        }
        assert_eq!(Request::parse(whole.as_bytes()), Request::Get(Page::Health, Method::Get));
        let long = format!("GET /{} HTTP/1.1\r\n", "x".repeat(MOST_BYTES));
        assert_eq!(Request::parse(long.as_bytes()), Request::TooLong);
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(MOST_HEADERS + 1));
        assert_eq!(Request::parse(many.as_bytes()), Request::TooLong);
    }
}
