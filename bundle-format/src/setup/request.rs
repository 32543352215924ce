//! What an operator asks for beside filling what is missing. Never holds an answer that was typed.

use super::{Hidden, Refusal};
use crate::contract::{EnvironmentContract, Kind, Variable, is_name};

/// What is asked for. Built by names that the contract has.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    contract: &'a EnvironmentContract,
    product: &'a str,
    set: Vec<(String, Hidden)>,
    rotate: Vec<String>,
    rekey: Vec<String>,
}

impl<'a> Request<'a> {
    /// Asks for nothing but what is missing.
    #[must_use]
    pub fn new(contract: &'a EnvironmentContract, product: &'a str) -> Self {
        Self { contract, product, set: Vec::new(), rotate: Vec::new(), rekey: Vec::new() }
    }

    /// Sets a variable: `NAME=VALUE`. The last of several values counts.
    ///
    /// # Errors
    ///
    /// [`Refusal::Usage`], [`Refusal::Unknown`].
    pub fn set(&mut self, assignment: &str) -> Result<(), Refusal> {
        let (name, value) =
            assignment.split_once('=').ok_or_else(|| Refusal::Usage("--set needs NAME=VALUE".to_owned()))?;
        if !is_name(name) {
            let wrong = "what is before the = is no variable name: capitals, digits and _ only";
            return Err(Refusal::Usage(wrong.to_owned()));
        }
        let variable = self.known(name)?;
        let name = variable.name.clone();
        if variable.is_relative(value) {
            return Err(Refusal::Usage(format!("`{name}` takes an absolute path: one that starts with `/`")));
        }
        if value.contains('\0') {
            return Err(Refusal::Nul(name));
        }
        self.set.push((name, Hidden::new(value)));
        Ok(())
    }

    /// Makes a new value for a secret, derives a value again, or does so for every such variable of a rotation group.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unknown`], and [`Refusal::Usage`] of what cannot be made.
    pub fn rotate(&mut self, name: &str) -> Result<(), Refusal> {
        let group: Vec<&Variable> = self.members(name).collect();
        if group.is_empty() {
            let variable = self.known(name)?;
            if !can_be_made(variable) {
                return Err(Refusal::Usage(format!(
                    "`{name}` is not made by this command; --set changes it"
                )));
            }
            self.rotate.push(variable.name.clone());
            return Ok(());
        }
        let made: Vec<String> =
            group.into_iter().filter(|it| can_be_made(it)).map(|it| it.name.clone()).collect();
        if made.is_empty() {
            return Err(Refusal::Usage(format!("nothing in the group `{name}` is made by this command")));
        }
        self.rotate.extend(made);
        Ok(())
    }

    /// Says that the operator changes the data that is bound to a variable.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unknown`], and [`Refusal::Usage`] where no data is bound to it.
    pub fn rekey(&mut self, name: &str) -> Result<(), Refusal> {
        let variable = self.known(name)?;
        if !variable.immutable {
            return Err(Refusal::Usage(format!(
                "no data depends on `{name}`; it changes without that option"
            )));
        }
        self.rekey.push(variable.name.clone());
        Ok(())
    }

    /// Judges it as a whole.
    ///
    /// # Errors
    ///
    /// [`Refusal::Usage`] where it contradicts itself.
    pub fn consistent(&self) -> Result<(), Refusal> {
        match self.rotate.iter().find(|name| self.value(name).is_some()) {
            Some(name) => Err(Refusal::Usage(format!("`{name}` is both set and rotated"))),
            None => Ok(()),
        }
    }

    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.rotate.is_empty() && self.rekey.is_empty()
    }

    pub(super) fn value(&self, name: &str) -> Option<&Hidden> {
        self.set.iter().rev().find(|(set, _)| set == name).map(|(_, value)| value)
    }

    pub(super) fn rotates(&self, name: &str) -> bool {
        self.rotate.iter().any(|rotated| rotated == name)
    }

    pub(super) fn rekeys(&self, name: &str) -> bool {
        self.rekey.iter().any(|rekeyed| rekeyed == name)
    }

    fn known(&self, name: &str) -> Result<&'a Variable, Refusal> {
        // What is no name may be a secret in the wrong place.
        let unknown = || match is_name(name) {
            true => Refusal::Unknown { name: name.to_owned(), product: self.product.to_owned() },
            false => Refusal::Usage("what was named is neither a variable nor a rotation group".to_owned()),
        };
        self.contract.variable(name).ok_or_else(unknown)
    }

    fn members(&self, group: &str) -> impl Iterator<Item = &'a Variable> {
        self.contract.variables.iter().filter(move |it| it.rotation_group.as_deref() == Some(group))
    }
}

fn can_be_made(variable: &Variable) -> bool {
    matches!(variable.kind, Kind::Secret { .. }) || variable.kind.is_derived()
}
