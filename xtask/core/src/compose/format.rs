//! Owns the small formats that a text has to have at some places: durations, sizes, numbers, truth values. Source: what Docker
//! Compose reads. It must never look at a text with a variable in it.

/// What a text has to be at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `true`, `false` and the words of YAML 1.1.
    Flag,
    /// A Go duration: `1m30s`.
    Duration,
    /// A number of bytes with a unit: `512m`.
    Size,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// `all` or a whole number.
    Count,
    /// `default` or `ID=path`.
    Key,
    /// `KEY=value`.
    Pair,
    /// A host name and an address.
    Host,
}

impl Format {
    /// What to write, in the words of an error message.
    pub(super) fn advice(self) -> (&'static str, &'static str) {
        match self {
            Self::Flag => ("boolean", "write `true` or `false`"),
            Self::Duration => ("duration", "write a number and `h`, `m`, `s` or `ms`, as `1m30s`"),
            Self::Size => ("size", "write a number of bytes, or a number and `k`, `m` or `g`"),
            Self::Whole => ("whole number", "write digits only"),
            Self::Number => ("number", "write digits with at most one point"),
            Self::Count => ("count", "write `all` or digits only"),
            Self::Key => ("key", "write `default` or `ID=PATH`"),
            Self::Pair => ("pair", "write `KEY=value`"),
            Self::Host => ("host", "write `NAME:ADDRESS`"),
        }
    }

    /// Whether Compose reads the text.
    pub(super) fn reads(self, text: &str) -> bool {
        match self {
            Self::Flag => {
                let words = ["true", "false", "y", "yes", "on", "n", "no", "off"];
                words.iter().any(|word| word.eq_ignore_ascii_case(text))
            }
            Self::Duration => is_duration(text),
            Self::Size => is_size(text),
            Self::Whole => text.parse::<i64>().is_ok(),
            Self::Number => text.parse::<f64>().is_ok(),
            Self::Count => text == "all" || Self::Whole.reads(text),
            Self::Key => text == "default" || Self::Pair.reads(text),
            Self::Pair => text.contains('='),
            Self::Host => text.contains([':', '=']),
        }
    }
}

fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let Some(after) = after_number(rest) else { return false };
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        let Some(unit) = units.iter().find(|unit| after.starts_with(**unit)) else { return false };
        rest = after.get(unit.len()..).unwrap_or_default();
    }
    true
}

/// What follows digits with at most one point; at least one digit has to be there.
fn after_number(text: &str) -> Option<&str> {
    let is_digit = |c: char| c.is_ascii_digit();
    let after_whole = text.trim_start_matches(is_digit);
    let after = match after_whole.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(is_digit),
        None => after_whole,
    };
    let number = text.get(..text.len() - after.len())?;
    number.contains(is_digit).then_some(after)
}

fn is_size(text: &str) -> bool {
    let Some(unit) = after_number(text).filter(|_| !text.starts_with('.')) else { return false };
    let unit = unit.strip_prefix(' ').unwrap_or(unit).to_ascii_lowercase();
    let unit = unit.strip_prefix(['k', 'm', 'g', 't', 'p']).unwrap_or(&unit);
    let unit = unit.strip_prefix('i').unwrap_or(unit);
    matches!(unit, "" | "b")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_reads_what_compose_reads() {
        let cases: [(Format, &[&str], &[&str]); 9] = [
            (Format::Flag, &["true", "No", "ON", "y"], &["t", "1", "", "x"]),
            (
                Format::Duration,
                &["5s", "1m30s", "1.5h", "10ms", "3us", "5µs", "-5s", ".5s", "0"],
                &["5", "1d", "1 s", "1h 30m", "1m30", "5S", "", "1e3s", ".s"],
            ),
            (
                Format::Size,
                &["5", "5k", "1.5gb", "5 mb", "1gib", "1GB", "5b", "1.5"],
                &["5x", "1e", "-5", ".5g", "1.2.3k", ""],
            ),
            (Format::Whole, &["5", "-500", "0440"], &["5.0", "x", ""]),
            (Format::Number, &["5", "1.5", ".5", "1e3"], &["x", "1,5", ""]),
            (Format::Count, &["all", "2"], &["any", ""]),
            (Format::Key, &["default", "a=./b"], &["a"]),
            (Format::Pair, &["a=b", "a="], &["a"]),
            (Format::Host, &["a:1.1.1.1", "a=::1"], &["a"]),
        ];
        for (format, right, wrong) in cases {
            right.iter().for_each(|text| assert!(format.reads(text), "{format:?} does not read {text:?}"));
            wrong.iter().for_each(|text| assert!(!format.reads(text), "{format:?} reads {text:?}"));
        }
    }
}
