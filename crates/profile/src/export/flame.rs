//! A flame graph as SVG, with search and zoom.

use crate::profile::{Measure, Profile};
use inferno::flamegraph::{self, Options};
use std::fmt;

/// Why there is no flame graph.
#[derive(Debug)]
pub enum FlameError {
    /// No stack has bytes of the measure.
    Empty(Measure),
    /// Drawing failed.
    Drawing(String),
}

impl fmt::Display for FlameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(measure) => write!(
                f,
                "there is nothing to draw: no sample counts among the {}; record longer, or sample \
                 more often",
                measure.title()
            ),
            Self::Drawing(why) => write!(f, "the flame graph can't be drawn: {why}"),
        }
    }
}

impl std::error::Error for FlameError {}

impl Profile {
    /// A flame graph, its frames as wide as their bytes.
    pub fn flame_graph(&self, measure: Measure) -> Result<String, FlameError> {
        let collapsed = self.to_collapsed(measure);
        if collapsed.is_empty() {
            return Err(FlameError::Empty(measure));
        }
        let mut options = Options::default();
        options.title = format!("{}: {}", self.command, measure.title());
        options.subtitle = Some(format!("by {} samples", self.samples));
        options.count_name = "bytes".to_owned();
        let mut svg = Vec::new();
        flamegraph::from_lines(&mut options, collapsed.lines(), &mut svg)
            .map_err(|error| FlameError::Drawing(error.to_string()))?;
        String::from_utf8(svg).map_err(|error| FlameError::Drawing(error.to_string()))
    }
}
