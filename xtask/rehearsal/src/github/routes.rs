//! The table of operations.
//!
//! Owns which method and path is which operation. Must never contain what an operation does.

use std::collections::BTreeMap;

use crate::call::{Access, Call, Server};
use crate::github::exchange::{Exchange, Outcome};
use crate::github::{
    assets, commits, downloads, labels, merging, pulls, refs, releases, repository, tags, uploads,
};

/// What answers an operation.
pub(crate) type Handler = fn(&mut Exchange<'_>) -> Outcome;

/// An operation: where it is, what it is called, whether it writes, and what answers it.
pub(crate) struct Route {
    server: Server,
    method: &'static str,
    /// Segments in braces are parameters; `{*name}` takes all that are left.
    path: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) access: Access,
    pub(crate) handler: Handler,
}

const fn read(path: &'static str, operation: &'static str, handler: Handler) -> Route {
    Route { server: Server::Api, method: "GET", path, operation, access: Access::Read, handler }
}

const fn write(method: &'static str, path: &'static str, operation: &'static str, handler: Handler) -> Route {
    Route { server: Server::Api, method, path, operation, access: Access::Write, handler }
}

const fn web(path: &'static str, operation: &'static str, handler: Handler) -> Route {
    Route { server: Server::Web, method: "GET", path, operation, access: Access::Read, handler }
}

const fn upload(path: &'static str, operation: &'static str, handler: Handler) -> Route {
    Route { server: Server::Uploads, method: "POST", path, operation, access: Access::Write, handler }
}

/// `$repository` stands for `repos/{owner}/{repo}`, and for the form with the id that `Link` headers use. Where two
/// entries fit, the first counts. Operations are called what GitHub's own description calls them.
const ROUTES: &[Route] = &[
    read("rate_limit", "rate-limit/get", repository::rate_limit),
    read("user", "users/get-authenticated", repository::user),
    read("$repository", "repos/get", repository::get),
    read("$repository/branches/{branch}", "repos/get-branch", repository::branch),
    read(
        "$repository/commits/{sha}/pulls",
        "repos/list-pull-requests-associated-with-commit",
        commits::pulls,
    ),
    read("$repository/compare/{basehead}", "repos/compare-commits-with-basehead", commits::compare),
    read("$repository/labels", "issues/list-labels-for-repo", labels::list),
    write("POST", "$repository/labels", "issues/create-label", labels::create),
    write("POST", "$repository/issues/{number}/labels", "issues/add-labels", labels::add),
    read("$repository/pulls", "pulls/list", pulls::list),
    write("POST", "$repository/pulls", "pulls/create", pulls::create),
    read("$repository/pulls/{number}", "pulls/get", pulls::get),
    read("$repository/pulls/{number}/commits", "pulls/list-commits", pulls::commits),
    write("PATCH", "$repository/pulls/{number}", "pulls/update", pulls::update),
    write("PUT", "$repository/pulls/{number}/merge", "pulls/merge", merging::merge),
    write("POST", "$repository/git/tags", "git/create-tag", tags::create),
    read("$repository/git/tags/{sha}", "git/get-tag", tags::get),
    write("POST", "$repository/git/refs", "git/create-ref", refs::create),
    read("$repository/git/ref/{*ref}", "git/get-ref", refs::get),
    write("PATCH", "$repository/git/refs/{*ref}", "git/update-ref", refs::update),
    write("DELETE", "$repository/git/refs/{*ref}", "git/delete-ref", refs::delete),
    read("$repository/releases", "repos/list-releases", releases::list),
    write("POST", "$repository/releases", "repos/create-release", releases::create),
    Route {
        server: Server::Api,
        method: "POST",
        path: "$repository/releases/generate-notes",
        operation: "repos/generate-release-notes",
        access: Access::Read,
        handler: releases::notes,
    },
    read("$repository/releases/latest", "repos/get-latest-release", releases::latest),
    read("$repository/releases/tags/{tag}", "repos/get-release-by-tag", releases::by_tag),
    read("$repository/releases/assets/{asset_id}", "repos/get-release-asset", assets::get),
    write("PATCH", "$repository/releases/assets/{asset_id}", "repos/update-release-asset", assets::update),
    write("DELETE", "$repository/releases/assets/{asset_id}", "repos/delete-release-asset", assets::delete),
    read("$repository/releases/{release_id}", "repos/get-release", releases::get),
    write("PATCH", "$repository/releases/{release_id}", "repos/update-release", releases::update),
    write("DELETE", "$repository/releases/{release_id}", "repos/delete-release", releases::delete),
    read("$repository/releases/{release_id}/assets", "repos/list-release-assets", assets::list),
    upload("$repository/releases/{release_id}/assets", super::UPLOAD, uploads::upload),
    web("{owner}/{repo}/releases/download/{tag}/{name}", "web/download", downloads::download),
    web("storage/{asset_id}", "web/storage", downloads::storage),
    web("raw/{owner}/{repo}/{branch}/{*path}", "web/raw", downloads::raw),
];

