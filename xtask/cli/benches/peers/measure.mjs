// This tool beside other release tools: on the same repositories, against the same rehearsed GitHub. How many requests each makes, how
// long it takes, whether version and assets are right, and after how many of its faults a second run, in a fresh clone, comes to the
// right state. A tool that does not come there without a fault is void, whatever its figures.
//
// usage: PEERS_NODE_MODULES=DIR XTASK=PROGRAM node measure.mjs [ROUNDS [SHAPE_OF_FAULTS]]
// exit codes: 0 measured, 1 this tool failed, 2 could not be run

import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { tells } from "./gateway.mjs";
import { FAULTS, digests, faulted, plain, run, withStage } from "./run.mjs";
import { SHAPES, repository } from "./stage.mjs";
import { settings, tools } from "./tools.mjs";

const AT_ONCE = 4;

const modules = process.env.PEERS_NODE_MODULES;
const xtask = process.env.XTASK;
const rounds = Number(process.argv[2] ?? 3);
const faultShape = process.argv[3] ?? "patch";
if (!modules || !xtask || !(rounds >= 1) || !(faultShape in SHAPES)) {
  console.error("usage: PEERS_NODE_MODULES=DIR XTASK=PROGRAM node measure.mjs [ROUNDS [SHAPE_OF_FAULTS]]");
  process.exit(2);
}

// The repositories, and for each shape the assets that every tool uploads: those that this tool makes.
async function prepare(folder) {
  const context = { xtask, shapes: SHAPES, repositories: {}, assets: {}, digests: {} };
  context.tools = tools(modules, process.execPath, xtask);
  for (const [name, shape] of Object.entries(SHAPES)) {
    context.repositories[name] = repository(shape, join(folder, name), settings);
    const kept = join(folder, name, "assets");
    await withStage(context, name, async (stage) => {
      stage.shape = name;
      const made = await run(context, context.tools.slipway, stage, "first");
      if (made.code !== 0) throw new Error(made.errors);
      mkdirSync(kept);
      const built = join(stage.folder, "first/dist", `v${shape.version}`);
      cpSync(built, kept, { recursive: true, filter: (path) => !path.endsWith("plan.json") });
    });
    context.assets[name] = kept;
    context.digests[name] = digests(kept);
  }
  return context;
}

async function measure(context) {
  const rows = Object.entries(context.tools).map(([name, tool]) => ({ name, tool, shapes: {} }));
  for (let round = 0; round < rounds; round += 1) {
    for (const row of rows) {
      for (const shape of Object.keys(SHAPES)) {
        const seen = (row.shapes[shape] ??= { times: [] });
        if (seen.void) continue;
        const result = await plain(context, row.tool, shape, round === 0 ? 2 : 1);
        seen.times.push(result.took);
        seen.requests = result.requests;
        seen.again ??= result.again;
        seen.void = row.tool.releases ? result.verdict : row.tool.wrong(result, SHAPES[shape]);
        if (row.tool.followed) alone((seen.alone ??= { times: [] }), result);
        if (seen.void) seen.void += lacking(result.requests);
        const verdict = `exit ${result.code}, ${seen.void ?? "right"}, again: ${seen.again ?? "-"}`;
        console.error(`${row.tool.title} ${shape}: ${result.took.toFixed(0)} ms, ${verdict}`);
        if (seen.void) console.error(result.errors.slice(-400));
      }
    }
  }
  return rows;
}

// A tool by itself, before the one that follows it.
function alone(seen, { alone: { took, last }, requests, lone: { verdict, again } }) {
  seen.times.push(took);
  seen.requests = requests.filter(({ number }) => number <= last);
  seen.again ??= again;
  seen.void = verdict;
}

