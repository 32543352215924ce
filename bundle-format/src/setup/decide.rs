//! One variable after the other: whether it gets a value, and which. Never touches what an operator set.

use std::collections::BTreeMap;

use super::derivation::{Source, derive, is_derived};
use super::{Answers, Bound, Hidden, Randomness, Refusal, Request, Situation, text};
use crate::contract::{Generator, Kind, Variable};
use crate::dotenv::{EnvFile, Problem, Value, complete, encode_value};

/// What becomes of `.env`. The names are in the order of the contract, derived variables last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The whole new file; none where the old one stays as it is.
    pub text: Option<Hidden>,
    /// Variables that the file lacked.
    pub added: Vec<String>,
    /// Variables that were there without a value.
    pub filled: Vec<String>,
    /// Variables that had another value.
    pub changed: Vec<String>,
    /// Derived variables that do not follow from the others: set by hand, or what they followed from was.
    pub kept: Vec<String>,
    /// Of those that changed, the ones whose data must change with them.
    pub rekeyed: Vec<Bound>,
    /// What keeps the file from starting the platform.
    pub problems: Vec<Problem>,
}

/// The variables that only the operator knows and that have no value, in the order in which to ask for them.
///
/// # Errors
///
/// [`Refusal::Unreadable`].
pub fn questions<'a>(situation: &Situation<'a>, request: &Request<'_>) -> Result<Vec<&'a Variable>, Refusal> {
    let file = read(situation)?;
    let open = |it: &&Variable| {
        matches!(it.kind, Kind::Manual { .. })
            && request.value(&it.name).is_none()
            && needs_value(it, &file)
            && former(it, &file).is_none()
    };
    Ok(situation.contract.variables.iter().filter(open).collect())
}

/// Decides about every variable.
///
/// # Errors
///
/// [`Refusal`]; then nothing may be written.
pub fn decide(
    situation: &Situation<'_>,
    request: &Request<'_>,
    answers: &Answers,
    random: Randomness,
) -> Result<Decision, Refusal> {
    let mut decider = Decider {
        situation,
        request,
        answers,
        random,
        file: read(situation)?,
        after: BTreeMap::new(),
        new: Vec::new(),
        kept: Vec::new(),
        bound: Vec::new(),
    };
    for variable in situation.contract.variables.iter().filter(|it| !it.kind.is_derived()) {
        let new = decider.given(variable)?;
        decider.settle(variable, new);
    }
    for variable in situation.contract.derived() {
        let new = decider.derived(variable)?;
        decider.settle(variable, new);
    }
    decider.finish()
}

fn read(situation: &Situation<'_>) -> Result<EnvFile, Refusal> {
    Ok(EnvFile::parse(situation.current.map_or("", Hidden::reveal))?)
}

/// A new value: as it is written behind the `=`, and what it reads as.
struct New {
    written: String,
    value: Value,
}

impl New {
    fn of(text: &str) -> Result<Self, Refusal> {
        let written = encode_value(text).map_err(|_| Refusal::Nul("a value".to_owned()))?;
        Ok(Self { written, value: Value { text: text.to_owned(), interpolates: false } })
    }

    fn nothing() -> Self {
        Self { written: String::new(), value: Value { text: String::new(), interpolates: false } }
    }
}

struct Decider<'a> {
    situation: &'a Situation<'a>,
    request: &'a Request<'a>,
    answers: &'a Answers,
    random: Randomness,
    file: EnvFile,
    /// What each variable reads as after this run.
    after: BTreeMap<&'a str, Value>,
    new: Vec<(&'a Variable, New)>,
    kept: Vec<String>,
    bound: Vec<Bound>,
}

impl<'a> Decider<'a> {
    fn settle(&mut self, variable: &'a Variable, new: Option<New>) {
        let value = new.as_ref().map(|new| &new.value).or_else(|| self.file.get(&variable.name));
        if let Some(value) = value {
            self.after.insert(&variable.name, value.clone());
        }
        self.new.extend(new.map(|new| (variable, new)));
    }