/// The operation a request is for, and the parameters in its path.
pub(crate) fn find(call: &Call) -> Option<(&'static Route, BTreeMap<&'static str, String>)> {
    let method = if call.method == "HEAD" { "GET" } else { call.method.as_str() };
    let segments = call.segments();
    ROUTES.iter().filter(|route| route.server == call.server && route.method == method).find_map(|route| {
        let prefixes: &[&str] = match route.path.strip_prefix("$repository") {
            Some(_) => &["repos/{owner}/{repo}", "repositories/{repository_id}"],
            None => &[""],
        };
        let rest = route.path.strip_prefix("$repository").unwrap_or(route.path);
        prefixes.iter().find_map(|prefix| fit(prefix, rest, &segments)).map(|params| (route, params))
    })
}

fn fit(
    prefix: &'static str,
    rest: &'static str,
    segments: &[String],
) -> Option<BTreeMap<&'static str, String>> {
    let wanted = prefix.split('/').chain(rest.split('/')).filter(|segment| !segment.is_empty());
    let mut given = segments.iter();
    let mut params = BTreeMap::new();
    for segment in wanted {
        let name = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
        if let Some(name) = name.and_then(|name| name.strip_prefix('*')) {
            let left: Vec<&str> = given.by_ref().map(String::as_str).collect();
            params.insert(name, left.join("/"));
            continue;
        }
        let found = given.next()?;
        match name {
            Some(name) => {
                params.insert(name, found.clone());
            }
            None if found == segment => {}
            None => return None,
        }
    }
    if given.next().is_none() { Some(params) } else { None }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::body::Bytes;
    use axum::http::HeaderMap;

    use super::*;
    use crate::call::Quirk;

    fn operation(method: &str, path: &str) -> Option<&'static str> {
        let call = Call {
            server: Server::Api,
            method: method.to_owned(),
            path: path.to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            quirk: Quirk::None,
        };
        find(&call).map(|(route, _)| route.operation)
    }

    #[test]
    fn every_operation_is_listed_once() {
        let names: BTreeSet<_> = ROUTES.iter().map(|route| route.operation).collect();
        assert_eq!(names.len(), ROUTES.len());
    }

    #[test]
    fn fixed_segments_win_over_parameters() {
        assert_eq!(operation("GET", "/repos/a/b/releases/latest"), Some("repos/get-latest-release"));
        assert_eq!(operation("GET", "/repos/a/b/releases/17"), Some("repos/get-release"));
        assert_eq!(operation("GET", "/repositories/17/releases"), Some("repos/list-releases"));
    }

    #[test]
    fn only_an_encoded_slash_stays_inside_a_parameter() {
        assert_eq!(operation("GET", "/repos/a/b/releases/tags/x%2Fy"), Some("repos/get-release-by-tag"));
        assert_eq!(operation("GET", "/repos/a/b/releases/tags/x/y"), None);
    }
}
