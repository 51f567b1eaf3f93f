//! What the documents say about data that programs read, compared with what heapmin writes: JSON
//! schemas in `docs/schema`, metrics in `docs/metrics.md` and in the dashboard.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use heapmin_inspect::model::entry::Entry;
use heapmin_inspect::model::map::Map;
use heapmin_inspect::model::outcome::Checked;
use heapmin_inspect::model::snapshot::Snapshot;
use schemars::{Schema, schema_for};
use serde_json::Value;

use crate::cmd::metrics::catalogue::{Kind, METRICS, Metric, Of};
use crate::cmd::min::Done;
use crate::cmd::ps::list::Processes;

/// Writes the schemas anew instead of comparing them.
const RENEW: &str = "HEAPMIN_RENEW";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn schemas_are_those_of_what_is_written() {
    let schemas = [
        ("ps", schema_for!(Processes)),
        ("snapshot", schema_for!(Snapshot)),
        ("map", schema_for!(Map)),
        ("entry", schema_for!(Entry)),
        ("check", schema_for!(Checked)),
        ("min", schema_for!(Done)),
        ("report", schema_for!(heapmin_pages::report::Report)),
        ("profile", schema_for!(heapmin_profile::Profile)),
    ];
    let names: BTreeSet<String> = schemas.iter().map(|(name, _)| format!("{name}.json")).collect();
    let directory = root().join("docs/schema");
    let mut outdated = Vec::new();
    for (name, schema) in &schemas {
        let path = directory.join(format!("{name}.json"));
        let expected = text(schema);
        if std::env::var_os(RENEW).is_some() {
            fs::create_dir_all(&directory).unwrap();
            fs::write(&path, expected).unwrap();
        } else if fs::read_to_string(&path).ok().as_deref() != Some(&expected) {
            outdated.push(format!("docs/schema/{name}.json"));
        }
    }
    let there = fs::read_dir(&directory).unwrap();
    let there: BTreeSet<String> =
        there.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, names, "docs/schema has a file for each schema, and no other");
    assert!(
        outdated.is_empty(),
        "{} no longer describe what heapmin writes. If programs that read it may break, count up \
         SCHEMA in the module of the type. Then renew them:\n  \
         {RENEW}=1 cargo test -p heapmin-cli --bin heapmin documented",
        outdated.join(", ")
    );
}

fn text(schema: &Schema) -> String {
    serde_json::to_string_pretty(schema).unwrap() + "\n"
}

#[test]
fn every_metric_has_its_line_in_the_documents() {
    let page = fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let missing: Vec<String> = METRICS.iter().map(line).filter(|l| !page.contains(l)).collect();
    assert!(missing.is_empty(), "docs/metrics.md lacks these lines:\n{}", missing.concat());
    let known = names();
    for name in mentioned(&page) {
        assert!(known.contains(&name), "docs/metrics.md: there is no metric {name}");
    }
}

/// A metric's line in the table of its kind.
fn line(metric: &Metric) -> String {
    let kind = match metric.kind {
        Kind::Gauge => "gauge",
        Kind::Counter => "counter",
        Kind::Info => "info",
    };
    let labels = match metric.of {
        Of::Scrape(_) => "",
        Of::Found(_) => "`pid`",
        Of::About(_) => "`pid`, `command`, `user`, `version`, `file`",
        Of::Process(_) => "`pid`, `command`",
        Of::Heap(_) => "`pid`, `command`, `heap`",
        Of::Class(_) => "`pid`, `command`, `class`",
    };
    let unit = metric.unit.unwrap_or("");
    format!("| `{}` | {kind} | {unit} | {labels} | {} |\n", metric.full_name(), metric.help)
}

fn names() -> BTreeSet<String> {
    METRICS.iter().map(Metric::full_name).collect()
}

/// All words that look like names of metrics.
fn mentioned(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("heapmin_")).map(str::to_owned).collect()
}

#[test]
fn the_dashboard_shows_metrics_that_there_are() {
    let path = root().join("packaging/grafana/heapmin.json");
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let known = names();
    let mut expressions = Vec::new();
    collect(&dashboard, &mut expressions);
    assert!(expressions.len() > 20, "{expressions:?}");
    let shown: BTreeSet<String> = expressions.iter().flat_map(|text| mentioned(text)).collect();
    for name in &shown {
        assert!(known.contains(name), "the dashboard asks for {name}, which isn't there");
    }
    for metric in METRICS.iter().filter(|metric| !metric.name.contains("_free_")) {
        let name = metric.full_name();
        // What nobody needs a picture of.
        let apart = ["heapmin_live_blocks", "heapmin_heap_live_blocks", "heapmin_class_slabs"];
        if !apart.contains(&name.as_str()) && !shown.contains(&name) {
            panic!("the dashboard doesn't show {name}");
        }
    }
}

/// The values of all `expr` and `query` members.
fn collect(value: &Value, expressions: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "expr" || name == "query" => {
                        expressions.push(text.clone());
                    }
                    member => collect(member, expressions),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|value| collect(value, expressions)),
        _ => {}
    }
}

#[test]
fn panels_of_the_dashboard_have_a_place_of_their_own() {
    let path = root().join("packaging/grafana/heapmin.json");
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    let mut cells = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}: its id is another's");
        let of = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(of("x") + of("w") <= 24, "{title}: wider than the page");
        for x in of("x")..of("x") + of("w") {
            for y in of("y")..of("y") + of("h") {
                assert!(cells.insert((x, y)), "{title}: on top of another");
            }
        }
    }
}