    /// A variable that follows from no other.
    fn given(&mut self, variable: &'a Variable) -> Result<Option<New>, Refusal> {
        if let Some(asked) = self.request.value(&variable.name) {
            return self.asked(variable, asked.reveal());
        }
        match &variable.kind {
            Kind::Secret { generate } if self.request.rotates(&variable.name) => {
                if self.keeps_data(variable) {
                    return Ok(None);
                }
                self.secret(generate).map(Some)
            }
            _ if needs_value(variable, &self.file) => self.first(variable),
            _ => Ok(None),
        }
    }

    fn asked(&mut self, variable: &Variable, asked: &str) -> Result<Option<New>, Refusal> {
        let same = |value: &Value| value.text == asked && !value.interpolates;
        if self.file.get(&variable.name).is_some_and(same) || self.keeps_data(variable) {
            return Ok(None);
        }
        New::of(asked).map(Some)
    }

    /// Whether the value has to stay because data is bound to it; notes the refusal.
    fn keeps_data(&mut self, variable: &Variable) -> bool {
        let bound =
            variable.immutable && is_set(variable, &self.file) && !self.request.rekeys(&variable.name);
        if bound {
            self.bound.push(bound_to(variable));
        }
        bound
    }

    /// The first value of a variable that has none; none where it stays without.
    fn first(&mut self, variable: &Variable) -> Result<Option<New>, Refusal> {
        if let Some(taken) = self.taken_over(variable) {
            return Ok(Some(taken));
        }
        let new = match &variable.kind {
            Kind::Default { value } => New::of(value)?,
            Kind::Secret { generate } => self.secret(generate)?,
            Kind::Manual { .. } => match self.answers.get(&variable.name) {
                Some(answer) => New::of(answer.reveal())?,
                None => New::nothing(),
            },
            Kind::Empty {} => New::nothing(),
            Kind::Derived { .. } | Kind::Htpasswd { .. } | Kind::Jwt { .. } => {
                match self.computed(variable)? {
                    Some(text) => New::of(&text)?,
                    None => New::nothing(),
                }
            }
        };
        // An empty line that stays empty stays as it is; so does a default that the operator emptied.
        let emptied = matches!(variable.kind, Kind::Default { .. }) && !variable.required;
        let there = self.file.get(&variable.name).is_some();
        Ok((!there || !(new.written.is_empty() || emptied)).then_some(new))
    }

    fn taken_over(&self, variable: &Variable) -> Option<New> {
        let entry = former(variable, &self.file)?;
        let text = self.situation.current.map_or("", Hidden::reveal);
        let written = text.get(self.file.entry(entry)?.place.clone())?.to_owned();
        Some(New { written, value: self.file.get(entry)?.clone() })
    }

    fn secret(&mut self, generate: &Generator) -> Result<New, Refusal> {
        New::of(&self.random.make(generate).ok_or(Refusal::Random)?)
    }

    /// A variable that follows from others.
    fn derived(&mut self, variable: &'a Variable) -> Result<Option<New>, Refusal> {
        if let Some(asked) = self.request.value(&variable.name) {
            return self.asked(variable, asked.reveal());
        }
        if self.request.rotates(&variable.name) {
            if self.keeps_data(variable) {
                return Ok(None);
            }
            return self.computed(variable)?.map(|text| New::of(&text)).transpose();
        }
        if !is_set(variable, &self.file) {
            return if needs_value(variable, &self.file) { self.first(variable) } else { Ok(None) };
        }
        self.followed(variable)
    }

