//! Which version comes next, and why. Never reads a title for a number of a pull request, and never lowers a version.

mod conventional;
mod decide;
pub mod flow;
mod labels;
mod next;
mod possible;

pub use conventional::{Conventional, conventional};
pub use decide::{Decided, decide};
pub use labels::{Judgement, judge};
pub use next::{is_prerelease, next, next_prerelease, not_skipped};
pub use possible::unexpected;
