// Runs one tool on a stage: as it is, with a fault, or killed at a request.

import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { gateway } from "./gateway.mjs";
import { wrong } from "./judge.mjs";
import { NEUTRAL, clone, control, git, rehearse, strike } from "./stage.mjs";

const PATIENCE = 240_000;
// The one request that no tool here sends: the person who merges does.
const PERSONS = "pulls/merge";

// What a run meets at its nth request. GitHub leaves a broken asset behind where an upload meets a 502, and so does the rehearsal.
export const FAULTS = { reset: { kind: "reset_after" }, refusal: { kind: { status: 502 } }, kill: { kind: { hold_after: 600 }, kill: true } };

export async function withStage(context, shape, work) {
  const folder = mkdtempSync(join(tmpdir(), "peers-"));
  const made = context.repositories[shape];
  const stage = await rehearse(context.xtask, made, join(folder, "stage"));
  try {
    const { api, graphql, uploads } = await control(stage, "/");
    stage.gateway = await gateway({ api, graphql, uploads }, stage);
    return await work(stage, { ...made, remote: stage.remote, source: git(made.path, ["rev-parse", "HEAD"]) });
  } finally {
    stage.gateway?.close();
    strike(stage);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

// One run in a clone of its own, as a job in CI has it: how long it took, and what it said.
export async function run(context, tool, stage, name, fault) {
  const folder = clone(stage, name);
  if (tool.assets) cpSync(context.assets[stage.shape], join(folder, "dist"), { recursive: true });
  const env = { ...NEUTRAL, HOME: stage.home, ...tool.environment(stage) };
  const result = { code: 0, took: 0, text: "", errors: "" };
  const start = async ([program, ...args]) => {
    const began = process.hrtime.bigint();
    const child = spawn(program, args, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (data) => (result.text += data));
    child.stderr.on("data", (data) => (result.errors += data));
    result.code = await ended(child, stage, fault);
    result.took += Number(process.hrtime.bigint() - began) / 1e6;
  };
  for (const step of tool.runs(stage)) {
    // What a person does takes no time and does not fail.
    await (typeof step === "function" ? step() : start(step));
    if (result.code !== 0) break;
  }
  if (!tool.followed) return result;
  const last = (await control(stage, "/requests")).at(-1)?.number;
  result.alone = { code: result.code, took: result.took, last };
  const following = result.code === 0 && tool.followed.by(stage, folder, result.text);
  if (following) await start(following);
  return result;
}

async function ended(child, stage, fault) {
  let over = false;
  const end = new Promise((resolve) => child.on("close", (code) => resolve((over = true) && code)));
  // With its children: a git that it started dies with it.
  const kill = () => over || process.kill(-child.pid, "SIGKILL");
  const late = setTimeout(kill, PATIENCE);
  while (fault?.kill && !over) {
    const requests = await control(stage, "/requests");
    if (requests.some((request) => request.fault)) {
      await wait(100);
      kill();
      break;
    }
    await Promise.race([wait(25), end]);
  }
  const code = await end;
  clearTimeout(late);
  return code;
}

// A run without any fault, and where wanted a second one after it.
export async function plain(context, tool, shape, runs) {
  return withStage(context, shape, async (stage, made) => {
    stage.shape = shape;
    if (tool.faults) await control(stage, "/faults", "POST", tool.faults);
    const first = await run(context, tool, stage, "first");
    const requests = await sent(stage);
    const { verdict, alone } = await judged(context, tool, stage, made);
    const result = { ...first, requests, verdict, lone: { verdict: alone } };
    if (runs === 1 || !tool.releases || alone) return result;
    await run(context, tool, stage, "second");
    const after = await judged(context, tool, stage, made);
    return { ...result, again: after.verdict ?? "right", lone: { again: after.alone ?? "right" } };
  });
}

async function sent(stage) {
  const all = await control(stage, "/requests");
  return all.map((request, index) => ({ ...request, nth: index + 1 })).filter(({ operation }) => operation !== PERSONS);
}

// A run that meets a fault at its nth request, and a second one that meets none. Where the first one says that it succeeded, nobody
// would start a second: so it counts what the first one left, and besides what comes of a second one all the same.
export async function faulted(context, tool, shape, nth, fault) {
  return withStage(context, shape, async (stage, made) => {
    stage.shape = shape;
    await control(stage, "/faults", "POST", { nth, kind: fault.kind });
    const first = await run(context, tool, stage, "first", fault);
    const hit = (await control(stage, "/requests")).find((request) => request.fault);
    await control(stage, "/faults", "DELETE");
    const once = await judged(context, tool, stage, made);
    const second = await run(context, tool, stage, "second");
    const twice = await judged(context, tool, stage, made);
    const met = (one, other, by) => {
      return { codes: [one.code, other.code], verdict: (one.code === 0 ? once : twice)[by], twice: twice[by] };
    };
    const lone = hit?.number <= first.alone?.last ? met(first.alone, second.alone, "alone") : undefined;
    return { hit, ...met(first, second, "verdict"), lone };
  });
}

// With the assets, and by tag and release alone.
async function judged(context, tool, stage, made) {
  const state = await control(stage, "/state");
  const expected = tool.assets ? context.digests[stage.shape] : await listed(state, stage, context);
  const shape = context.shapes[stage.shape];
  return { verdict: wrong(state, shape, made, expected), alone: wrong(state, shape, made) };
}

// This tool makes its assets itself, and lists them in one of them.
async function listed(state, stage, context) {
  const tag = `v${context.shapes[stage.shape].version}`;
  const names = Object.fromEntries(Object.keys(context.digests[stage.shape]).map((name) => [name, undefined]));
  const sums = await fetch(`${stage.environment.GITHUB_SERVER_URL}/example/aihummer/releases/download/${tag}/SHA256SUMS`);
  if (!sums.ok) return names;
  const lines = (await sums.text()).trim().split("\n").map((line) => line.split(/\s+\*?/));
  return { ...names, ...Object.fromEntries(lines.map(([digest, name]) => [name, digest])) };
}

export function digests(folder) {
  const digest = (name) => createHash("sha256").update(readFileSync(join(folder, name))).digest("hex");
  return Object.fromEntries(readdirSync(folder).map((name) => [name, digest(name)]));
}
