//! Filters that Jinja2 has and the engine lacks or does otherwise. Each does what Jinja2's documentation and behaviour say, proven by
//! comparison. Never does more than that: a template that renders here renders there.
//! Source: Jinja2's Template Designer Documentation, "List of Builtin Filters".

use std::collections::BTreeMap;

use minijinja::value::{Kwargs, StringInput, ValueKind};
use minijinja::{Environment, Error, Value};

/// Adds them to an engine.
pub(super) fn add(engine: &mut Environment<'_>) {
    engine.add_filter("indent", indent);
    engine.add_filter("replace", replace);
    engine.add_filter("center", |text: StringInput<'_>, width: Option<usize>| {
        center(text.as_str(), width.unwrap_or(80), ' ')
    });
    engine.add_filter("truncate", truncate);
    engine.add_filter("wordcount", |text: StringInput<'_>| words(text.as_str()));
    engine.add_filter("tojson", |value: &Value, indent: Option<Value>, named: Kwargs| {
        minijinja::filters::tojson(&by_keys(value)?, indent, named)
    });
    engine.add_filter("striptags", minijinja_contrib::filters::striptags);
}

/// An argument by its place, else by its name, else what it usually is.
fn argument<T>(placed: Option<T>, named: &Kwargs, name: &str, usual: T) -> Result<T, Error>
where
    T: for<'a> minijinja::value::ArgType<'a, Output = T>,
{
    match placed {
        Some(value) => Ok(value),
        None => Ok(named.get::<Option<T>>(name)?.unwrap_or(usual)),
    }
}

/// Unlike the engine's, keeps an empty last line.
fn indent(
    text: StringInput<'_>,
    width: Option<usize>,
    first: Option<bool>,
    blank: Option<bool>,
    named: Kwargs,
) -> Result<String, Error> {
    let by = " ".repeat(argument(width, &named, "width", 4)?);
    let first = argument(first, &named, "first", false)?;
    let blank = argument(blank, &named, "blank", false)?;
    named.assert_all_used()?;
    let mut out = String::with_capacity(text.as_str().len());
    for (number, line) in text.as_str().split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let wanted = if number == 0 { first } else { blank || !line.is_empty() };
        if wanted {
            out.push_str(&by);
        }
        out.push_str(line);
    }
    Ok(out)
}

/// Takes how often at most, too.
fn replace(
    text: StringInput<'_>,
    from: StringInput<'_>,
    to: StringInput<'_>,
    count: Option<usize>,
) -> String {
    match count {
        Some(count) => text.as_str().replacen(from.as_str(), to.as_str(), count),
        None => text.as_str().replace(from.as_str(), to.as_str()),
    }
}

/// Cuts a text that is longer than `length` and `leeway` together, at a word's end unless words may be cut.
fn truncate(
    text: StringInput<'_>,
    length: Option<usize>,
    kill_words: Option<bool>,
    end: Option<String>,
    named: Kwargs,
) -> Result<String, Error> {
    let length = argument(length, &named, "length", 255)?;
    let kill_words = argument(kill_words, &named, "killwords", false)?;
    let end = argument(end, &named, "end", "...".to_owned())?;
    let leeway = argument(None, &named, "leeway", 5)?;
    named.assert_all_used()?;
    let text = text.as_str();
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(text.to_owned());
    }
    let kept: String = text.chars().take(length.saturating_sub(end.chars().count())).collect();
    let kept = match kept.rsplit_once(' ') {
        Some((whole, _)) if !kill_words => whole,
        _ => kept.as_str(),
    };
    Ok(format!("{kept}{end}"))
}

/// A value whose maps are in the order of their keys, which is how Jinja2 writes them as JSON.
fn by_keys(value: &Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Map => {
            let pair = |key: Value| Ok((key.clone(), by_keys(&value.get_item(&key)?)?));
            let sorted: Result<BTreeMap<Value, Value>, Error> = value.try_iter()?.map(pair).collect();
            Ok(sorted?.into())
        }
        ValueKind::Seq | ValueKind::Iterable => value.try_iter()?.map(|item| by_keys(&item)).collect(),
        _ => Ok(value.clone()),
    }
}

fn words(text: &str) -> usize {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
        .count()
}

/// A text in the middle of so many characters. Where they do not come out even, the right has one more, but for an odd width and an
/// odd rest, as in Python.
pub(super) fn center(text: &str, width: usize, fill: char) -> String {
    let rest = width.saturating_sub(text.chars().count());
    let left = rest / 2 + (rest & width & 1);
    let fill = |times: usize| std::iter::repeat_n(fill, times);
    fill(left).chain(text.chars()).chain(fill(rest - left)).collect()
}
