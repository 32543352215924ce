//! The forge, as a release needs it. Implementations do one request after the other, retry by the classes of their own module,
//! count what they send, and never decide what a release should look like.

pub mod answer;
pub mod classify;
pub mod github;
pub mod login;
pub mod operation;
pub mod retry;

use release_core::facts::{CommitFacts, PullRequestFacts, PushRight, Requests, Visibility};
use release_core::identity::ObjectId;

use crate::failure::Failure;

/// What a release needs of a forge.
///
/// Every method blocks. A read is repeated after passing faults; a write that may have happened is never repeated blindly: the
/// answer is [`Written::Unknown`], and the caller looks.
pub trait Forge {
    /// The repository as this token sees it: one read, and a second where the first leaves open whether the token may push.
    fn repository(&self) -> Result<RepositoryInfo, Failure>;

    /// The merged pull requests into one of `bases` that brought `commits` in, each once with those of `commits` it holds. At most one
    /// read for each 50 commits, and up to three more a base for pull requests that the association index does not know yet; those are recognised
    /// by their merge commit and, where they were rebased, by subject and date of the commits before it.
    fn merged_pull_requests(
        &self,
        bases: &[String],
        commits: &[CommitFacts],
    ) -> Result<Vec<PullRequestFacts>, Failure>;

    /// One pull request, open or not.
    fn pull_request(&self, number: u64) -> Result<PullRequest, Failure>;

    /// The messages of a pull request's own commits, the oldest first: one read for each 100, and the forge gives no more than 250.
    fn messages(&self, pull_request: u64) -> Result<Vec<Message>, Failure>;

    /// The open pull request from `head` into `base` within this repository, if there is one.
    fn open_pull_request(&self, head: &str, base: &str) -> Result<Option<PullRequestFacts>, Failure>;

    /// Opens a pull request.
    fn create_pull_request(&self, request: &NewPullRequest) -> Result<Written<u64>, Failure>;

    /// Replaces title and text of a pull request.
    fn update_pull_request(&self, number: u64, request: &NewPullRequest) -> Result<Written<()>, Failure>;

    /// Every release, drafts among them, newest first: one read for each 100.
    fn releases(&self) -> Result<Vec<Release>, Failure>;

    /// One release by its number; none where it is gone.
    fn release(&self, id: u64) -> Result<Option<Release>, Failure>;

    /// Creates a draft.
    fn create_draft(&self, draft: &NewRelease) -> Result<Written<Release>, Failure>;

    /// Publishes a draft.
    fn publish(&self, id: u64, latest: Latest) -> Result<Written<Release>, Failure>;

    /// The number of the published release that the forge calls latest; none where there is none.
    fn latest(&self) -> Result<Option<u64>, Failure>;

    /// Changes what a published release says of itself. Its tag and its assets stay as they are.
    fn edit_release(&self, id: u64, edit: &ReleaseEdit) -> Result<Written<Release>, Failure>;

    /// Deletes a release by its number. Deleting one that is gone is no failure.
    fn delete_release(&self, id: u64) -> Result<Written<()>, Failure>;

    /// Every asset of a release.
    fn assets(&self, release: u64) -> Result<Vec<ReleaseAsset>, Failure>;

    /// Uploads an asset to the place its release names.
    fn upload(&self, release: &Release, asset: &NewAsset<'_>) -> Result<Written<ReleaseAsset>, Failure>;

    /// Deletes an asset by its number. Deleting one that is gone is no failure.
    fn delete_asset(&self, id: u64) -> Result<Written<()>, Failure>;

    /// Downloads a published asset as the public does, without the token.
    fn download(&self, asset: &ReleaseAsset) -> Result<Vec<u8>, Failure>;

    /// Reads an asset through the API with the token, those of a draft as well as a published one.
    fn read_asset(&self, asset: &ReleaseAsset) -> Result<Vec<u8>, Failure>;

    /// How many requests were sent so far, retries included.
    fn requests(&self) -> Requests;
}

/// The answer to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written<T> {
    /// It happened; the forge said so.
    Yes(T),
    /// The forge refused because the thing is there already.
    Exists,
    /// Nobody knows: the answer was lost, the forge failed midway, or it asked to wait, which was done. Look before trying again.
    Unknown(String),
}

/// The repository as a token sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryInfo {
    /// Its page.
    pub url: String,
    /// The default branch.
    pub default_branch: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether the token may push.
    pub push: PushRight,
}

/// A pull request and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// What it says.
    pub facts: PullRequestFacts,
    /// Where its branch lies.
    pub origin: Origin,
}

/// Where the branch of a pull request lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the repository that it goes to, where only those who may push make branches.
    Own,
    /// In another one, or nobody knows: anybody may have made it, under any name.
    Foreign,
}

/// The message of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The first line, as it is: untrusted.
    pub subject: String,
    /// The rest, as it is: untrusted.
    pub body: String,
}

/// A release on the forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its number.
    pub id: u64,
    /// The name of its tag.
    pub tag: String,
    /// Its title.
    pub name: String,
    /// Its text.
    pub body: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// Whether it is marked as a pre-release.
    pub prerelease: bool,
    /// Its page.
    pub url: String,
    /// The template of the address assets are sent to (RFC 6570).
    pub upload_url: String,
}

/// A draft to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRelease {
    /// The name of its tag, which exists.
    pub tag: String,
    /// The commit the tag leads to.
    pub target: ObjectId,
    /// Its title.
    pub name: String,
    /// Its text.
    pub body: String,
    /// Whether it is marked as a pre-release.
    pub prerelease: bool,
}

/// Whether a published release becomes the one the forge calls latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latest {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// What changes of a published release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseEdit {
    /// The new title and the new text; none where both stay.
    pub page: Option<(String, String)>,
    /// Whether it is the one that the forge calls latest. Said each time: without a word, the forge would choose.
    pub latest: Latest,
}

/// An asset on the forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseAsset {
    /// Its number.
    pub id: u64,
    /// Its name, as the forge wrote it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether the upload ended well; a broken one leaves `starter`.
    pub uploaded: bool,
    /// The digest as `sha256:…`; the forge may not say.
    pub digest: Option<String>,
    /// Where the public downloads it.
    pub download_url: String,
}

/// An asset to be uploaded.
#[derive(Clone, Copy, Debug)]
pub struct NewAsset<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its media type.
    pub content_type: &'a str,
    /// Its content.
    pub content: &'a [u8],
}

/// A pull request to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPullRequest {
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// The branch it comes from, in this repository.
    pub head: String,
    /// The branch it goes to.
    pub base: String,
}
