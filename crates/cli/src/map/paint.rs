//! Cells as characters, with colour or without.
//!
//! With colour two cells stand one above the other in a character: the upper one is its foreground,
//! the lower one its background.

use super::cell::Look;

/// Which colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// None: a character a cell.
    None,
    /// The 16 that every terminal has.
    Sixteen,
    /// 256.
    Many,
}

/// What ends all colour.
pub const RESET: &str = "\x1b[0m";

/// Live shares without colour.
const SHARES: [char; 9] = ['.', ':', '-', '=', '+', '*', '#', '%', '@'];
/// Live shares in slabs and in large blocks, of 256 colours.
const SLAB: [u8; 9] = [18, 19, 25, 31, 37, 43, 79, 150, 229];
const LARGE: [u8; 9] = [53, 54, 55, 91, 97, 134, 140, 177, 183];
/// The same of 16.
const FEW_SLAB: [u8; 9] = [4, 4, 4, 6, 6, 6, 14, 14, 15];
const FEW_LARGE: [u8; 9] = [5, 5, 5, 5, 5, 13, 13, 13, 13];

impl Colours {
    /// Those of the terminal.
    pub fn of(on: bool, term: &str, colorterm: &str) -> Self {
        match on {
            false => Self::None,
            true if term.contains("256") || !colorterm.is_empty() => Self::Many,
            true => Self::Sixteen,
        }
    }

    /// Cells one above the other in a row of characters.
    pub fn layers(self) -> u64 {
        if self == Self::None { 1 } else { 2 }
    }

    /// A row of characters.
    pub fn row(self, looks: &[Look]) -> String {
        if self == Self::None {
            let text: String = looks.iter().map(|&look| character(look)).collect();
            return text.trim_end().to_owned();
        }
        let (upper, lower) = looks.split_at(looks.len() / 2);
        let mut text = String::new();
        let mut before = None;
        for (&upper, &lower) in upper.iter().zip(lower) {
            let colours = (self.number(upper), self.number(lower));
            if before != Some(colours) {
                text.push_str(&format!(
                    "\x1b[{};{}m",
                    self.code(colours.0, 0),
                    self.code(colours.1, 10)
                ));
                before = Some(colours);
            }
            text.push('▀');
        }
        text.push_str(RESET);
        text
    }

    /// A sample of a look for the legend.
    pub fn sample(self, look: Look) -> String {
        match self {
            Self::None => format!("'{}'", character(look)),
            _ => format!("\x1b[{}m██{RESET}", self.code(self.number(look), 0)),
        }
    }

    /// Text that matters less.
    pub fn soft(self, text: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::Sixteen => format!("\x1b[2m{text}{RESET}"),
            Self::Many => format!("\x1b[38;5;245m{text}{RESET}"),
        }
    }

    /// Text that matters more.
    pub fn strong(self, text: &str) -> String {
        if self == Self::None { text.to_owned() } else { format!("\x1b[1m{text}{RESET}") }
    }

    /// The mark of a huge page.
    pub fn huge(self) -> String {
        match self {
            Self::None => "H".to_owned(),
            Self::Sixteen => format!("\x1b[33mH{RESET}"),
            Self::Many => format!("\x1b[38;5;220mH{RESET}"),
        }
    }

    fn number(self, look: Look) -> u8 {
        let many = self == Self::Many;
        match look {
            Look::Nothing => {
                if many {
                    232
                } else {
                    0
                }
            }
            Look::Unused => {
                if many {
                    234
                } else {
                    0
                }
            }
            Look::Returned => {
                if many {
                    238
                } else {
                    8
                }
            }
            Look::Other => {
                if many {
                    236
                } else {
                    0
                }
            }
            Look::Idle => {
                if many {
                    208
                } else {
                    3
                }
            }
            Look::Own => {
                if many {
                    246
                } else {
                    7
                }
            }
            Look::Absent => {
                if many {
                    60
                } else {
                    12
                }
            }
            Look::Live(level, large) => {
                let ramps = if many { [SLAB, LARGE] } else { [FEW_SLAB, FEW_LARGE] };
                ramps[usize::from(large)][usize::from(level.clamp(1, 9)) - 1]
            }
        }
    }

    /// The number in an escape sequence; `shift` 10: of the background.
    fn code(self, number: u8, shift: u8) -> String {
        match (self, number) {
            (Self::Many, _) => format!("{};5;{number}", 38 + shift),
            (_, 0..8) => (30 + shift + number).to_string(),
            _ => (90 + shift + number - 8).to_string(),
        }
    }
}

/// What a cell is without colour.
fn character(look: Look) -> char {
    match look {
        Look::Nothing | Look::Unused => ' ',
        Look::Returned => '_',
        Look::Other => ',',
        Look::Idle => 'o',
        Look::Own => '&',
        Look::Absent => '~',
        Look::Live(level, _) => SHARES[usize::from(level.clamp(1, 9)) - 1],
    }
}
