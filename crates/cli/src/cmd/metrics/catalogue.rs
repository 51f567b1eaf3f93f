//! Every metric: its name, type, unit and meaning, and where its value comes from. docs/metrics.md
//! says the same, which a test watches over.

use heapmin_inspect::model::snapshot::Heap;

use crate::cmd::metrics::collect::{Figures, Found, Row, Scrape};

/// A metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name without the ending that its type asks for.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its unit, with which the name ends.
    pub unit: Option<&'static str>,
    /// Its meaning.
    pub help: &'static str,
    /// Where its values come from, and what they are of.
    pub of: Of,
}

/// A type of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only goes up. Its name ends in `_total`.
    Counter,
    /// Is always 1; its labels tell something. Its name ends in `_info`.
    Info,
}

/// What a metric is of; its labels follow from that.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// Of the reading itself: no labels.
    Scrape(fn(&Scrape) -> f64),
    /// Of a process, whether it can be read or not: `pid`.
    Found(fn(&Found) -> f64),
    /// Of a process: `pid`, `command`, and labels that tell about it.
    About(fn(&Figures) -> Vec<(&'static str, String)>),
    /// Of a process: `pid`, `command`.
    Process(fn(&Figures) -> Option<f64>),
    /// Of a heap: `pid`, `command`, `heap`.
    Heap(fn(&Heap) -> Option<f64>),
    /// Of a size class: `pid`, `command`, `class`.
    Class(fn(&Row) -> Option<f64>),
}

impl Metric {
    /// The name of its samples.
    pub fn full_name(&self) -> String {
        let ending = match self.kind {
            Kind::Gauge => "",
            Kind::Counter => "_total",
            Kind::Info => "_info",
        };
        format!("{}{ending}", self.name)
    }
}

/// As far as people count, exact: up to 2^53.
fn number(n: u64) -> Option<f64> {
    Some(n as f64)
}

const fn gauge(
    name: &'static str,
    unit: Option<&'static str>,
    help: &'static str,
    of: Of,
) -> Metric {
    Metric { name, kind: Kind::Gauge, unit, help, of }
}

const fn counter(
    name: &'static str,
    unit: Option<&'static str>,
    help: &'static str,
    of: Of,
) -> Metric {
    Metric { name, kind: Kind::Counter, unit, help, of }
}

const BYTES: Option<&str> = Some("bytes");
const BLOCKS: Option<&str> = Some("blocks");

/// All of them, in the order in which they are written.
pub const METRICS: &[Metric] = &[
    gauge(
        "heapmin_processes",
        None,
        "Processes that were read.",
        Of::Scrape(|scrape| {
            scrape.found.iter().filter(|found| found.figures.is_some()).count() as f64
        }),
    ),
    gauge(
        "heapmin_scrape_duration_seconds",
        Some("seconds"),
        "How long reading all processes took.",
        Of::Scrape(|scrape| scrape.took.as_secs_f64()),
    ),
    gauge(
        "heapmin_up",
        None,
        "Whether the process can be read: 1, or 0.",
        Of::Found(|found| f64::from(u8::from(found.figures.is_some()))),
    ),
    Metric {
        name: "heapmin_process",
        kind: Kind::Info,
        unit: None,
        help: "The process: its user, the version of its heap, and the file that the heap is in.",
        of: Of::About(|figures| {
            let process = &figures.process;
            vec![
                ("user", process.user.clone()),
                ("version", process.engine.clone()),
                ("file", process.file.clone()),
            ]
        }),
    },
    gauge(
        "heapmin_live_bytes",
        BYTES,
        "Bytes in live blocks.",
        Of::Process(|figures| number(figures.totals.live_bytes)),
    ),
    gauge(
        "heapmin_live_blocks",
        BLOCKS,
        "Live blocks.",
        Of::Process(|figures| number(figures.totals.live_blocks)),
    ),
    gauge(
        "heapmin_resident_bytes",
        BYTES,
        "Bytes of the heaps that are in memory, with what they need themselves.",
        Of::Process(|figures| number(figures.totals.resident_bytes)),
    ),
    gauge(
        "heapmin_reclaimable_bytes",
        BYTES,
        "Bytes that a trim would give back at once: resident pages without a live block.",
        Of::Process(|figures| number(figures.totals.reclaimable_bytes)),
    ),
    gauge(
        "heapmin_fragmented_bytes",
        BYTES,
        "Bytes of free blocks that share a page with live ones.",
        Of::Process(|figures| number(figures.totals.fragmented_bytes)),
    ),
    gauge(
        "heapmin_metadata_bytes",
        BYTES,
        "Bytes that the heap needs itself: tables, caches, records.",
        Of::Process(|figures| number(figures.totals.metadata_bytes)),
    ),
    gauge(
        "heapmin_committed_bytes",
        BYTES,
        "Bytes that heaps have taken from the window, in memory or not.",
        Of::Process(|figures| number(figures.totals.committed_bytes)),
    ),
    gauge(
        "heapmin_free_dirty_bytes",
        BYTES,
        "Bytes in free spans that may still be in memory.",
        Of::Process(|figures| number(figures.totals.free_dirty_bytes)),
    ),
    gauge(
        "heapmin_free_clean_bytes",
        BYTES,
        "Bytes in free spans that take no memory.",
        Of::Process(|figures| number(figures.totals.free_clean_bytes)),
    ),
    gauge(
        "heapmin_huge_page_bytes",
        BYTES,
        "Bytes of the heaps in huge pages, where the system tells.",
        Of::Process(|figures| figures.totals.huge_page_bytes.and_then(number)),
    ),
    gauge(
        "heapmin_process_resident_bytes",
        BYTES,
        "Resident bytes of the whole process, as the system counts them.",
        Of::Process(|figures| number(figures.totals.process_resident_bytes)),
    ),
    gauge(
        "heapmin_process_threads",
        Some("threads"),
        "Threads of the process.",
        Of::Process(|figures| number(u64::from(figures.process.threads))),
    ),
    gauge(
        "heapmin_process_heaps",
        Some("heaps"),
        "Heaps of the process; with --heaps, --classes or PIDs.",
        Of::Process(|figures| figures.heap_count.and_then(|count| number(count as u64))),
    ),
    counter(
        "heapmin_returned_bytes",
        BYTES,
        "Bytes given back to the system so far.",
        Of::Process(|figures| number(figures.totals.returned_bytes)),
    ),
    counter(
        "heapmin_allocations",
        None,
        "Allocations so far, nearly.",
        Of::Process(|figures| number(figures.totals.allocations)),
    ),
    gauge(
        "heapmin_heap_live_bytes",
        BYTES,
        "Bytes in live blocks of the heap.",
        Of::Heap(|heap| number(heap.live_bytes)),
    ),
    gauge(
        "heapmin_heap_live_blocks",
        BLOCKS,
        "Live blocks of the heap.",
        Of::Heap(|heap| number(heap.live_blocks)),
    ),
    gauge(
        "heapmin_heap_committed_bytes",
        BYTES,
        "Bytes that the heap has taken from the window.",
        Of::Heap(|heap| number(heap.committed_bytes)),
    ),
    gauge(
        "heapmin_heap_resident_bytes",
        BYTES,
        "Bytes of the heap that are in memory.",
        Of::Heap(|heap| number(heap.resident_bytes)),
    ),
    gauge(
        "heapmin_heap_reclaimable_bytes",
        BYTES,
        "Bytes that a trim of the heap would give back.",
        Of::Heap(|heap| number(heap.reclaimable_bytes)),
    ),
    gauge(
        "heapmin_heap_fragmented_bytes",
        BYTES,
        "Bytes of the heap's free blocks that share a page with live ones.",
        Of::Heap(|heap| number(heap.fragmented_bytes)),
    ),
    gauge(
        "heapmin_heap_maximum_bytes",
        BYTES,
        "Most bytes that the heap may take, where that is limited.",
        Of::Heap(|heap| heap.maximum_bytes.and_then(number)),
    ),
    counter(
        "heapmin_heap_allocations",
        None,
        "Allocations in the heap so far, nearly.",
        Of::Heap(|heap| number(heap.allocations)),
    ),
    gauge(
        "heapmin_class_live_bytes",
        BYTES,
        "Bytes in live blocks of the size class.",
        Of::Class(|row| number(row.live_bytes)),
    ),
    gauge(
        "heapmin_class_live_blocks",
        BLOCKS,
        "Live blocks of the size class.",
        Of::Class(|row| number(row.live_blocks)),
    ),
    gauge(
        "heapmin_class_capacity_blocks",
        BLOCKS,
        "Blocks that fit into the slabs of the size class.",
        Of::Class(|row| row.capacity_blocks.and_then(number)),
    ),
    gauge(
        "heapmin_class_slabs",
        Some("slabs"),
        "Slabs of the size class, of 64 KiB each.",
        Of::Class(|row| row.slabs.and_then(number)),
    ),
    gauge(
        "heapmin_class_resident_bytes",
        BYTES,
        "Bytes of the size class that are in memory.",
        Of::Class(|row| number(row.resident_bytes)),
    ),
    counter(
        "heapmin_class_allocations",
        None,
        "Allocations in the size class so far, nearly.",
        Of::Class(|row| number(row.allocations)),
    ),
];
