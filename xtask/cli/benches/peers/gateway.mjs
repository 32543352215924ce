// What other tools ask of GitHub and the rehearsal does not have, told from what it has. Every request goes on to the rehearsal, which
// counts it and lets its faults have their say; a lost connection is handed back as one.
//
// - GitHub Enterprise has everything at one address, and auto expects it so: `/api/v3`, `/api/graphql` and `/api/uploads`.
// - To GitHub a pull request is an issue, too: one that names it.
// - A person is whoever asks, under the name that was asked for.
// - A search for pull requests by the time of their merge is the list of them, sifted.
// - The repository's address for cloning names owner and repository; the rehearsal's is a folder.

import { createServer, request } from "node:http";
import { PAGE } from "./stage.mjs";

const ROUTES = [
  ["/api/v3", "api"],
  ["/api/graphql", "graphql"],
  ["/api/uploads", "uploads"],
];
const ISSUE = /^\/repos\/[^/]+\/[^/]+\/issues\/\d+$/;
const PERSON = /^\/users\/([^/]+)$/;
const REPOSITORY = /^\/repos\/([^/]+\/[^/]+)$/;

export async function gateway(addresses) {
  const server = createServer((asked, answer) => serve(addresses, asked, answer));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.closeAllConnections() || server.close() };
}

function serve(addresses, asked, answer) {
  const route = ROUTES.find(([prefix]) => asked.url.startsWith(prefix));
  if (!route) return answer.writeHead(404).end();
  const { path, change } = translated(asked, asked.url.slice(route[0].length));
  const url = addresses[route[1]] + path;
  const headers = { ...asked.headers, host: new URL(url).host };
  // What is changed has to come as it is.
  if (change) delete headers["accept-encoding"];
  const lost = () => asked.socket.resetAndDestroy();
  const onward = request(url, { method: asked.method, headers }, (answered) => {
    answered.on("error", lost);
    if (change && answered.statusCode === 200) return rewrite(answered, answer, change);
    answer.writeHead(answered.statusCode, answered.headers);
    answered.pipe(answer);
  });
  onward.on("error", lost);
  answer.on("close", () => onward.destroy());
  asked.pipe(onward);
}

// The path that the rehearsal knows for one that it does not, and what becomes of the answer.
function translated(asked, path) {
  const url = new URL(path, "http://gateway");
  if (asked.method !== "GET") return { path };
  if (ISSUE.test(url.pathname)) return { path: path.replace("/issues/", "/pulls/"), change: issue };
  const [, person] = url.pathname.match(PERSON) ?? [];
  if (person) return { path: "/user", change: (found) => ({ ...found, login: person, name: person }) };
  if (url.pathname === "/search/issues") return search(url.searchParams.get("q"));
  if (REPOSITORY.test(url.pathname)) return { path, change: (found) => ({ ...found, clone_url: `${PAGE}.git` }) };
  return { path };
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

function rewrite(answered, answer, change) {
  const parts = [];
  answered.on("data", (data) => parts.push(data));
  answered.on("end", () => {
    const text = JSON.stringify(change(JSON.parse(Buffer.concat(parts).toString())));
    const { "content-length": _, link: __, ...headers } = answered.headers;
    answer.writeHead(200, { ...headers, "content-length": Buffer.byteLength(text) }).end(text);
  });
}