// What was asked of the rehearsal that neither it nor the gateway has.
function lacking(requests) {
  const asked = requests.filter((request) => request.operation === "unknown" && request.status === 404 && !tells(request));
  const paths = new Set(asked.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`));
  return paths.size ? `; the rehearsal lacks ${[...paths].join(", ")}` : "";
}

async function breakEach(context, row) {
  const points = row.shapes[faultShape].requests.map(({ nth }) => nth);
  const todo = Object.entries(FAULTS).flatMap(([name, fault]) => points.map((nth) => ({ name, fault, nth })));
  const left = [...todo];
  const worker = async () => {
    for (let point = left.shift(); point; point = left.shift()) {
      Object.assign(point, await faulted(context, row.tool, faultShape, point.nth, point.fault));
      const place = `${point.name} at ${point.nth}, ${point.hit?.operation ?? "which is not reached"}`;
      const ended = `exit ${point.codes.map((code) => code ?? "by a signal").join(", then ")}`;
      const lone = point.lone ? `; alone: ${point.lone.verdict ?? "right"}` : "";
      console.error(`${row.tool.title}: ${place}: ${ended}: ${point.verdict ?? "right"}; twice: ${point.twice ?? "right"}${lone}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  // Requests at once come in any order, and their number may differ by some from run to run.
  row.faults = todo.filter(({ hit }) => hit);
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Where another tool follows, the first one by itself, then both.
function apart(row) {
  const { followed } = row.tool;
  if (!followed) return [row];
  const shapes = Object.fromEntries(Object.entries(row.shapes).map(([name, seen]) => [name, seen.alone]));
  const faults = row.faults?.filter(({ lone }) => lone).map((point) => ({ ...point, ...point.lone }));
  return [{ ...row, shapes, faults }, { ...row, tool: { ...row.tool, title: followed.title } }];
}

function report(rows) {
  console.log(`node ${process.version}; ${rounds} rounds; ${cpus().length} × ${cpus()[0].model}; load ${loadavg()[0].toFixed(1)}`);
  console.log("| tool | release | requests | median | beside this tool | run again |\n|---|---|---|---|---|---|");
  for (const { tool, shapes } of rows) {
    for (const [shape, { times, requests, again, void: why }] of Object.entries(shapes)) {
      const cells = why ? `void: ${why} | | |` : figures(tool, times, requests, again, besides(rows, tool)?.shapes[shape]);
      console.log(`| ${tool.title} | ${shape} | ${cells} |`);
    }
  }
  console.log(`\n| tool | ${Object.keys(FAULTS).join(" | ")} | share | always a second run |\n|---|---|---|---|---|---|`);
  for (const { tool, faults } of rows.filter(({ tool }) => !tool.faults)) {
    const nothing = `${tool.releases ? "void" : "makes no release"} | | | |`;
    console.log(`| ${tool.title} | ${faults ? shares(faults) : nothing} |`);
  }
  for (const row of rows.filter(({ faults }) => faults)) reasons(row);
}

function besides(rows, tool) {
  return rows.find(({ name }) => name === tool.beside);
}

function figures(tool, times, requests, again, ours) {
  const count = (...servers) => requests.filter(({ server }) => servers.includes(server)).length;
  const split = `${count("api", "uploads")}, ${count("web")}, ${count("registry")}`;
  const second = tool.releases ? again : "makes no release";
  const ratio = ours ? (median(times) / median(ours.times)).toFixed(2) : "";
  return `${split} | ${(median(times) / 1000).toFixed(2)} s | ${ratio} | ${second}`;
}

function shares(faults) {
  const of = (some) => `${some.filter(({ verdict }) => !verdict).length} of ${some.length}`;
  const kinds = Object.keys(FAULTS).map((name) => of(faults.filter((point) => point.name === name)));
  const all = (verdict) => (faults.filter((point) => !point[verdict]).length / faults.length).toFixed(2);
  return [...kinds, all("verdict"), all("twice")].join(" | ");
}

function reasons({ tool, faults }) {
  const counted = Map.groupBy(faults.filter(({ verdict }) => verdict), ({ verdict }) => verdict);
  for (const [verdict, points] of counted) console.log(`${tool.title}: ${points.length} × ${verdict}`);
  const silent = faults.filter(({ verdict, codes }) => verdict && codes.includes(0)).length;
  if (silent) console.log(`${tool.title}: ${silent} of them although a run ended with 0`);
}

const folder = mkdtempSync(join(tmpdir(), "peers-"));
try {
  const context = await prepare(folder);
  const rows = await measure(context);
  const broken = rows.filter(({ tool, shapes }) => tool.releases && !tool.faults && !shapes[faultShape].void);
  for (const row of broken) await breakEach(context, row);
  report(rows.flatMap(apart));
} catch (error) {
  console.error(error.stderr?.toString() || error.stack);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
