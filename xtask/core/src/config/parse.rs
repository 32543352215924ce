//! Reads configuration files: text to typed values, with every mistake of every file at once. Never reads a file itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::environment::environment;
use super::shape::{self, Shape};
use super::validate::{self, Rule};
use super::{ConfigError, Configuration, paths, schema};
use crate::facts::SourceFile;
use crate::yaml::located::{self, Locations, Place, Problem};

/// The texts of the configuration files, by their paths from the root of the repository.
pub type Sources = BTreeMap<String, String>;

impl Configuration {
    /// Reads and judges the whole configuration among the files of a commit or a working tree.
    ///
    /// # Errors
    /// As [`Self::parse`], and where a file is no text.
    pub fn of_files(files: &BTreeMap<String, SourceFile>) -> Result<Self, Vec<ConfigError>> {
        let mut no_text = Vec::new();
        for file in [paths::RELEASE, paths::BUNDLES, paths::ENVIRONMENT, paths::COMPATIBILITY, paths::LOCKS] {
            let wrong = files.get(file).and_then(|found| found.content.first_wrong_byte());
            no_text.extend(wrong.map(|wrong| {
                let place = Place { line: wrong.line, column: 1 };
                ConfigError::at(
                    file,
                    place,
                    "",
                    format!("the file is {wrong}"),
                    "save it as UTF-8".to_owned(),
                )
            }));
        }
        let text =
            |(path, file): (&String, &SourceFile)| Some((path.clone(), file.content.as_text()?.to_owned()));
        Self::parse(&files.iter().filter_map(text).collect()).map_err(|mut errors| {
            // What is no text is there, and not missing.
            errors.retain(|error| !no_text.iter().any(|told: &ConfigError| told.file == error.file));
            errors.append(&mut no_text);
            errors
        })
    }

    /// Reads and judges the whole configuration.
    ///
    /// # Errors
    /// Every mistake of every file, in the order of files and lines.
    pub fn parse(sources: &Sources) -> Result<Self, Vec<ConfigError>> {
        let mut errors = Vec::new();
        let release = one(sources, paths::RELEASE, validate::RELEASE, &mut errors);
        let bundles = one(sources, paths::BUNDLES, validate::BUNDLES, &mut errors);
        let environment = environment(sources).map_err(|mut found| errors.append(&mut found)).ok();
        let compatibility = sources
            .contains_key(paths::COMPATIBILITY)
            .then(|| one(sources, paths::COMPATIBILITY, validate::COMPATIBILITY, &mut errors))
            .flatten();
        let locks = sources
            .contains_key(paths::LOCKS)
            .then(|| one(sources, paths::LOCKS, validate::LOCKS, &mut errors))
            .flatten();
        match (release, bundles, environment) {
            (Some(release), Some(bundles), Some(environment)) if errors.is_empty() => {
                Ok(Self { release, bundles, environment, compatibility, locks })
            }
            _ => Err(errors),
        }
    }
}

/// Reads one file of the configuration: its shape first, then, as far as the shape allows, by the rules.
fn one<T: DeserializeOwned + JsonSchema>(
    sources: &Sources,
    file: &str,
    rules: &[Rule<T>],
    errors: &mut Vec<ConfigError>,
) -> Option<T> {
    let Some(text) = sources.get(file) else {
        let right = "write it, and commit it".to_owned();
        errors.push(ConfigError::at(file, Place::default(), "", "the file is missing".to_owned(), right));
        return None;
    };
    let Reading { value, shape, locations } = match typed::<T>(file, text) {
        Ok(reading) => reading,
        Err(mut found) => {
            errors.append(&mut found);
            return None;
        }
    };
    let mut found = shape.errors;
    let judged = rules.iter().filter(|rule| !rule.reads.iter().any(|key| shape.broken.contains(*key)));
    for violation in judged.flat_map(|rule| rule.violations(&value)) {
        let place = locations.of(&violation.key);
        found.push(ConfigError::at(file, place, &violation.key, violation.wrong, violation.right));
    }
    found.sort();
    errors.append(&mut found);
    Some(value)
}

/// Reads one file into a type by the JSON Schema of that type, without rules of its own. `file` only names it in errors.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn parse_located<T: DeserializeOwned + JsonSchema>(
    file: &str,
    text: &str,
) -> Result<(T, Locations), Vec<ConfigError>> {
    let Reading { value, shape, locations } = typed(file, text)?;
    if shape.errors.is_empty() { Ok((value, locations)) } else { Err(shape.errors) }
}

/// A file that could be read, if only with stand-ins for what is missing or wrong.
struct Reading<T> {
    value: T,
    shape: Shape,
    locations: Locations,
}

