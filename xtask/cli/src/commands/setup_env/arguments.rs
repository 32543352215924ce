//! What is said of wrong arguments. Never shows one that is no name of an option: it may be part of a secret.

use bundle_format::setup::Refusal;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use release_edge::failure::Failure;
use release_edge::settings::refused;

use super::COMMAND;

/// What clap refused, in the words of `setup-env.sh`.
pub fn refused_arguments(error: &clap::Error) -> Failure {
    refused(&Refusal::Usage(wrong(error)), COMMAND)
}

fn wrong(error: &clap::Error) -> String {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    match (error.kind(), option(argument)) {
        (ErrorKind::UnknownArgument, Some(option)) => format!("`{option}` is no option"),
        (ErrorKind::TooManyValues, Some(option)) => format!("`{option}` takes no value"),
        (ErrorKind::ArgumentConflict, Some(option)) => format!("`{option}` is given more than once"),
        // The argument is shown with what it needs, as in `--set <NAME=VALUE>`.
        (ErrorKind::InvalidValue, Some(option)) => format!("`{option}` needs {}", needed(argument)),
        (ErrorKind::InvalidUtf8, _) => "an argument is not UTF-8".to_owned(),
        _ => "an argument is no option; a value with spaces needs quotes around it".to_owned(),
    }
}

/// The name of an option at the start of an argument.
fn option(argument: &str) -> Option<&str> {
    let name = argument.split(['=', ' ']).next().unwrap_or_default();
    let long =
        name.strip_prefix("--").is_some_and(|rest| rest.bytes().all(|it| matches!(it, b'a'..=b'z' | b'-')));
    let short = matches!(name.as_bytes(), [b'-', letter] if letter.is_ascii_alphabetic());
    (long || short).then_some(name)
}

fn needed(argument: &str) -> String {
    let value = argument.split_once('<').map_or("a value", |(_, value)| value.trim_end_matches('>'));
    value.replace('|', " or ")
}
