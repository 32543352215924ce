//! Where secrets come from, and that they are evenly spread.

use std::collections::BTreeMap;

use bundle_format::contract::{Generator, Kind};
use rand_bytes::bytes;

use super::DOMAIN;
use super::scene::{CONTRACT, Scene, contract, dash_with_awk, each_script, each_shell, script};

/// The operating system's bytes for the tests themselves.
mod rand_bytes {
    use std::io::Read as _;

    pub(super) fn bytes(count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
        bytes
    }
}

const COUNT: usize = 100;
const LENGTH: usize = 512;

/// Many long secrets of one form.
fn many(generate: &str) -> String {
    let variable = |at: usize| {
        format!(
            r#"{{"name": "S{at}", "section": "a", "description": "d", "kind": {{"type": "secret", "generate": {generate}}}}}"#
        )
    };
    let variables: Vec<String> = (0..COUNT).map(variable).collect();
    format!(
        r#"{{"format": 1, "sections": [{{"id": "a", "title": "A"}}], "variables": [{}]}}"#,
        variables.join(",")
    )
}

/// Pearson's statistic of how often each letter stands at the places of a class, against all being equally likely.
fn chi_square(texts: &[String], alphabet: usize, classes: usize, class: usize) -> f64 {
    let mut counts: BTreeMap<char, f64> = BTreeMap::new();
    let mut total = 0.0;
    for text in texts {
        for letter in text.chars().skip(class).step_by(classes) {
            *counts.entry(letter).or_default() += 1.0;
            total += 1.0;
        }
    }
    assert!(counts.len() <= alphabet, "letters that do not belong there");
    let expected = total / f64::from(u32::try_from(alphabet).unwrap());
    let missing = f64::from(u32::try_from(alphabet - counts.len()).unwrap()) * expected;
    counts.values().map(|count| (count - expected).powi(2) / expected).sum::<f64>() + missing
}

/// Eight standard deviations above the mean of a fair source: less than one run in a hundred million.
fn limit(alphabet: usize) -> f64 {
    let freedom = f64::from(u32::try_from(alphabet).unwrap()) - 1.0;
    freedom + 8.0 * (2.0 * freedom).sqrt()
}

#[test]
fn the_letters_of_secrets_are_evenly_spread() {
    for (generate, alphabet, classes) in [
        (r#"{"type": "alnum", "length": 512}"#, 62, 1),
        (r#"{"type": "base64url", "bytes": 384}"#, 64, 4),
        (r#"{"type": "hex", "bytes": 256}"#, 16, 2),
    ] {
        let contract = many(generate);
        each_shell(|shell| {
            let scene = Scene::of(shell, "hub", &contract);
            assert_eq!(scene.run(&["--non-interactive"]).code, 0, "{}", shell.name);
            let file = scene.env();
            let texts: Vec<String> =
                (0..COUNT).map(|at| file.get(&format!("S{at}")).unwrap().text.clone()).collect();
            assert!(texts.iter().all(|text| text.len() == LENGTH));
            for class in 0..classes {
                let spread = chi_square(&texts, alphabet, classes, class);
                assert!(spread < limit(alphabet), "{}: {generate}: class {class}: {spread}", shell.name);
            }
        });
    }
}

#[test]
fn the_statistic_finds_letters_that_are_taken_from_bytes_without_rejection() {
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').collect();
    let biased: Vec<String> = (0..COUNT)
        .map(|_| bytes(LENGTH).into_iter().map(|byte| letters[usize::from(byte) % letters.len()]).collect())
        .collect();
    assert!(chi_square(&biased, 62, 1, 0) > limit(62));
    // And bytes of which one bit is always set.
    let set: Vec<String> = (0..COUNT)
        .map(|_| bytes(LENGTH / 2).into_iter().map(|byte| format!("{:02x}", byte | 1)).collect())
        .collect();
    assert!(chi_square(&set, 16, 2, 1) > limit(16) && chi_square(&set, 16, 2, 0) < limit(16));
}

#[test]
fn everything_random_in_the_script_comes_from_the_kernel() {
    each_script(|shell| {
        let scene = Scene::new(shell);
        let (run, told) = scene.run_without_randomness(&DOMAIN);
        assert_eq!(run.code, 0, "{}: {}", shell.name, run.said());
        assert!(
            told.lines().count() > 10 && told.lines().all(|line| line.starts_with("if=/dev/urandom bs=")),
            "{told}"
        );
        // With zeros in the place of what the kernel gives, nothing random is left.
        let file = scene.env();
        for variable in contract().variables {
            let Kind::Secret { generate } = variable.kind else { continue };
            let value = &file.get(&variable.name).unwrap().text;
            let expected = match generate {
                Generator::Hex { bytes } => "00".repeat(bytes.into()),
                Generator::Uuid4 {} => "00000000-0000-4000-8000-000000000000".to_owned(),
                Generator::Fernet {} => format!("{}=", "A".repeat(43)),
                Generator::Prefixed { .. } => format!("sk-lf-{}", "A".repeat(32)),
                other => "A".repeat(other.length()),
            };
            assert_eq!(*value, expected, "{}: {}", shell.name, variable.name);
        }
    });
    let text = script(CONTRACT);
    for other in ["$RANDOM", "srand", "rand()", "/dev/random", "$(date"] {
        assert!(!text.contains(other), "the script has `{other}`");
    }
}

#[test]
fn every_awk_spells_the_same() {
    for (name, of) in
        [("mawk", None), ("gawk", None), ("original-awk", None), ("busybox awk", Some("busybox"))]
    {
        let shell = dash_with_awk(name, of);
        let scene = Scene::new(&shell);
        assert_eq!(scene.run(&DOMAIN).code, 0, "{name}");
        let file = scene.env();
        for variable in contract().variables {
            if let Kind::Secret { generate } = &variable.kind {
                assert!(generate.made(&file.get(&variable.name).unwrap().text), "{name}: {}", variable.name);
            }
        }
    }
}
