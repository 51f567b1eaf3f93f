//! Colour or not, and which characters there are.
//!
//! Colours are the first eight of a terminal's sixteen, as its user has set them. Without colour
//! there is bold, faint and reverse.

use std::borrow::Cow;

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use crate::output::visible::visible;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Whether there is colour.
    pub colour: bool,
    /// Whether the terminal shows Unicode: its locale is a UTF-8 one.
    pub unicode: bool,
}

/// Whether a locale with these values of `LC_ALL`, `LC_CTYPE` and `LANG` has UTF-8: the first that
/// is set and not empty says so.
pub fn is_utf8(variables: [Option<String>; 3]) -> bool {
    let locale = variables.into_iter().flatten().find(|value| !value.is_empty());
    locale.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

impl Look {
    /// Text of others, such as a command line, as this terminal can show it.
    pub fn text(self, text: &str) -> Cow<'_, str> {
        let text = visible(text);
        if self.unicode || text.is_ascii() {
            return text;
        }
        text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
    }

    /// One of two.
    pub fn either<T>(self, unicode: T, ascii: T) -> T {
        if self.unicode { unicode } else { ascii }
    }

    /// Lines around boxes.
    pub fn border(self) -> border::Set<'static> {
        self.either(border::PLAIN, ASCII_BORDER)
    }

    /// The title line.
    pub fn title(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    /// What is marked.
    pub fn marked(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Headings.
    pub fn heading(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What explains.
    pub fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What live blocks take.
    pub fn live(self) -> Style {
        self.coloured(Color::Green, Modifier::empty())
    }

    /// What else is in memory.
    pub fn resident(self) -> Style {
        self.coloured(Color::Blue, Modifier::empty())
    }

    /// The upper part of a cell is something else than the lower one, which has this style.
    pub fn above(self, lower: Style, upper: Style) -> Style {
        match upper.fg {
            Some(colour) => lower.bg(colour),
            None => lower,
        }
    }

    /// What could go back.
    pub fn waste(self) -> Style {
        self.coloured(Color::Yellow, Modifier::empty())
    }

    /// What to look at.
    pub fn warning(self) -> Style {
        self.coloured(Color::Yellow, Modifier::BOLD)
    }

    /// What went wrong.
    pub fn bad(self) -> Style {
        self.coloured(Color::Red, Modifier::BOLD)
    }

    fn coloured(self, colour: Color, otherwise: Modifier) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new().add_modifier(otherwise) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf8(values: [&str; 3]) -> bool {
        is_utf8(values.map(|value| (value != "-").then(|| value.to_owned())))
    }

    #[test]
    fn the_first_variable_that_says_something_counts() {
        assert!(utf8(["-", "-", "en_US.UTF-8"]));
        assert!(utf8(["C.utf8", "C", "C"]));
        assert!(utf8(["", "", "de_DE.utf8"]));
        assert!(!utf8(["C", "en_US.UTF-8", "en_US.UTF-8"]));
        assert!(!utf8(["-", "-", "-"]));
        assert!(!utf8(["-", "POSIX", "C.UTF-8"]));
    }

    #[test]
    fn foreign_text_is_harmless_and_as_the_locale_can_show_it() {
        let look = |unicode| Look { colour: true, unicode };
        assert_eq!(look(true).text("grün\u{1b}["), "grün\\x1b[");
        assert_eq!(look(false).text("grün"), "gr?n");
    }

    #[test]
    fn without_colour_no_style_has_one() {
        let look = Look { colour: false, unicode: true };
        for style in [look.live(), look.resident(), look.waste(), look.warning(), look.bad()] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        assert_eq!(look.above(look.live(), look.resident()).bg, None);
    }
}
