//! Decides what becomes of an operator's `.env`: what is added, filled, changed, kept and refused. Never reads or writes a file,
//! never draws a random byte, and shows no value. `setup-env.sh` decides in the same way; one suite of tests holds for both.

mod apr1;
mod decide;
mod derivation;
mod hidden;
mod randomness;
mod refusal;
mod request;
mod text;

use std::collections::BTreeMap;

pub use decide::{Decision, decide, questions};
pub use derivation::signed_part;
pub use hidden::Hidden;
pub use randomness::Randomness;
pub use refusal::{Bound, REKEY_OPTION, Refusal};
pub use request::Request;

use crate::contract::EnvironmentContract;

/// What a decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The environment contract.
    pub contract: &'a EnvironmentContract,
    /// The platform's name for people.
    pub product: &'a str,
    /// The absolute path of the folder that holds `.env`.
    pub folder: &'a str,
    /// The file as it is; none where there is none.
    pub current: Option<&'a Hidden>,
}

/// What was answered to [`questions`], by name.
pub type Answers = BTreeMap<String, Hidden>;
