//! Owns what may stand in a Compose file and how overlays merge it: one table of paths, taken from the Compose specification's
//! schema and its page on merging. What is not in the table is not supported. It must never look at values.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::format::Format;
use super::table::{CHOICES, FORMATS, REQUIRED, TABLE, UNSUPPORTED};

/// The kinds of value that a place takes, as a set.
pub(super) type Kinds = u8;

pub(super) const TEXT: Kinds = 1;
pub(super) const INT: Kinds = 2;
pub(super) const FLOAT: Kinds = 4;
pub(super) const BOOL: Kinds = 8;
pub(super) const NULL: Kinds = 16;
pub(super) const LIST: Kinds = 32;
pub(super) const MAP: Kinds = 64;
/// A list in which Compose refuses equal items.
pub(super) const DISTINCT: Kinds = 128;

/// How a value of an overlay meets the value that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merge {
    /// Mappings merge, lists append, anything else is replaced.
    Deep,
    /// The overlay's value replaces the other.
    Replace,
    /// `KEY=value` lists and mappings merge by key.
    Pairs,
    /// As `Pairs`, where Compose refuses a label that both give alike.
    PairsOnce,
    /// Host lists and mappings append; a host may have several addresses.
    Hosts,
    /// Lists append; of two items with one identity the later one stays, at the place of the first.
    Unique(Identity),
    /// A text is a list of one; otherwise as `Unique`, or appended without an identity.
    Texts(Option<Identity>),
    /// A list of services means `condition: service_started`.
    Depends,
    /// A list of networks means a mapping without settings.
    Networks,
    /// Another driver drops the options of the first.
    Logging,
    /// A text is the build context.
    Build,
    /// Address pools, known by their subnet.
    Pools,
    /// Compose versions disagree or refuse: only one of the files may have it.
    Once,
}

/// What makes two items of a list the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// The text before the first `=`.
    Name,
    /// The whole item.
    Whole,
    /// The path in the container.
    Volume,
    /// Address, published port, target port and protocol.
    Port,
    /// The device in the container.
    Device,
    /// The target, by default `/` and the source.
    Config,
    /// The target, by default `/run/secrets/` and the source.
    Secret,
    /// The path of the file.
    EnvFile,
}

/// One row of the table: `*` stands for any key, `[]` for the items of a list.
pub(super) struct Row {
    pub(super) path: &'static str,
    pub(super) kinds: Kinds,
    pub(super) merge: Merge,
}

/// What the table says about one place.
pub(super) struct Rule {
    pub(super) kinds: Kinds,
    pub(super) merge: Merge,
    /// What to do instead, when the place is known and not supported.
    pub(super) advice: Option<&'static str>,
    /// The keys that have to be there once everything is merged.
    pub(super) required: &'static [&'static str],
    /// The only words that may stand here; empty when any may.
    pub(super) choices: &'static [&'static str],
    /// What a text has to be.
    pub(super) format: Option<Format>,
    children: HashMap<&'static str, usize>,
}

/// The table as a tree.
pub(super) struct Rules {
    nodes: Vec<Rule>,
}

impl Rules {
    /// The one table.
    pub(super) fn table() -> &'static Self {
        static RULES: OnceLock<Rules> = OnceLock::new();
        RULES.get_or_init(Self::build)
    }

    /// The rule of the document itself.
    pub(super) fn root(&self) -> Option<&Rule> {
        self.nodes.first()
    }

    /// The rule of a key's value.
    pub(super) fn child(&self, rule: &Rule, key: &str) -> Option<&Rule> {
        let index = rule.children.get(key).or_else(|| rule.children.get("*"))?;
        self.nodes.get(*index)
    }

    /// The rule of a list's items.
    pub(super) fn items(&self, rule: &Rule) -> Option<&Rule> {
        self.nodes.get(*rule.children.get("[]")?)
    }

    fn build() -> Self {
        let mut rules = Self { nodes: vec![Rule::new(MAP, Merge::Deep)] };
        for row in TABLE {
            let is_flag = row.kinds & (BOOL | TEXT | NULL) == BOOL | TEXT;
            rules.at(row.path, |rule| {
                (rule.kinds, rule.merge) = (row.kinds, row.merge);
                rule.format = is_flag.then_some(Format::Flag);
            });
        }
        for (path, advice) in UNSUPPORTED {
            rules.at(path, |rule| rule.advice = Some(advice));
        }
        for (path, keys) in REQUIRED {
            rules.at(path, |rule| rule.required = keys);
        }
        for (path, words) in CHOICES {
            rules.at(path, |rule| rule.choices = words);
        }
        for (path, format) in FORMATS {
            rules.at(path, |rule| rule.format = Some(*format));
        }
        rules
    }

    fn at(&mut self, path: &'static str, set: impl FnOnce(&mut Rule)) {
        let index = self.place(path);
        if let Some(rule) = self.nodes.get_mut(index) {
            set(rule);
        }
    }

    /// The index of a path, with all that leads to it.
    fn place(&mut self, path: &'static str) -> usize {
        let mut index = 0;
        for part in path.split('.') {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(index) else { break };
            let found = *node.children.entry(part).or_insert(next);
            if found == next {
                self.nodes.push(Rule::new(0, Merge::Deep));
            }
            index = found;
        }
        index
    }
}

impl Rule {
    fn new(kinds: Kinds, merge: Merge) -> Self {
        Self {
            kinds,
            merge,
            advice: None,
            required: &[],
            choices: &[],
            format: None,
            children: HashMap::new(),
        }
    }

    /// Whether the keys are names that the author chooses.
    pub(super) fn is_open(&self) -> bool {
        self.children.contains_key("*")
    }

    /// The keys that may stand here, sorted.
    pub(super) fn known_keys(&self) -> Vec<&'static str> {
        let mut keys: Vec<_> = self.children.keys().copied().filter(|key| *key != "[]").collect();
        keys.sort_unstable();
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_table_is_there_once_and_takes_something() {
        let mut seen = std::collections::HashSet::new();
        for row in TABLE {
            assert!(seen.insert(row.path), "`{}` is in the table twice", row.path);
            assert_ne!(row.kinds & !DISTINCT, 0, "`{}` takes nothing", row.path);
        }
        for rule in &Rules::table().nodes {
            assert!(rule.kinds != 0 || rule.advice.is_some(), "a path leads through a place without a row");
        }
    }

    #[test]
    fn what_is_not_supported_is_not_in_the_table() {
        for (path, advice) in UNSUPPORTED {
            assert!(TABLE.iter().all(|row| row.path != *path), "`{path}` is in both tables");
            assert!(!advice.is_empty());
        }
    }
}
