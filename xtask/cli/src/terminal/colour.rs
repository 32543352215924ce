//! Whether and how text is coloured: only on a terminal, and never where NO_COLOR says no (<https://no-color.org>).

use std::io::IsTerminal as _;

/// A colour with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// It went well.
    Good,
    /// It stops the release.
    Bad,
    /// Worth a look.
    Warning,
    /// A heading.
    Strong,
    /// Of less interest.
    Faint,
}

/// Colours, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    coloured: bool,
}

impl Palette {
    /// For standard error, where everything but results goes.
    #[must_use]
    pub fn of_stderr() -> Self {
        Self { coloured: allowed() && std::io::stderr().is_terminal() }
    }

    /// For standard output.
    #[must_use]
    pub fn of_stdout() -> Self {
        Self { coloured: allowed() && std::io::stdout().is_terminal() }
    }

    /// Paints a text.
    #[must_use]
    pub fn paint(self, colour: Colour, text: &str) -> String {
        if !self.coloured {
            return text.to_owned();
        }
        let code = match colour {
            Colour::Good => "32",
            Colour::Bad => "31;1",
            Colour::Warning => "33",
            Colour::Strong => "1",
            Colour::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

fn allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|value| value != "dumb")
}
