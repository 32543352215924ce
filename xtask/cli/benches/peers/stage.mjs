// Sets a stage: a repository of one shape, and the rehearsal's GitHub behind it. Knows no release tool.

import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const PLATFORM = resolve(HERE, "../../tests/platforms/aihummer");
const BEGIN = 1_760_000_000;
// Not everybody knows the exclamation mark.
const BREAKING = "\n\nBREAKING CHANGE: what was before is no more";
// Where each tool believes that the repository lies; git is told where it really does.
export const PAGE = "https://github.com/example/aihummer";
export const TOKEN = "rehearsal-token";

export const NEUTRAL = {
  PATH: process.env.PATH,
  LC_ALL: "C",
  TZ: "UTC",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
};

export const ADA = {
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
};

// What was merged since the last release, oldest first, and what has to be released for it.
export const SHAPES = {
  first: { before: null, version: "1.0.0", merged: [["feat!: begin", "major"]] },
  patch: { before: "1.0.0", version: "1.0.1", merged: [["fix: answer in time", "patch"]] },
  minor: { before: "1.0.0", version: "1.1.0", merged: Array.from({ length: 30 }, (_, number) => thirty(number)) },
  breaking: { before: "1.0.0", version: "2.0.0", merged: [["fix: answer in time", "patch"], ["feat!: answer in threads", "major"]] },
};

function thirty(number) {
  return number % 3 === 0 ? [`feat: know of matter ${number}`, "minor"] : [`fix: mind matter ${number}`, "patch"];
}

export function git(folder, args, environment = {}) {
  const env = { ...NEUTRAL, ...ADA, ...environment };
  return execFileSync("git", args, { cwd: folder, env, maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "pipe"] }).toString().trim();
}

// Makes the repository of a shape, the same each time, and the file of its pull requests, all squashed.
export function repository(shape, folder, settings) {
  mkdirSync(folder, { recursive: true });
  git(folder, ["init", "--quiet", "--initial-branch=main", "repository"]);
  const path = join(folder, "repository");
  cpSync(PLATFORM, path, { recursive: true });
  unsign(path);
  for (const [name, content] of Object.entries(settings(shape))) writeFileSync(join(path, name), content);
  let time = BEGIN;
  const commit = (message) => {
    time += 3600;
    const date = `${time} +0000`;
    git(path, ["add", "--all"]);
    git(path, ["commit", "--quiet", "--allow-empty", "--message", message], { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date });
    return { sha: git(path, ["rev-parse", "HEAD"]), date: new Date(time * 1000).toISOString() };
  };
  const pulls = [];
  const merge = ([title, label], at) => {
    const number = pulls.length + 1;
    const { sha, date } = commit(`${title} (#${number})${label === "major" ? BREAKING : ""}`);
    const own = { sha: createHash("sha1").update(title).digest("hex"), headline: title, authored_at: date };
    const merged = { state: "merged", merged_at: at ?? date, merge_commit: sha, landed: [sha], commits: [own] };
    pulls.push({ number, title, author: "ada", labels: [label], head: `change-${number}`, ...merged });
  };
  if (shape.before) {
    merge(["feat!: begin", "major"]);
    const date = { GIT_COMMITTER_DATE: `${time + 60} +0000` };
    git(path, ["tag", "--annotate", "--message", `v${shape.before}`, `v${shape.before}`], date);
  }
  // The rehearsal publishes the release before when it starts, and these came later.
  const later = new Date(Date.now() + 3_600_000).toISOString();
  shape.merged.forEach((pull, number) => {
    writeFileSync(join(path, "services/server", `change-${number}.txt`), `${pull[0]}\n`);
    merge(pull, later);
  });
  const file = join(folder, "pulls.json");
  writeFileSync(file, JSON.stringify({ pull_requests: pulls }));
  return { path, pulls: file };
}

// No other tool signs, so none does here.
function unsign(path) {
  const file = join(path, "config/release.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace(/# Keys of the tests[^]*$/, ""));
}

// Starts the rehearsal's servers and waits for what they announce.
export function rehearse(xtask, made, folder) {
  return new Promise((announced, failed) => {
    const args = ["rehearsal", "--json", "--pulls", made.pulls, "--folder", folder];
    const servers = spawn(xtask, args, { cwd: made.path, env: { ...NEUTRAL, HOME: dirname(folder) }, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    let errors = "";
    servers.stderr.on("data", (data) => (errors += data));
    servers.stdout.on("data", (data) => {
      text += data;
      try {
        announced(stage(servers, JSON.parse(text), folder));
      } catch (error) {
        if (!(error instanceof SyntaxError)) failed(error);
      }
    });
    servers.on("exit", (code) => failed(new Error(`the rehearsal ended with ${code}: ${errors}`)));
  });
}

function stage(servers, announced, folder) {
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  const { environment } = announced;
  const server = environment.GITHUB_SERVER_URL.replace("://", `://${TOKEN}@`);
  const instead = [PAGE, PAGE.replace("://", `://${TOKEN}@`), environment.GITHUB_SERVER_URL + "/example/aihummer", server + "/example/aihummer"];
  const remote = `file://${announced.remote}`;
  const rewritten = instead.flatMap((url) => [`\tinsteadOf = ${url}.git`, `\tinsteadOf = ${url}`]);
  const lines = ["[user]", "\tname = Ada", "\temail = ada@example.org", `[url "${remote}"]`, ...rewritten];
  writeFileSync(join(home, ".gitconfig"), `${lines.join("\n")}\n`);
  return { servers, folder, home, ...announced };
}

// A clone as a job in CI has it: main, the whole history, all tags.
export function clone(stage, name) {
  const path = join(stage.folder, name);
  git(stage.folder, ["clone", "--quiet", `${PAGE}.git`, path], { HOME: stage.home });
  return path;
}

export async function control(stage, path, method = "GET", body = undefined) {
  const answer = await fetch(`${stage.control}${path}`, { method, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the control server answers ${answer.status} to ${method} ${path}: ${text}`);
  return text ? JSON.parse(text) : null;
}

// What a person does with the pull requests of a tool, whether it has put its labels on or not.
export async function merge(stage) {
  const { pull_requests: pulls } = await control(stage, "/state");
  for (const { number } of pulls.filter((pull) => pull.state === "open")) {
    const url = `${stage.environment.GITHUB_API_URL}/repos/example/aihummer/pulls/${number}/merge`;
    const headers = { authorization: `Bearer ${TOKEN}`, "user-agent": "a person" };
    const answer = await fetch(url, { method: "PUT", headers, body: JSON.stringify({ merge_method: "squash" }) });
    if (!answer.ok) throw new Error(`pull request ${number} is not merged: ${answer.status} ${await answer.text()}`);
  }
}

export function strike(stage) {
  stage.servers.removeAllListeners("exit");
  stage.servers.kill();
}
