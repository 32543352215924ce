// How long whole programs take to write a changelog: git-cliff and this tool, on the same clone, in turns. The repository is made here,
// the same each time: 8,000 Conventional Commits with 600 tags, of which the last 20 commits are not released. This tool reads its
// forge as always, here the rehearsal's on loopback; git-cliff asks nobody.
//
// usage: SIDE_BY_SIDE_NODE_MODULES=DIR XTASK=PROGRAM node changelog.mjs [ROUNDS]
// exit codes: 0 measured, 1 a program failed or left something out, 2 could not be run

import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, openSync, closeSync } from "node:fs";
import { arch, cpus, loadavg, platform, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const COMMITS = 8000;
const TAGS = 600;
const UNRELEASED = 20;
const BEGIN = 1_600_000_000;
const PLATFORM = resolve(dirname(fileURLToPath(import.meta.url)), "../../tests/platforms/ailab");
const LINE = /^- /gm;
// What the forge allows in an hour is enough for some rounds only; each run begins with all of it.
const ALLOWANCE = JSON.stringify({ remaining: 5000, reset_in: 3600 });

const modules = process.env.SIDE_BY_SIDE_NODE_MODULES;
const xtask = process.env.XTASK;
const rounds = Number(process.argv[2] ?? 9);
if (!modules || !xtask || !(rounds >= 1)) {
  console.error("usage: SIDE_BY_SIDE_NODE_MODULES=DIR XTASK=PROGRAM node changelog.mjs [ROUNDS]");
  process.exit(2);
}

const NEUTRAL = {
  PATH: process.env.PATH,
  LC_ALL: "C",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
};

// The program itself: the package's own launcher would add the start of node to each run.
function gitCliff() {
  const system = platform() === "win32" ? "windows" : platform();
  const program = join(modules, `git-cliff-${system}-${arch()}`, "bin", platform() === "win32" ? "git-cliff.exe" : "git-cliff");
  if (!existsSync(program)) {
    console.error(`no git-cliff at ${program}: install the packages of package.json there`);
    process.exit(2);
  }
  return program;
}

function git(folder, args, input) {
  return execFileSync("git", args, { cwd: folder, env: NEUTRAL, input, maxBuffer: 1 << 28 }).toString().trim();
}

function message(number) {
  const kinds = ["feat", "fix", "perf", "docs", "refactor", "fix(api)", "feat(web)", "chore(deps)"];
  const kind = number % 97 === 0 ? "feat!" : kinds[number % kinds.length];
  const body = number % 3 === 0 ? "\n\nWhy this is so takes some words, which nobody lists.\n" : "";
  return `${kind}: change what number ${number} stands for${body}`;
}

// The commit after which each tag stands, spread evenly.
function taggedAt(tag) {
  return Math.floor(((tag + 1) * (COMMITS - UNRELEASED)) / TAGS);
}

function repository(folder) {
  git(folder, ["init", "--quiet", "--initial-branch=main", "repository"]);
  const path = join(folder, "repository");
  cpSync(PLATFORM, path, { recursive: true });
  git(path, ["add", "--all"]);
  git(path, ["commit", "--quiet", "--message", "feat: begin"]);
  const who = "Ada <ada@example.org>";
  const parts = [];
  for (let number = 1; number < COMMITS; number += 1) {
    const text = message(number);
    const from = number === 1 ? "from refs/heads/main^0\n" : "";
    const file = `M 100644 inline notes/${number % 40}.txt\ndata ${`${number}`.length}\n${number}\n`;
    const time = `${BEGIN + number * 3600} +0000`;
    parts.push(
      `commit refs/heads/main\nmark :${number}\nauthor ${who} ${time}\ncommitter ${who} ${time}\n` +
        `data ${Buffer.byteLength(text)}\n${text}\n${from}${file}\n`,
    );
  }
  for (let tag = 0; tag < TAGS; tag += 1) {
    const name = `v1.${tag}.0`;
    const time = `${BEGIN + taggedAt(tag) * 3600 + 60} +0000`;
    parts.push(`tag ${name}\nfrom :${taggedAt(tag) - 1}\ntagger ${who} ${time}\ndata ${name.length}\n${name}\n`);
  }
  git(path, ["fast-import", "--quiet"], parts.join(""));
  git(path, ["reset", "--quiet", "--hard"]);
  return path;
}

// Starts the rehearsal's servers and waits for what they announce.
function rehearse(path, folder) {
  return new Promise((announced, failed) => {
    const servers = spawn(xtask, ["rehearsal", "--json", "--folder", join(folder, "stage")], {
      cwd: path,
      env: NEUTRAL,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    servers.stdout.on("data", (data) => {
      text += data;
      try {
        announced({ servers, ...JSON.parse(text) });
      } catch {
        // Not whole yet.
      }
    });
    servers.on("exit", (code) => failed(new Error(`the rehearsal ended with ${code}`)));
  });
}

function timed(program, args, stage, output) {
  const file = openSync(output, "w");
  const began = process.hrtime.bigint();
  try {
    const env = { ...NEUTRAL, ...stage.environment, HOME: stage.home };
    execFileSync(program, args, { cwd: stage.clone, env, stdio: ["ignore", file, "pipe"] });
  } finally {
    closeSync(file);
  }
  return Number(process.hrtime.bigint() - began) / 1e6;
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function require(fact, words) {
  if (!fact) throw new Error(words);
}

async function measure(folder) {
  const cliff = gitCliff();
  const stage = await rehearse(repository(folder), folder);
  stage.home = folder;
  const runs = [
    { name: "git-cliff", part: "whole", program: cliff, args: [] },
    { name: "xtask changelog --all", part: "whole", program: xtask, args: ["changelog", "--all"] },
    { name: "git-cliff --unreleased", part: "unreleased", program: cliff, args: ["--unreleased"] },
    { name: "xtask changelog", part: "unreleased", program: xtask, args: ["changelog"] },
  ];
  try {
    for (const run of runs) run.times = [];
    // The first round warms the caches and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      for (const run of runs) {
        await fetch(`${stage.control}/rate-limit`, { method: "POST", body: ALLOWANCE });
        const took = timed(run.program, run.args, stage, join(folder, "output.md"));
        if (round > 0) run.times.push(took);
        else check(run, readFileSync(join(folder, "output.md"), "utf8"));
      }
    }
  } finally {
    stage.servers.removeAllListeners("exit");
    stage.servers.kill();
  }
  report(runs, execFileSync(cliff, ["--version"]).toString().trim());
}

// A program that leaves something out is not compared.
function check(run, text) {
  const lines = (text.match(LINE) ?? []).length;
  const sections = (text.match(/^## \[/gm) ?? []).length;
  const commits = run.part === "whole" ? COMMITS : UNRELEASED;
  // git-cliff's own configuration leaves some kinds of commits out; this tool lists every one.
  const least = run.program === xtask ? commits : commits / 2;
  require(lines >= least, `${run.name}: ${lines} entries for ${commits} commits`);
  require(run.part !== "whole" || sections === TAGS + 1, `${run.name}: ${sections} sections for ${TAGS} tags`);
}

function report(runs, version) {
  const round = (value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
  console.log(`${version}; ${rounds} rounds; ${cpus().length} × ${cpus()[0].model}; load ${loadavg()[0].toFixed(1)}`);
  console.log("| program | median (ms) | fastest | slowest |\n|---|---|---|---|");
  for (const { name, times } of runs) {
    console.log(`| \`${name}\` | ${round(median(times))} | ${round(Math.min(...times))} | ${round(Math.max(...times))} |`);
  }
  for (const part of ["whole", "unreleased"]) {
    const [theirs, ours] = runs.filter((run) => run.part === part).map((run) => median(run.times));
    console.log(`${part}: git-cliff takes ${(theirs / ours).toFixed(2)} times as long`);
  }
}

const folder = mkdtempSync(join(tmpdir(), "side-by-side-"));
try {
  await measure(folder);
} catch (error) {
  console.error(error.stderr?.toString() || error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
