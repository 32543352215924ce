//! Buckets that pointers are copied to: small objects, written only where nobody was faster. Decides nothing about what lies in them.

mod answer;
mod authorization;
mod s3;

pub use authorization::Keys;
pub use s3::S3;

use crate::failure::Failure;

/// A bucket.
pub trait Bucket {
    /// Reads an object; none where there is none.
    ///
    /// # Errors
    ///
    /// What its server said.
    fn read(&self, key: &str) -> Result<Option<Object>, Failure>;

    /// Sees to it that this run may write here, and that the server refuses a write whose condition does not hold. Writes an object that
    /// nobody reads.
    ///
    /// # Errors
    ///
    /// What its server said, and where it would write in any case.
    fn prove(&self) -> Result<(), Failure>;

    /// Writes an object, only over the one that was read, or where none was.
    ///
    /// # Errors
    ///
    /// What its server said, and where it would write in any case.
    fn write(&self, key: &str, content: &[u8], over: Option<&Object>) -> Result<Written, Failure>;
}

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its content, of a large one only the beginning.
    pub content: Vec<u8>,
    /// What its server calls this state of it.
    pub mark: String,
}

/// What came of a write. What was written is to be read back in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The server says that it did it.
    Done,
    /// It is no longer what was read.
    Overtaken,
    /// Nobody knows.
    Doubtful,
}