    /// A derived variable that has a value: recomputed where that was derived and what it follows from changed.
    fn followed(&mut self, variable: &'a Variable) -> Result<Option<New>, Refusal> {
        let names = variable.kind.follows();
        let Some(value) = self.file.get(&variable.name).filter(|_| !names.is_empty()) else {
            return Ok(None);
        };
        // To compare a hash takes a script a while, so that this is done only where it may have to change.
        let moved = names.into_iter().any(|name| self.before(name) != self.after(name));
        if matches!(variable.kind, Kind::Htpasswd { .. }) && !moved {
            return Ok(None);
        }
        let (before, after) = (|name: &str| self.before(name), |name: &str| self.after(name));
        let source = |value| Source { folder: self.situation.folder, value };
        let derived = |from| !value.interpolates && is_derived(&variable.kind, &source(from), &value.text);
        if derived(&after) {
            return Ok(None);
        }
        let stays = variable.immutable && !self.request.rekeys(&variable.name);
        let new = if derived(&before) && !stays { self.computed(variable)? } else { None };
        if new.is_none() {
            self.kept.push(variable.name.clone());
        }
        new.map(|text| New::of(&text)).transpose()
    }

    fn computed(&mut self, variable: &Variable) -> Result<Option<String>, Refusal> {
        let salt = match variable.kind {
            Kind::Htpasswd { .. } => self.random.salt().ok_or(Refusal::Random)?,
            _ => String::new(),
        };
        let value = |name: &str| self.after(name);
        Ok(derive(&variable.kind, &Source { folder: self.situation.folder, value: &value }, &salt))
    }

    fn before(&self, name: &str) -> Option<String> {
        self.usable(name, self.file.get(name))
    }

    fn after(&self, name: &str) -> Option<String> {
        self.usable(name, self.after.get(name))
    }

    /// What something may follow from: a value that is set, that is no placeholder, and that Compose takes as it stands.
    fn usable(&self, name: &str, value: Option<&Value>) -> Option<String> {
        let Value { text, interpolates } = value?;
        let placeholder = self.situation.contract.variable(name).is_none_or(|it| it.is_placeholder(text));
        let plain = !interpolates && !text.is_empty() && !text.contains('\0');
        (plain && !placeholder).then(|| text.clone())
    }

    fn finish(self) -> Result<Decision, Refusal> {
        if !self.bound.is_empty() {
            return Err(Refusal::Immutable(self.bound));
        }
        let mut decision = Decision { kept: self.kept, ..Decision::default() };
        let mut written = BTreeMap::new();
        for (variable, new) in self.new {
            let names = match self.file.get(&variable.name) {
                None => &mut decision.added,
                Some(value) if value.text.is_empty() => &mut decision.filled,
                Some(_) => &mut decision.changed,
            };
            names.push(variable.name.clone());
            if variable.immutable && is_set(variable, &self.file) {
                decision.rekeyed.push(bound_to(variable));
            }
            written.insert(variable.name.as_str(), new.written);
        }
        if self.situation.current.is_none() || !written.is_empty() {
            decision.text = Some(Hidden::new(text::write(self.situation, &self.file, &written)));
        }
        let whole = decision.text.as_ref().or(self.situation.current).map_or("", Hidden::reveal);
        decision.problems = complete(self.situation.contract, &EnvFile::parse(whole)?);
        Ok(decision)
    }
}

fn bound_to(variable: &Variable) -> Bound {
    Bound { name: variable.name.clone(), rekey: variable.rekey.clone() }
}

fn is_set(variable: &Variable, file: &EnvFile) -> bool {
    file.get(&variable.name).is_some_and(|value| !value.text.is_empty())
}

/// Whether a first value is due: it has none, and is not one that is on its way out and was never there.
fn needs_value(variable: &Variable, file: &EnvFile) -> bool {
    match file.get(&variable.name) {
        None => variable.deprecated.is_none(),
        Some(value) => value.text.is_empty(),
    }
}

/// The former name under which the file has a value, the newest first.
fn former<'a>(variable: &'a Variable, file: &EnvFile) -> Option<&'a str> {
    let set = |name: &&str| file.get(name).is_some_and(|value| !value.text.is_empty());
    variable.renamed_from.iter().map(String::as_str).find(set)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
