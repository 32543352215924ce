// Cuts GitHub's own description of its REST interface to the operations that the release tool and the rehearsal GitHub share.
//
//   node extend.mjs           writes openapi.json beside this file
//   node extend.mjs --check   fails where openapi.json is not what would be written
//
// SLIPWAY_TEST_NODE_MODULES names the folder in which the package @octokit/openapi is. Prose, examples, keys that begin with
// `x-` and everything that nothing refers to are dropped; nothing else is changed, ever: the description is what both sides
// are held against.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const OPERATIONS = {
  "/rate_limit": ["get"],
  "/user": ["get"],
  "/repos/{owner}/{repo}": ["get"],
  "/repos/{owner}/{repo}/commits/{commit_sha}/pulls": ["get"],
  "/repos/{owner}/{repo}/compare/{basehead}": ["get"],
  "/repos/{owner}/{repo}/pulls": ["get", "post"],
  "/repos/{owner}/{repo}/pulls/{pull_number}": ["get", "patch"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/commits": ["get"],
  "/repos/{owner}/{repo}/pulls/{pull_number}/merge": ["put"],
  "/repos/{owner}/{repo}/labels": ["get", "post"],
  "/repos/{owner}/{repo}/issues/{issue_number}/labels": ["post"],
  "/repos/{owner}/{repo}/branches/{branch}": ["get"],
  "/repos/{owner}/{repo}/git/tags": ["post"],
  "/repos/{owner}/{repo}/git/tags/{tag_sha}": ["get"],
  "/repos/{owner}/{repo}/git/refs": ["post"],
  "/repos/{owner}/{repo}/git/ref/{ref}": ["get"],
  "/repos/{owner}/{repo}/git/refs/{ref}": ["patch", "delete"],
  "/repos/{owner}/{repo}/releases": ["get", "post"],
  "/repos/{owner}/{repo}/releases/generate-notes": ["post"],
  "/repos/{owner}/{repo}/releases/latest": ["get"],
  "/repos/{owner}/{repo}/releases/tags/{tag}": ["get"],
  "/repos/{owner}/{repo}/releases/assets/{asset_id}": ["get", "patch", "delete"],
  "/repos/{owner}/{repo}/releases/{release_id}": ["get", "patch", "delete"],
  "/repos/{owner}/{repo}/releases/{release_id}/assets": ["get", "post"],
};

// Under these keys stand names that somebody chose, which may be called like prose.
const NAMED = new Set(["properties", "schemas", "parameters", "responses", "headers", "paths"]);
const PROSE = new Set(["summary", "tags", "example", "examples", "externalDocs", "title", "deprecated"]);

function cut(value, under) {
  if (Array.isArray(value)) return value.map((one) => cut(one));
  if (value === null || typeof value !== "object") return value;
  const kept = {};
  for (const [key, entry] of Object.entries(value)) {
    if (NAMED.has(under)) kept[key] = cut(entry);
    else if (key.startsWith("x-") || PROSE.has(key)) continue;
    else if (key === "description") {
      // The only text that the format demands.
      if (under === "response") kept[key] = "-";
    } else if (key === "default" || key === "enum") kept[key] = entry;
    else kept[key] = cut(entry, key);
  }
  return kept;
}

// A response has to have a description, whatever it says.
function answered(operation) {
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    if (!response.$ref) operation.responses[status] = { ...response, description: "-" };
  }
  return operation;
}

function references(value, found) {
  if (Array.isArray(value)) value.forEach((one) => references(one, found));
  else if (value !== null && typeof value === "object") {
    for (const [key, entry] of Object.entries(value)) {
      if (key === "$ref" && typeof entry === "string") found.add(entry);
      else references(entry, found);
    }
  }
}

function describe(full) {
  const paths = {};
  for (const [path, methods] of Object.entries(OPERATIONS)) {
    paths[path] = {};
    for (const method of methods) {
      const operation = full.paths[path]?.[method];
      if (!operation) throw new Error(`the description has no ${method.toUpperCase()} ${path}`);
      paths[path][method] = answered(cut(operation));
    }
  }
  const components = {};
  const open = new Set();
  references(paths, open);
  for (const reference of open) {
    const [, , kind, name] = reference.split("/");
    const part = cut(full.components[kind][name]);
    if (kind === "responses") part.description = "-";
    components[kind] ??= {};
    components[kind][name] = part;
    references(part, open);
  }
  const sorted = (value) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    openapi: full.openapi,
    info: { title: "GitHub's REST interface, as far as a release uses it", version: full.info.version },
    servers: full.servers,
    paths,
    components: sorted(Object.fromEntries(Object.entries(components).map(([kind, parts]) => [kind, sorted(parts)]))),
  };
}

const modules = process.env.SLIPWAY_TEST_NODE_MODULES;
if (!modules) throw new Error("SLIPWAY_TEST_NODE_MODULES is not set: run the tests with `cargo xtask test`");
const full = JSON.parse(readFileSync(join(modules, "@octokit/openapi/generated/api.github.com.json"), "utf8"));
const target = fileURLToPath(new URL("openapi.json", import.meta.url));
const wanted = `${JSON.stringify(describe(full), null, 1)}\n`;
if (!process.argv.includes("--check")) writeFileSync(target, wanted);
else if (readFileSync(target, "utf8") !== wanted) {
  console.error("openapi.json is not what extend.mjs writes: run `node extend.mjs` again");
  process.exit(1);
}