fn typed<T: DeserializeOwned + JsonSchema>(file: &str, text: &str) -> Result<Reading<T>, Vec<ConfigError>> {
    let root = located::read(text).map_err(|problems| {
        let mut errors: Vec<_> = problems.into_iter().map(|problem| located(file, problem)).collect();
        errors.sort();
        errors
    })?;
    let locations = Locations::in_tree(&root);
    let mut shape = shape::compare(file, &root, schema::of::<T>().as_value());
    match serde_path_to_error::deserialize(&shape.repaired) {
        Ok(value) => Ok(Reading { value, shape, locations }),
        Err(error) => {
            // A rule of the type that its schema does not say. Stand-ins may break one, and are not the reader's fault.
            let key = error.path().to_string();
            let top = key.split(['.', '[']).next().unwrap_or_default();
            if shape.errors.is_empty() || !shape.broken.contains(top) {
                let right = "correct the value".to_owned();
                let wrong = error.inner().to_string();
                shape.errors.push(ConfigError::at(file, locations.of(&key), &key, wrong, right));
                shape.errors.sort();
            }
            Err(shape.errors)
        }
    }
}

fn located(file: &str, problem: Problem) -> ConfigError {
    ConfigError::at(file, problem.place, &problem.key, problem.wrong, problem.right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Tag;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        /// A type with a rule that its schema does not say.
        #[schemars(with = "String")]
        tag: Tag,
        #[serde(default)]
        names: Vec<String>,
    }

    #[test]
    fn a_file_is_read_into_any_type_with_a_schema() {
        let (sample, locations) =
            parse_located::<Sample>("s.yaml", "tag: v1.0.0\nnames:\n  - a\n").expect("is right");
        assert_eq!((sample.tag.to_string().as_str(), sample.names), ("v1.0.0", vec!["a".to_owned()]));
        assert_eq!(locations.of("names[0]"), Place { line: 3, column: 5 });
    }

    #[test]
    fn a_value_that_only_the_type_refuses_is_named_with_its_place() {
        let errors = parse_located::<Sample>("s.yaml", "names: []\ntag: 1.0.0\n").expect_err("is wrong");
        let text: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(text.len(), 1);
        assert!(text[0].starts_with("s.yaml:2:6: tag: `1.0.0` is not a version tag"), "{}", text[0]);
    }

    #[test]
    fn a_stand_in_is_never_blamed() {
        let errors = parse_located::<Sample>("s.yaml", "names: []\n").expect_err("is wrong");
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].wrong, "is missing");
    }

    #[test]
    fn mistakes_of_all_files_are_named_at_once() {
        let sources = [
            (paths::RELEASE, "format: 2\nx: 1\n"),
            (paths::BUNDLES, "format: 1\nvariants: []\n"),
            (paths::ENVIRONMENT, "format: 1\nsections: []\nvariables: []\ny: 1\n"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()));
        let errors = Configuration::parse(&sources.into()).expect_err("is wrong");
        let named: Vec<_> = errors.iter().map(|error| (error.file.as_str(), error.key.as_str())).collect();
        let release = ["product", "repository", "version", "format", "x"].map(|key| (paths::RELEASE, key));
        assert_eq!(
            named,
            [release.as_slice(), &[(paths::BUNDLES, "variants"), (paths::ENVIRONMENT, "y")]].concat()
        );
    }

    #[test]
    fn missing_files_are_all_named() {
        let errors = Configuration::parse(&Sources::new()).expect_err("is wrong");
        let files: Vec<_> = errors.iter().map(|error| error.file.as_str()).collect();
        assert_eq!(files, [paths::RELEASE, paths::BUNDLES, paths::ENVIRONMENT]);
    }

    #[test]
    fn a_file_that_is_no_text_is_called_that_with_the_place_and_not_missing() {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(b"format: 1\nproduct: caf\xe9\n");
        let content = crate::facts::Content::Base64(encoded);
        let files = [(paths::RELEASE.to_owned(), SourceFile { content, executable: false })].into();
        let errors = Configuration::of_files(&files).expect_err("is wrong");
        let told: Vec<_> = errors.iter().filter(|error| error.file == paths::RELEASE).collect();
        assert_eq!(told.len(), 1);
        assert_eq!(
            told[0].to_string(),
            "config/release.yaml:2:1: the file is not UTF-8 text: byte 22 on line 2 begins no character; save it as UTF-8"
        );
    }

    const VALID: &str = include_str!("../../tests/config/valid/release-full.yaml");

    proptest::proptest! {
        /// Whatever is torn out of a file or put into it: each mistake has a place in the file, and none is silent.
        #[test]
        fn a_torn_file_is_read_or_explained(from in 0..VALID.len(), length in 0..40usize, put in "[a-z:{}\\[\\] \n\"'*&-]{0,6}") {
            let end = (from + length).min(VALID.len());
            let text = format!("{}{put}{}", &VALID[..from], &VALID[end..]);
            let lines = u32::try_from(text.lines().count()).expect("is small") + 1;
            if let Err(errors) = parse_located::<crate::config::ReleaseConfig>("f", &text) {
                assert!(!errors.is_empty());
                for error in errors {
                    assert!(error.line <= lines && !error.wrong.is_empty() && !error.right.is_empty(), "{error}");
                }
            }
        }
    }
}
