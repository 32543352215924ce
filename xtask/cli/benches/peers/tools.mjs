// The tools that are compared, each set up as its own documentation says, and each released from GitHub Actions.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { delimiter, join } from "node:path";
import { PAGE, TOKEN, merge } from "./stage.mjs";

const OWNER = "example";
const NAME = "aihummer";

// Comments and labels on what was released are left out: no other tool makes any here.
const SEMANTIC = {
  branches: ["main"],
  repositoryUrl: `${PAGE}.git`,
  plugins: [
    "@semantic-release/commit-analyzer",
    "@semantic-release/release-notes-generator",
    ["@semantic-release/github", { assets: ["dist/*"], successComment: false, failComment: false, releasedLabels: false }],
  ],
};

const AUTO = `module.exports = {
  owner: "${OWNER}",
  repo: "${NAME}",
  name: "Ada",
  email: "ada@example.org",
  githubApi: process.env.GITHUB_API_URL,
  plugins: ["git-tag", ["upload-assets", ["./dist/*"]]],
};
`;

const PLEASE = {
  packages: { ".": { "release-type": "simple", "version-file": "VERSION", "package-name": NAME, "include-component-in-tag": false } },
};

// The files that each repository holds, whichever tool releases it.
export function settings(shape) {
  return {
    ".releaserc.json": JSON.stringify(SEMANTIC),
    "auto.config.js": AUTO,
    "release-please-config.json": JSON.stringify(PLEASE),
    ".release-please-manifest.json": JSON.stringify(shape.before ? { ".": shape.before } : {}),
    "cliff.toml": '[bump]\ninitial_tag = "v1.0.0"\n',
  };
}

// A run on main, as each of them looks for it.
function environment(stage) {
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTION: "run",
    GITHUB_EVENT_NAME: "push",
    GITHUB_REF: "refs/heads/main",
    GITHUB_REF_NAME: "main",
    GITHUB_REPOSITORY: `${OWNER}/${NAME}`,
    GITHUB_TOKEN: TOKEN,
    GH_TOKEN: TOKEN,
    GITHUB_API_URL: `${stage.gateway.url}/api/v3`,
  };
}

// For each tool: the programs of a run and what a person does between them, whether a release comes of it, whether it is given the assets,
// beside which other its time is set, what another program does after it; where no release comes, what is wrong with what it prints.
export function tools(modules, node, xtask) {
  const script = (...path) => [node, found(join(modules, ...path))];
  const cliff = found(join(modules, `git-cliff-${platform()}-${arch()}`, "bin/git-cliff"));
  const please = (stage, command) => [...script("release-please/build/src/bin/release-please.js"), command, ...where(stage)];
  const paths = process.env.PATH.split(delimiter).map((folder) => join(folder, "gh"));
  const gh = paths.find(existsSync) ?? missing("no `gh` on PATH: install it");
  return {
    slipway: {
      title: "`cargo xtask release`",
      environment: (stage) => stage.environment,
      releases: true,
      runs: () => [[xtask, "release", "--yes"]],
    },
    // In a rehearsal it does not wait between writes as it does before GitHub, and as the others do here, too. So each is held as long.
    slipwayPaced: {
      title: "`cargo xtask release`, a second a write",
      environment: (stage) => stage.environment,
      releases: true,
      faults: ["api", "uploads"].map((server) => ({ where: { server, access: "write" }, times: 1000, kind: { hold: 1 } })),
      runs: () => [[xtask, "release", "--yes"]],
    },
    auto: {
      title: "`auto`",
      beside: "slipwayPaced",
      environment,
      releases: true,
      assets: true,
      runs: () => [[...script("auto/dist/bin/auto.js"), "shipit"]],
    },
    semanticRelease: {
      title: "`semantic-release`",
      beside: "slipwayPaced",
      environment,
      releases: true,
      assets: true,
      runs: () => [script("semantic-release/bin/semantic-release.js")],
    },
    // It uploads nothing. Its action's documentation does that with `gh` in the step after, where a release was created.
    releasePlease: {
      title: "`release-please`",
      beside: "slipwayPaced",
      environment: (stage) => ({ ...environment(stage), GH_CONFIG_DIR: join(stage.home, "gh"), GH_REPO: `${OWNER}/${NAME}` }),
      releases: true,
      assets: true,
      runs: (stage) => [please(stage, "release-pr"), () => merge(stage), please(stage, "github-release")],
      followed: {
        title: "`release-please`, then `gh release upload`",
        by: (stage, folder, text) => upload(gh, stage, folder, text),
      },
    },
    slipwayPlan: {
      title: "`cargo xtask plan`",
      environment: (stage) => stage.environment,
      runs: () => [[xtask, "plan"]],
      wrong: ({ text }, shape) => unlisted(text, `${NAME} v${shape.version}`, / \(#\d+\)$/gm, shape),
    },
    gitCliff: {
      title: "`git-cliff`",
      beside: "slipwayPlan",
      environment: () => ({}),
      runs: () => [[cliff, "--bumped-version"], [cliff, "--bump", "--unreleased"]],
      wrong: ({ text }, shape) => unlisted(text, `v${shape.version}`, /^- /gm, shape),
    },
  };
}

function found(path) {
  return existsSync(path) ? path : missing(`nothing at ${path}: install the packages of package.json there`);
}

function missing(what) {
  console.error(what);
  process.exit(2);
}

// Where a release was created it is said, with its tag.
function upload(gh, stage, folder, text) {
  const [, tag] = text.match(/\btagName: '([^']+)'/) ?? [];
  if (!tag) return undefined;
  mkdirSync(join(stage.home, "gh"), { recursive: true });
  writeFileSync(join(stage.home, "gh/config.yml"), `http_unix_socket: ${stage.gateway.socket}\n`);
  return [gh, "release", "upload", tag, ...readdirSync(join(folder, "dist")).map((name) => join("dist", name))];
}

function where(stage) {
  const { url } = stage.gateway;
  return ["--token", TOKEN, "--repo-url", `${OWNER}/${NAME}`, "--api-url", `${url}/api/v3`, "--graphql-url", `${url}/api`];
}

// Version first, then a line for each merge.
function unlisted(text, version, line, shape) {
  const [first] = text.split("\n");
  if (first !== version) return `the version is ${first}`;
  const entries = text.match(line)?.length ?? 0;
  return entries < shape.merged.length ? `${entries} entries for ${shape.merged.length} merges` : undefined;
}
