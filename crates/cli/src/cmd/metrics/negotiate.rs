//! Which format a client wants, from its `Accept` header.

use crate::cmd::metrics::exposition::Format;

/// OpenMetrics where the client names it, in a version like ours, and likes nothing else better.
pub fn format(accept: Option<&str>) -> Format {
    let ranges = || accept.unwrap_or("").split(',').map(Range::parse);
    let openmetrics = ranges()
        .filter(|range| range.media == "application/openmetrics-text" && range.fits())
        .map(|range| range.quality)
        .fold(0.0, f32::max);
    let text = ranges()
        .filter(|range| range.media == "text/plain" && range.version.is_none_or(|v| v == "0.0.4"))
        .map(|range| range.quality)
        .fold(0.0, f32::max);
    if openmetrics > 0.0 && openmetrics >= text { Format::OpenMetrics } else { Format::Text }
}

/// One of the types that a client accepts.
struct Range<'a> {
    media: String,
    version: Option<&'a str>,
    quality: f32,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next().unwrap_or("").to_ascii_lowercase();
        let mut range = Self { media, version: None, quality: 1.0 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "version" => range.version = Some(value),
                // What is no number is taken for a refusal.
                "q" => range.quality = value.parse().map_or(0.0, |q: f32| q.clamp(0.0, 1.0)),
                _ => {}
            }
        }
        range
    }

    /// Whether the version is ours, or any.
    fn fits(&self) -> bool {
        self.version.is_none_or(|version| version == "1.0.0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prometheus_gets_openmetrics_and_others_get_text() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,\
                          application/openmetrics-text;version=0.0.1;q=0.4,\
                          text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        assert_eq!(format(Some(prometheus)), Format::OpenMetrics);
        assert_eq!(format(Some("Application/OpenMetrics-Text")), Format::OpenMetrics);
        let text = [
            "*/*",
            "",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "application/openmetrics-text; version=0.0.1",
            "application/openmetrics-text;q=0",
            "application/openmetrics-text;q=x",
            "application/openmetrics-text;q=0.5, text/plain;q=0.9",
            ";;;q=,=,",
        ];
        for accept in text {
            assert_eq!(format(Some(accept)), Format::Text, "{accept}");
        }
        assert_eq!(format(None), Format::Text);
    }
}
