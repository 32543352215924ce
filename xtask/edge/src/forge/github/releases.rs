//! Releases: list, read, draft, publish, delete. Always by number: several drafts may share a tag name.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::GitHub;
use crate::failure::Failure;
use crate::forge::operation::{Missing, Operation};
use crate::forge::{Latest, NewRelease, Release, ReleaseEdit, Written};

/// The right that everything about releases needs.
pub(super) const RIGHT: &str = "`contents: write`";

/// A 404 on creating a release is GitHub's most misleading answer.
const WORKFLOWS: &str = "where the tagged commit changes a file under `.github/workflows`, GitHub also wants `workflows: write`, \
                         which the token of a workflow run can never have: use the token of an app or a person for this release";

/// A release, as far as it is used.
#[derive(Deserialize)]
struct Shape {
    id: u64,
    tag_name: String,
    name: Option<String>,
    body: Option<String>,
    draft: bool,
    prerelease: bool,
    html_url: String,
    upload_url: String,
}

impl From<Shape> for Release {
    fn from(shape: Shape) -> Self {
        Self {
            id: shape.id,
            tag: shape.tag_name,
            name: shape.name.unwrap_or_default(),
            body: shape.body.unwrap_or_default(),
            draft: shape.draft,
            prerelease: shape.prerelease,
            url: shape.html_url,
            upload_url: shape.upload_url,
        }
    }
}

impl GitHub {
    pub(super) fn list_releases(&self) -> Result<Vec<Release>, Failure> {
        let operation = Operation::read("list the releases", RIGHT);
        let shapes: Option<Vec<Shape>> = self.read_all(&operation, "/releases")?;
        let shapes = shapes.ok_or_else(|| super::calls::unexpected(&operation))?;
        Ok(shapes.into_iter().map(Release::from).collect())
    }

    pub(super) fn read_release(&self, id: u64) -> Result<Option<Release>, Failure> {
        let operation = Operation::read(format!("read the release {id}"), RIGHT).missing(self.absence(id));
        let shape: Option<Shape> = self.read_one(&operation, &format!("/releases/{id}"))?;
        Ok(shape.map(Release::from))
    }

    pub(super) fn send_draft(&self, draft: &NewRelease) -> Result<Written<Release>, Failure> {
        let operation = Operation::create(format!("create the draft release of `{}`", draft.tag), RIGHT)
            .advice(WORKFLOWS);
        let body = json!({
            "tag_name": draft.tag,
            "target_commitish": draft.target,
            "name": draft.name,
            "body": draft.body,
            "draft": true,
            "prerelease": draft.prerelease,
            "make_latest": "false",
        });
        let written = released(self.write::<Shape>(&operation, &Method::POST, "/releases", &body)?);
        if let Written::Yes(release) = &written {
            self.created.borrow_mut().insert(release.id);
        }
        Ok(written)
    }

    pub(super) fn send_publication(&self, id: u64, latest: Latest) -> Result<Written<Release>, Failure> {
        let operation = Operation::repeatable(format!("publish the release {id}"), RIGHT).advice(WORKFLOWS);
        let body = json!({ "draft": false, "make_latest": said(latest) });
        let written = self.write::<Shape>(&operation, &Method::PATCH, &format!("/releases/{id}"), &body)?;
        Ok(released(written))
    }

    pub(super) fn read_latest(&self) -> Result<Option<u64>, Failure> {
        let operation = Operation::read("read the latest release", RIGHT).missing(Missing::Answer);
        let shape: Option<Shape> = self.read_one(&operation, "/releases/latest")?;
        Ok(shape.map(|shape| shape.id))
    }

    pub(super) fn send_edit(&self, id: u64, edit: &ReleaseEdit) -> Result<Written<Release>, Failure> {
        let operation = Operation::repeatable(format!("change the release {id}"), RIGHT);
        let mut body = json!({ "make_latest": said(edit.latest) });
        if let (Some((title, text)), Some(body)) = (&edit.page, body.as_object_mut()) {
            body.insert("name".to_owned(), title.as_str().into());
            body.insert("body".to_owned(), text.as_str().into());
        }
        let written = self.write::<Shape>(&operation, &Method::PATCH, &format!("/releases/{id}"), &body)?;
        Ok(released(written))
    }

    pub(super) fn remove_release(&self, id: u64) -> Result<Written<()>, Failure> {
        let operation =
            Operation::repeatable(format!("delete the release {id}"), RIGHT).missing(Missing::Answer);
        let written = self.remove(&operation, &format!("/releases/{id}"))?;
        if written == Written::Yes(()) {
            self.created.borrow_mut().remove(&id);
        }
        Ok(written)
    }

    /// What 404 about a release means: one of this run may not be visible everywhere yet.
    pub(super) fn absence(&self, release: u64) -> Missing {
        if self.created.borrow().contains(&release) { Missing::Stale } else { Missing::Answer }
    }
}

/// Without a word, GitHub takes the newest by date for the latest.
const fn said(latest: Latest) -> &'static str {
    match latest {
        Latest::Yes => "true",
        Latest::No => "false",
    }
}

fn released(written: Written<Shape>) -> Written<Release> {
    match written {
        Written::Yes(shape) => Written::Yes(shape.into()),
        Written::Exists => Written::Exists,
        Written::Unknown(why) => Written::Unknown(why),
    }
}
