//! Whether there is colour.

use std::io::IsTerminal;

use clap::ValueEnum;

/// When there is colour, as typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The option, to be flattened into a command's arguments.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Colour {
    /// Whether to use colour; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true)]
    pub color: When,
}

impl Colour {
    /// Whether standard output gets colour.
    pub fn on(self) -> bool {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        decide(self.color, no_colour || dumb, std::io::stdout().is_terminal())
    }
}

fn decide(when: When, refused: bool, terminal: bool) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal && !refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_comes_before_the_environment() {
        assert!(decide(When::Always, true, false));
        assert!(!decide(When::Never, false, true));
        assert!(decide(When::Auto, false, true));
        assert!(!decide(When::Auto, true, true));
        assert!(!decide(When::Auto, false, false));
    }
}
