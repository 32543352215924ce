// What other tools ask of GitHub and the rehearsal does not have, told from what it has. Every request goes on to the rehearsal, which
// counts it and lets its faults have their say; a lost connection is handed back as one.
//
// - GitHub Enterprise has everything at one address, and auto expects it so: `/api/v3`, `/api/graphql` and `/api/uploads`. `gh` comes by
//   a socket instead and names the hosts of github.com.
// - To GitHub a pull request is an issue, too: one that names it.
// - A person is whoever asks, under the name that was asked for.
// - A search for pull requests by the time of their merge is the list of them, sifted.
// - The repository's address for cloning names owner and repository; the rehearsal's is a folder.
// - What queries.mjs tells is asked of the rehearsal in other words.
// - What objects.mjs and issues.mjs tell, the rehearsal does not find. It is done then, and also where the answer is lost or the client
//   dies while it waits; where a fault refuses it, it is not. So each fault of run.mjs is the rehearsal's and means what it does elsewhere.

import { createServer, request } from "node:http";
import { join } from "node:path";
import { issuesOf } from "./issues.mjs";
import { objects } from "./objects.mjs";
import { told } from "./queries.mjs";
import { PAGE } from "./stage.mjs";

const ROUTES = [
  ["/api/v3", "api"],
  ["/api/graphql", "graphql"],
  ["/api/uploads", "uploads"],
];
const API = "api.github.com";
const UPLOADS = "uploads.github.com";
const ISSUE = /^\/repos\/[^/]+\/[^/]+\/issues\/\d+$/;
const PERSON = /^\/users\/([^/]+)$/;
const REPOSITORY = /^\/repos\/([^/]+\/[^/]+)$/;
const WITHIN = /^\/repos\/[^/]+\/[^/]+(\/.+)$/;
const TAGGED = /^\/repos\/[^/]+\/[^/]+\/releases\/tags\/[^/]+$/;
const PULLS = /\/(pulls(\/\d+)?|issues\/\d+)$/;

export async function gateway(addresses, stage) {
  const world = { addresses, stage, issues: issuesOf(stage) };
  const socket = join(stage.folder, "gateway.sock");
  const servers = await Promise.all([[0, "127.0.0.1"], [socket]].map((place) => listening(world, place)));
  const url = `http://127.0.0.1:${servers[0].address().port}`;
  return { url, socket, close: () => servers.forEach((server) => server.closeAllConnections() || server.close()) };
}

async function listening(world, place) {
  const server = createServer((asked, answer) => serve(world, asked, answer));
  await new Promise((ready) => server.listen(...place, ready));
  return server;
}

// Which of the rehearsal's addresses a request is for, and the path there.
function routed({ url, headers }) {
  const [prefix, name] = ROUTES.find(([prefix]) => url.startsWith(prefix)) ?? [];
  if (name) return [name, url.slice(prefix.length)];
  if (headers.host === API) return url === "/graphql" ? ["graphql", ""] : ["api", url];
  return headers.host === UPLOADS ? ["uploads", url] : [];
}

async function serve(world, asked, answer) {
  const [name, path] = routed(asked);
  if (!name) return answer.writeHead(404).end();
  const sent = await whole(asked);
  if (!sent) return;
  const wanted = translated(world, name, { method: asked.method, path, body: sent, host: asked.headers.host });
  const method = wanted.method ?? asked.method;
  const body = wanted.body ?? sent;
  const url = (method === asked.method ? world.addresses[name] : world.addresses.api) + (wanted.path ?? path);
  const headers = { ...asked.headers, host: new URL(url).host, "content-length": Buffer.byteLength(body) };
  delete headers["transfer-encoding"];
  // What is changed has to come as it is.
  if (wanted.change) delete headers["accept-encoding"];
  let answered = false;
  let done;
  const effect = () => (done ??= Promise.resolve(wanted.tell?.()));
  const lost = async () => {
    await effect();
    const { socket } = asked;
    // One that is no TCP has no reset: there the connection ends without an answer.
    if (socket.remoteAddress) socket.resetAndDestroy();
    else socket.destroy();
  };
  const onward = request(url, { method, headers }, (from) => {
    answered = true;
    from.on("error", lost);
    if (wanted.tell && from.statusCode === 404) return instead(from, answer, effect());
    if (wanted.change && from.statusCode === 200) return rewrite(from, answer, wanted.change);
    answer.writeHead(from.statusCode, from.headers);
    from.pipe(answer);
  });
  onward.on("error", lost);
  answer.on("close", () => {
    if (!answered) effect();
    onward.destroy();
  });
  onward.end(body);
}

