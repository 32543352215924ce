// Trees, blobs, commits and tags as GitHub's REST interface has them, told from a bare repository and written into it. The rehearsal has
// none of these requests: each is sent to it as it came, and only what it then does not find is asked for here.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADA, NEUTRAL } from "./stage.mjs";

const ROUTES = [
  ["GET", /^\/git\/trees\/(.+)$/, tree],
  ["POST", /^\/git\/trees$/, makeTree],
  ["GET", /^\/git\/blobs\/(\w+)$/, blob],
  ["GET", /^\/git\/commits\/(\w+)$/, commit],
  ["POST", /^\/git\/commits$/, makeCommit],
  ["GET", /^\/tags$/, tags],
  ["GET", /^\/commits\/([^/]+)$/, changed],
];

// What has to be done for a request, if it is one of these; it gives the answer, or nothing where there is no such object.
export function objects(remote, method, path, query, body) {
  for (const [wanted, pattern, handler] of ROUTES) {
    const found = wanted === method && path.match(pattern);
    if (found) return () => handler(remote, decodeURIComponent(found[1] ?? ""), query, body);
  }
  return undefined;
}

// What a commit changed against its first parent.
export function files(remote, sha) {
  const parents = text(remote, ["show", "--no-patch", "--format=%P", sha]).split(" ");
  const against = parents[0] ? [parents[0], sha] : ["--root", sha];
  return listed(remote, ["diff-tree", "-r", "-z", "--name-only", "--no-commit-id", ...against]);
}

// The commits of a branch, newest first; none where there is no such branch.
export function history(remote, branch) {
  const tip = named(remote, `refs/heads/${branch}`);
  if (!tip) return undefined;
  return listed(remote, ["log", "-z", "--format=%H%n%an%n%ae%n%B", tip]).map((entry) => {
    const [sha, name, email, ...message] = entry.split("\n");
    return { sha, author: { name, email, user: null }, message: message.join("\n").trimEnd() };
  });
}

export function named(remote, name) {
  try {
    return text(remote, ["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
  } catch (error) {
    if (error.status === 1) return undefined;
    throw error;
  }
}

function tree(remote, name, query) {
  const sha = named(remote, `${name}^{tree}`);
  if (!sha) return undefined;
  const deep = query.has("recursive") ? ["-r", "-t"] : [];
  const entries = listed(remote, ["ls-tree", "-l", "-z", ...deep, sha]).map((line) => {
    const [, mode, type, id, size, path] = line.match(/^(\d+) (\w+) (\w+) +(\S+)\t([^]*)$/);
    return { path, mode, type, sha: id, ...(type === "blob" && { size: Number(size) }) };
  });
  return { status: 200, body: { sha, tree: entries, truncated: false } };
}

// As `base_tree` is, but for the entries: one with `content` is written, one whose `sha` is null is gone.
function makeTree(remote, _, __, { base_tree: base, tree: entries }) {
  const folder = mkdtempSync(join(tmpdir(), "peers-index-"));
  try {
    const index = { GIT_INDEX_FILE: join(folder, "index") };
    if (base) text(remote, ["read-tree", base], { environment: index });
    for (const { path, mode, sha, content } of entries) {
      const written = content === undefined ? sha : text(remote, ["hash-object", "-w", "--stdin"], { input: content });
      const change = written === null ? ["--force-remove", "--", path] : ["--add", "--cacheinfo", `${mode},${written},${path}`];
      text(remote, ["update-index", ...change], { environment: index });
    }
    const { body } = tree(remote, text(remote, ["write-tree"], { environment: index }), new URLSearchParams());
    return { status: 201, body };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function blob(remote, sha) {
  if (!named(remote, `${sha}^{blob}`)) return undefined;
  const content = run(remote, ["cat-file", "blob", sha]);
  return { status: 200, body: { sha, size: content.length, encoding: "base64", content: content.toString("base64") } };
}

function commit(remote, name) {
  const sha = named(remote, `${name}^{commit}`);
  return sha && { status: 200, body: { url: `git/commits/${sha}`, ...shown(remote, sha) } };
}

function shown(remote, sha) {
  const [tree, parents, ...message] = text(remote, ["show", "--no-patch", "--format=%T%n%P%n%B", sha]).split("\n");
  const above = parents.split(" ").filter(Boolean).map((parent) => ({ sha: parent }));
  return { sha, tree: { sha: tree }, parents: above, message: message.join("\n") };
}

function makeCommit(remote, _, __, { tree, parents, message }) {
  const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
  const { body } = commit(remote, text(remote, args, { input: message, environment: ADA }));
  return { status: 201, body };
}

function tags(remote) {
  const format = "%(refname:short)%00%(objectname)%00%(*objectname)";
  const lines = text(remote, ["for-each-ref", "--sort=-version:refname", `--format=${format}`, "refs/tags"]).split("\n");
  const named = lines.filter(Boolean).map((line) => line.split("\0"));
  return { status: 200, body: named.map(([name, own, peeled]) => ({ name, commit: { sha: peeled || own } })) };
}

function changed(remote, name) {
  const sha = named(remote, `${name}^{commit}`);
  if (!sha) return undefined;
  return { status: 200, body: { sha, commit: shown(remote, sha), files: files(remote, sha).map((filename) => ({ filename })) } };
}

function run(remote, args, { input = "", environment = {} } = {}) {
  const env = { ...NEUTRAL, ...environment };
  return execFileSync("git", args, { cwd: remote, env, input, maxBuffer: 1 << 26, stdio: ["pipe", "pipe", "pipe"] });
}

function text(remote, args, options) {
  return run(remote, args, options).toString().trim();
}

function listed(remote, args) {
  return run(remote, args).toString().split("\0").filter(Boolean);
}
