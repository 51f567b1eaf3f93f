//! Prometheus' text format, version 0.0.4, and OpenMetrics, version 1.0.0. They differ in little: the
//! names in the lines about a metric, the units, and the end.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;

use crate::cmd::metrics::catalogue::{Kind, METRICS, Metric, Of};
use crate::cmd::metrics::collect::{Figures, Scrape};

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' own.
    Text,
    /// The standard that came of it.
    OpenMetrics,
}

impl Format {
    /// The type of the content, for HTTP.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

type Label<'a> = (&'static str, Cow<'a, str>);

/// All metrics that have values.
pub fn write(scrape: &Scrape, format: Format) -> String {
    let mut page = Page { text: String::new(), format };
    for metric in METRICS {
        page.metric(metric, scrape);
    }
    if format == Format::OpenMetrics {
        page.text.push_str("# EOF\n");
    }
    page.text
}

struct Page {
    text: String,
    format: Format,
}

impl Page {
    fn metric(&mut self, metric: &Metric, scrape: &Scrape) {
        let mut samples = Vec::new();
        if let Of::Scrape(value) = metric.of {
            samples.push((Vec::new(), value(scrape)));
        }
        for found in &scrape.found {
            let pid = ("pid", Cow::Owned(found.pid.to_string()));
            if let Of::Found(value) = metric.of {
                samples.push((vec![pid.clone()], value(found)));
            }
            if let Some(figures) = &found.figures {
                let labels = [pid, ("command", Cow::Owned(program(&figures.process.command)))];
                samples.extend(of_process(metric, figures, &labels));
            }
        }
        if samples.is_empty() {
            return;
        }
        self.about(metric);
        let name = metric.full_name();
        for (labels, value) in samples {
            self.sample(&name, &labels, value);
        }
    }

    /// The lines about a metric.
    fn about(&mut self, metric: &Metric) {
        let (name, kind) = match (self.format, metric.kind) {
            (Format::Text, Kind::Counter) => (metric.full_name(), "counter"),
            (Format::Text, _) => (metric.full_name(), "gauge"),
            (Format::OpenMetrics, Kind::Gauge) => (metric.name.to_owned(), "gauge"),
            (Format::OpenMetrics, Kind::Counter) => (metric.name.to_owned(), "counter"),
            (Format::OpenMetrics, Kind::Info) => (metric.name.to_owned(), "info"),
        };
        self.line(format_args!("# HELP {name} {}", metric.help));
        self.line(format_args!("# TYPE {name} {kind}"));
        if let (Format::OpenMetrics, Some(unit)) = (self.format, metric.unit) {
            self.line(format_args!("# UNIT {name} {unit}"));
        }
    }

    fn sample(&mut self, name: &str, labels: &[Label], value: f64) {
        let labels: Vec<String> =
            labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
        if labels.is_empty() {
            self.line(format_args!("{name} {value}"));
        } else {
            self.line(format_args!("{name}{{{}}} {value}", labels.join(",")));
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string doesn't fail.
        let _ = writeln!(self.text, "{line}");
    }
}

/// The samples of a metric that are of the process or what is in it, with their labels.
fn of_process<'a>(
    metric: &Metric,
    figures: &'a Figures,
    labels: &[Label<'a>; 2],
) -> Vec<(Vec<Label<'a>>, f64)> {
    let with = |label: Label<'a>| labels.iter().cloned().chain([label]).collect();
    match metric.of {
        Of::Scrape(_) | Of::Found(_) => Vec::new(),
        Of::About(tell) => {
            let told = tell(figures).into_iter().map(|(label, text)| (label, Cow::Owned(text)));
            vec![(labels.iter().cloned().chain(told).collect(), 1.0)]
        }
        Of::Process(value) => {
            value(figures).map(|value| (labels.to_vec(), value)).into_iter().collect()
        }
        Of::Heap(value) => {
            // Two samples with the same labels would make the whole page invalid.
            let mut names = HashSet::new();
            let heaps = figures.heaps.iter().filter(|heap| names.insert(&heap.name));
            let samples = heaps.filter_map(|heap| {
                let label = ("heap", Cow::Borrowed(heap.name.as_str()));
                Some((with(label), value(heap)?))
            });
            samples.collect()
        }
        Of::Class(value) => {
            let samples = figures.classes.iter().filter_map(|row| {
                let label = ("class", Cow::Borrowed(row.name.as_str()));
                Some((with(label), value(row)?))
            });
            samples.collect()
        }
    }
}

/// The name of the program in a command line. Not more: arguments may be secret, and would make new
/// series all the time.
fn program(command: &str) -> String {
    if let Some(name) = command.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return name.to_owned();
    }
    let first = command.split_whitespace().next().unwrap_or("");
    let name = first.rsplit('/').find(|part| !part.is_empty()).unwrap_or(first);
    // Programs that write their state there: "nginx: worker process".
    name.trim_end_matches(':').to_owned()
}

/// The value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
#[path = "exposition_tests.rs"]
mod tests;