// The path that the rehearsal knows for one that it does not, and what becomes of the answer; or what is done where it knows none.
function translated({ addresses, stage, issues }, name, { method, path, body, host }) {
  if (name === "uploads") return {};
  if (name === "graphql") return told(stage.remote, issues, JSON.parse(body)) ?? {};
  const url = new URL(path, "http://gateway");
  const tell = telling(stage.remote, issues, method, url, body);
  if (tell) return { tell };
  const sifted = issues.any() && PULLS.test(url.pathname) ? issues.sifted : undefined;
  if (method !== "GET") return { change: sifted };
  if (ISSUE.test(url.pathname)) return { path: path.replace("/issues/", "/pulls/"), change: (found) => issue(issues.sifted(found)) };
  const [, person] = url.pathname.match(PERSON) ?? [];
  if (person) return { path: "/user", change: (found) => ({ ...found, login: person, name: person }) };
  if (url.pathname === "/search/issues") return search(url.searchParams.get("q"));
  if (REPOSITORY.test(url.pathname)) return { change: (found) => ({ ...found, clone_url: `${PAGE}.git` }) };
  // `gh` gives its token to no other host.
  const uploaded = (found) => ({ ...found, upload_url: found.upload_url.replace(addresses.uploads, `https://${UPLOADS}`) });
  return { change: host === API && TAGGED.test(url.pathname) ? uploaded : sifted };
}

// What is done for a request that the rehearsal has nothing like.
function telling(remote, issues, method, url, body) {
  const [, within] = url.pathname.match(WITHIN) ?? [];
  if (!within) return undefined;
  const json = method === "POST" && body.length ? JSON.parse(body) : undefined;
  return objects(remote, method, within, url.searchParams, json) ?? issues.told(method, within);
}

// Whether a request that the rehearsal did not find was answered all the same.
export function tells({ method, path }) {
  return Boolean(telling(undefined, issuesOf(), method, new URL(path, "http://gateway"), ""));
}

function issue(pull) {
  const { url, html_url, diff_url, patch_url, merged_at } = pull;
  return { ...pull, pull_request: { url, html_url, diff_url, patch_url, merged_at } };
}

function search(query) {
  const [, repository] = query.match(/repo:(\S+)/);
  const [, since] = query.match(/is:pr AND is:merged AND merged:>=([^\s)]+)/);
  const change = (pulls) => {
    const all = pulls.filter((pull) => pull.merged_at && new Date(pull.merged_at) >= new Date(since));
    return { total_count: all.length, incomplete_results: false, items: all.slice(0, 30) };
  };
  return { path: `/repos/${repository}/pulls?state=closed&per_page=100`, change };
}

async function rewrite(from, answer, change) {
  const text = await whole(from);
  if (!text) return;
  const found = change(JSON.parse(text));
  const { link, ...headers } = from.headers;
  // A list that stays one still has its other pages.
  const pages = link && Array.isArray(found) ? { link } : {};
  send(answer, 200, { ...headers, ...pages }, found);
}

async function instead(from, answer, effect) {
  const [kept, made] = await Promise.all([whole(from), effect]);
  if (!kept) return;
  if (made) return send(answer, made.status, from.headers, made.body);
  answer.writeHead(from.statusCode, from.headers).end(kept);
}

function send(answer, status, headers, body) {
  const text = JSON.stringify(body);
  const { "content-length": _, "content-encoding": __, ...kept } = headers;
  answer.writeHead(status, { ...kept, "content-length": Buffer.byteLength(text) }).end(text);
}

// Nothing where the other side is gone.
async function whole(stream) {
  const parts = [];
  try {
    for await (const part of stream) parts.push(part);
  } catch {
    return undefined;
  }
  return Buffer.concat(parts);
}
