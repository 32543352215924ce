// Labels that are taken off, and comments. The rehearsal has neither, so what was taken off is remembered here, for one stage, and left out
// of what it tells of its pull requests. No tool puts a label on again that it took off. Comments are taken and kept nowhere: no tool here
// reads any.

import { PAGE, control } from "./stage.mjs";

const LABEL = /^\/issues\/(\d+)\/labels\/([^/]+)$/;
const COMMENTS = /^\/issues\/(\d+)\/comments$/;

export function issuesOf(stage) {
  const off = new Map();
  const worn = (number, labels) => labels.filter(({ name }) => !off.get(number)?.has(name));

  const takeOff = async (number, name) => {
    const { pull_requests: pulls } = await control(stage, "/state");
    const named = pulls.find((pull) => pull.number === number)?.labels.map((label) => ({ name: label })) ?? [];
    if (!worn(number, named).some((label) => label.name === name)) return undefined;
    off.set(number, (off.get(number) ?? new Set()).add(name));
    return { status: 200, body: worn(number, named) };
  };

  // What has to be done for a request, as in objects.mjs.
  const told = (method, path) => {
    const [, issue, label] = (method === "DELETE" && path.match(LABEL)) || [];
    if (issue) return () => takeOff(Number(issue), decodeURIComponent(label));
    const [, commented] = (method === "POST" && path.match(COMMENTS)) || [];
    return commented && (() => ({ status: 201, body: { id: 1, html_url: `${PAGE}/issues/${commented}#issuecomment-1` } }));
  };

  // What the rehearsal says of pull requests, less what was taken off.
  const sifted = (found) => {
    if (Array.isArray(found)) return found.map(sifted);
    return found.labels ? { ...found, labels: worn(found.number, found.labels) } : found;
  };

  return { worn, told, sifted, any: () => off.size > 0 };
}
