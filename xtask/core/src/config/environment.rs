//! `config/env.yaml`: reads the environment contract and says where a rule of it is broken. Never owns a rule: `bundle-format` does.

use bundle_format::contract::EnvironmentContract;

use super::parse::{Sources, parse_located};
use super::{ConfigError, paths};
use crate::yaml::located::Place;

/// Reads and judges the environment contract.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn environment(sources: &Sources) -> Result<EnvironmentContract, Vec<ConfigError>> {
    let file = paths::ENVIRONMENT;
    let Some(text) = sources.get(file) else {
        let right = "write it, and commit it".to_owned();
        return Err(vec![ConfigError::at(
            file,
            Place::default(),
            "",
            "the file is missing".to_owned(),
            right,
        )]);
    };
    let (contract, locations) = parse_located::<EnvironmentContract>(file, text)?;
    let mut errors: Vec<_> = contract
        .violations()
        .into_iter()
        .map(|found| ConfigError::at(file, locations.of(&found.key), &found.key, found.wrong, found.right))
        .collect();
    errors.sort();
    if errors.is_empty() { Ok(contract) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<String> {
        let sources = [(paths::ENVIRONMENT.to_owned(), text.to_owned())].into();
        environment(&sources)
            .map_or_else(|errors| errors.iter().map(ToString::to_string).collect(), |_| Vec::new())
    }

    const START: &str = "format: 1\nsections:\n  - { id: a, title: A }\nvariables:\n";

    #[test]
    fn a_contract_is_read() {
        let text = "  - name: A_B\n    section: a\n    description: x\n    kind: { type: secret, generate: { type: hex, bytes: 32 } }\n    since: 1.0.0\n    consumers: [api]\n";
        assert_eq!(errors(&format!("{START}{text}")), Vec::<String>::new());
    }

    #[test]
    fn every_mistake_of_the_shape_is_named_at_its_place() {
        let text = "  - name: A_B\n    section: a\n    description: x\n    kind: { type: secrt }\n    since: 1.0\n  - name: C\n    section: a\n    description: x\n    kind: { type: default }\n    requird: true\n    since: one\n  - name: D\n    section: a\n    description: x\n    kind: { type: empty, value: x }\n    since: two\n";
        assert_eq!(errors(&format!("{START}{text}")).len(), 7);
    }

    #[test]
    fn a_broken_rule_is_named_with_its_variable() {
        let text = "  - name: A_B\n    section: b\n    description: x\n    kind: { type: empty }\n";
        let found = errors(&format!("{START}{text}"));
        let expected = "config/env.yaml:6:14: variables[0].section: `b` is no section; declare it under `sections`, which are `a`";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_name_that_is_there_twice_is_one_mistake_with_line_and_column() {
        let one = "  - name: A_B\n    section: a\n    description: x\n    kind: { type: empty }\n";
        let found = errors(&format!("{START}{one}{one}"));
        let expected = "config/env.yaml:9:11: variables[1].name: `A_B` repeats `variables[0].name`; give each name to one variable: remove one of them, or rename it";
        assert_eq!(found, [expected]);
    }
}
