// What the right state after a release is: one tag of the right version, one published release of it with each asset whole, no draft, no
// second version. The same words for every tool.

import { git } from "./stage.mjs";

// Says what is wrong, or nothing. Where nothing is said of assets, they do not count.
export function wrong(state, shape, made, expected) {
  const tag = `v${shape.version}`;
  const before = shape.before ? [`v${shape.before}`] : [];
  const tags = Object.keys(state.refs).filter((name) => name.startsWith("refs/tags/")).map((name) => name.slice("refs/tags/".length));
  const others = [...new Set([...tags, ...published(state)])].filter((name) => name !== tag && !before.includes(name));
  if (others.length) return `another version: ${others.join(", ")}`;
  if (!tags.includes(tag)) return "no tag";
  if (!holds(made, state.refs[`refs/tags/${tag}`])) return "the tag is of another commit";
  const releases = state.releases.filter((release) => release.tag_name === tag);
  if (!releases.length) return "a tag without a release";
  if (releases.some((release) => release.draft)) return "a draft is left";
  if (releases.length > 1) return "two releases";
  return expected && assets(releases[0], expected);
}

function published(state) {
  return state.releases.filter((release) => !release.draft).map((release) => release.tag_name);
}

function holds(made, tag) {
  try {
    git(made.remote, ["merge-base", "--is-ancestor", made.source, `${tag}^{commit}`]);
    return true;
  } catch {
    return false;
  }
}

function assets(release, expected) {
  const names = release.assets.map((asset) => asset.name);
  const missing = Object.keys(expected).filter((name) => !names.includes(name));
  if (missing.length === Object.keys(expected).length) return "a release without assets";
  if (missing.length) return "assets are missing";
  if (new Set(names).size < names.length || names.length > Object.keys(expected).length) return "assets too many";
  const broken = release.assets.filter(({ name, state, sha256 }) => state !== "uploaded" || (expected[name] ?? sha256) !== sha256);
  return broken.length ? "an asset is not whole" : undefined;
}
