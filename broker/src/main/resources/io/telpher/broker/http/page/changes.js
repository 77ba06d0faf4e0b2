// What became different in the last minutes: the first thing to ask when something broke.
import { html } from "./lib.js";
import { mayEverywhere } from "./access.js";
import { part } from "./api.js";
import { number } from "./format.js";
import { live, now } from "./live.js";
import { useLoad } from "./load.js";
import { address } from "./route.js";
import { href, Section, Time } from "./ui.js";
import { program, versionsByQueue } from "./versions.js";

const MINUTES = 15;
const QUEUES_MAX = 6;
const QUEUES_NAMED = 3;
const SHOWN_MAX = 12;
/** Of one sort, so that much of one does not hide the others. */
const SORT_MAX = 5;
const EVERY_MS = 15_000;

const isNew = (at) => at && now() - Date.parse(at) < MINUTES * 60_000;

/** Workers that connected, by version, or by the program that they are of: a deploy shows as many of one version at once, and which others are still there. */
function connected(workers) {
  const kinds = new Map();
  for (const worker of workers.filter((each) => isNew(each.connected_at))) {
    const what = worker.version ? "version " + worker.version : program(worker);
    const seen = kinds.get(what) ?? { count: 0, at: worker.connected_at, version: worker.version, hosts: new Set(), queues: new Set() };
    kinds.set(what, { ...seen, count: seen.count + 1, at: seen.at > worker.connected_at ? seen.at : worker.connected_at });
    seen.hosts.add(worker.host);
    worker.queues.forEach((queue) => seen.queues.add(queue));
  }
  const byQueue = versionsByQueue(workers);
  return [...kinds].map(([what, { count, at, version, hosts, queues }]) => {
    const others = new Set(byQueue.filter((each) => version && queues.has(each.queue)).flatMap((each) => each.versions.map((one) => one.version)).filter((other) => other !== version));
    const names = [...queues].slice(0, QUEUES_NAMED).join(", ") + (queues.size > QUEUES_NAMED ? " and " + number(queues.size - QUEUES_NAMED) + " more" : "");
    const where = hosts.size > 1 ? ", on " + number(hosts.size) + " hosts" : "";
    return { at, what: "Workers", link: href("workers"), text: number(count) + " of " + what + " connected" + (names ? " for " + names : "") + where + (others.size ? "; " + [...others].join(", ") + " still there" : "") };
  });
}

function errors(queue, groups) {
  return groups.filter((group) => isNew(group.first_seen)).map((group) => ({ at: group.first_seen, what: queue, link: address(["dlq", queue], { fingerprint: group.fingerprint }),
    text: "has a new kind of error, " + number(group.count) + " times: " + String(group.fingerprint || "(no text)").slice(0, 120) }));
}

const acts = (entries) => entries.filter((entry) => isNew(entry.at)).map((entry) => ({ at: entry.at, what: "Audit", link: href("audit"), text: entry.who + ": " + entry.action.toLowerCase().replaceAll("_", " ") + " " + entry.target }));

export function Changes() {
  const dead = [...live.queues.values()].filter((queue) => queue.dead > 0).sort((a, b) => b.dead - a.dead).slice(0, QUEUES_MAX).map((queue) => queue.queue).sort();
  const { values } = useLoad(["/workers?limit=1000", mayEverywhere("admin") ? "/audit?limit=20" : null, ...dead.map((queue) => "/queues/" + part(queue) + "/dlq/groups?limit=50")], EVERY_MS, [403, 404]);
  if (!values) return "";
  const newest = (list) => list.sort((a, b) => (a.at < b.at ? 1 : -1));
  const sorts = [connected(values[0]?.workers ?? []), acts(values[1]?.entries ?? []), dead.flatMap((queue, i) => errors(queue, values[i + 2]?.groups ?? []))];
  const found = newest(sorts.flatMap((sort) => newest(sort).slice(0, SORT_MAX)));
  return html`<${Section} title=${"What changed in the last " + MINUTES + " minutes"}>
    ${found.length === 0 ? html`<p class="strip good">No worker came, no new kind of error in the queues with most dead letters, nobody changed anything.</p>`
      : html`<ul class="strip" aria-label="changes">${found.slice(0, SHOWN_MAX).map((each, i) => html`<li key=${i}><${Time} at=${each.at} ago /> <a href=${each.link}>${String(each.what)}</a> ${String(each.text)}</li>`)}
        ${found.length > SHOWN_MAX && html`<li>and ${number(found.length - SHOWN_MAX)} more</li>`}</ul>`}<//>`;
}
