// What other tools ask for in GraphQL and the rehearsal's schema lacks: releases, and a branch's history with the pull requests of its
// commits. Each is one request to the rehearsal, too, for as much of it as is there; what is left comes from the bare repository.

import { files, history, named } from "./objects.mjs";

const FILES = 100;
const PULL = "number title baseRefName headRefName body mergeCommit { oid } labels(first: 10) { nodes { name } }";
const PULLS = `associatedPullRequests(first: 10) { nodes { ${PULL} } }`;

const OPERATIONS = [
  [/\bhistory\(first: \$num/, commits],
  [/\breleases\(first: \$num/, releases],
  [/\brelease\(tagName: ?\$\w+\)/, release],
];

// The request to send in place of one, and what becomes of the answer; nothing where the rehearsal knows by itself.
export function told(remote, issues, { query = "", variables = {} }) {
  const [, operation] = OPERATIONS.find(([pattern]) => pattern.test(query)) ?? [];
  return operation?.(remote, variables, issues);
}

function commits(remote, { owner, repo, num, cursor, targetBranch }, issues) {
  const all = history(remote, targetBranch) ?? [];
  const { nodes, pageInfo } = page(all, num, cursor);
  const asked = nodes.map(({ sha }, at) => `c${at}: object(oid: "${sha}") { ... on Commit { ${PULLS} } }`);
  const query = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id ${asked.join(" ")} } }`;
  const change = ({ data, ...rest }) => {
    const described = nodes.map(({ sha, ...commit }, at) => {
      const pulls = data.repository[`c${at}`].associatedPullRequests.nodes;
      return { sha, ...commit, associatedPullRequests: { nodes: pulls.map((pull) => whole(remote, issues, pull)) } };
    });
    const ref = all.length ? { target: { history: { nodes: described, pageInfo } } } : null;
    return { data: { repository: { ref } }, ...rest };
  };
  return { body: JSON.stringify({ query, variables: { owner, repo } }), change };
}

function whole(remote, issues, pull) {
  const all = pull.mergeCommit ? files(remote, pull.mergeCommit.oid) : [];
  const { nodes, pageInfo } = page(all, FILES);
  const labels = { nodes: issues.worn(pull.number, pull.labels.nodes) };
  return { ...pull, labels, files: { nodes: nodes.map((path) => ({ path })), pageInfo } };
}

// Over REST the rehearsal does list releases.
function releases(remote, { owner, repo, num, cursor }) {
  const change = (found) => {
    const newest = found.sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at) || other.id - one.id);
    const { nodes, pageInfo } = page(newest.map((release) => described(remote, release)), num, cursor);
    return { data: { repository: { releases: { nodes, pageInfo } } } };
  };
  return { method: "GET", path: `/repos/${owner}/${repo}/releases?per_page=100`, body: "", change };
}

function described(remote, { name, tag_name: tag, html_url: url, body, draft }) {
  const oid = named(remote, `refs/tags/${tag}^{commit}`);
  return { name, tag: oid ? { name: tag } : null, tagCommit: oid ? { oid } : null, url, description: body, isDraft: draft };
}

function release(_, { owner, name, tagName }) {
  const change = (found) => {
    const one = found.find((release) => release.tag_name === tagName);
    return { data: { repository: { release: one ? { databaseId: one.id, isDraft: one.draft } : null } } };
  };
  return { method: "GET", path: `/repos/${owner}/${name}/releases?per_page=100`, body: "", change };
}

function page(all, size, cursor) {
  const from = cursor ? Number(cursor) : 0;
  const next = from + size;
  const pageInfo = { hasNextPage: next < all.length, endCursor: String(Math.min(next, all.length)) };
  return { nodes: all.slice(from, next), pageInfo };
}
