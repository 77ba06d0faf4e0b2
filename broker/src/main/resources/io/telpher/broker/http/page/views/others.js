import { html } from "../lib.js";
import { may, mayEverywhere, useAccess } from "../access.js";
import { part, post, query } from "../api.js";
import { bytes, duration, number } from "../format.js";
import { useLoad } from "../load.js";
import { go } from "../route.js";
import { Act, Empty, Failure, Heading, Pager, Section, Table, TaskLink, Tile, Tiles, Time, QueueLink } from "../ui.js";
import { versionsByQueue } from "../versions.js";
import { TaskTable } from "./tasks.js";

const PAGE = 50;
/** Whose versions are shown, those with several first. */
const QUEUES_MAX = 100;

const counted = (count, what) => number(count) + " " + what + (count === 1 ? "" : "s");

/** One page of a list with a cursor, its place kept in the address. */
function useCursor(route, path, parameters, everyMs, optional) {
  const cursors = (route.query.after ?? "").split(",").filter(Boolean);
  const { values, failure, reload } = useLoad([path + query({ ...parameters, limit: PAGE, after: cursors[cursors.length - 1] })], everyMs, optional);
  const to = (list) => go([route.view], { ...route.query, after: list.join(",") }, true);
  const page = values?.[0];
  const pager = html`<${Pager} label=${route.view} hasPrevious=${cursors.length > 0} hasNext=${Boolean(page?.next)}
    onPrevious=${() => to(cursors.slice(0, -1))} onNext=${() => to([...cursors, page.next])} />`;
  return { page, failure, pager, reload, isLoaded: values !== null };
}

export function Workers() {
  useAccess();
  const { values, failure, reload } = useLoad(["/workers?limit=1000", "/tasks" + query({ state: "active", limit: 200 })], 2_000);
  const workers = values?.[0].workers ?? [];
  const running = values?.[1].tasks ?? [];
  const atHttp = running.filter((task) => !workers.some((worker) => worker.worker === task.worker));
  const versions = versionsByQueue(workers).slice(0, QUEUES_MAX);
  const drift = versions.filter((each) => each.versions.length > 1).length;
  const admin = mayEverywhere("admin");
  const change = (worker, verb) => () => post("/workers/" + part(worker.session) + "/" + verb).then(reload);
  const act = (worker) => (worker.draining
    ? html`<${Act} label="Resume" disabled=${!admin} run=${change(worker, "resume")} done=${worker.worker + " takes tasks again"} />`
    : html`<${Act} label="Drain" disabled=${!admin} run=${change(worker, "drain")} done=${worker.worker + " takes no more tasks"}
        question=${{ title: "Drain " + worker.worker + "?", text: "It is given no more tasks, finishes what it runs, and leaves if its client understands. Resume undoes this until it has left." }} />`);
  const mine = (worker) => running.filter((task) => task.worker === worker.worker);
  return html`<${Heading}>Workers<//><${Failure} failure=${failure} />
    ${values && html`<${Table} caption="workers" keyOf=${(worker) => worker.session} rows=${workers} none=${html`No worker is connected. <code>bin/tq work --queue shout --exec 'tr a-z A-Z'</code> is one.`} columns=${[
      { title: "Worker", head: true, cell: (worker) => html`${String(worker.worker)}${worker.draining ? html` <span class="state warn">draining</span>` : ""}` },
      { title: "Running", n: true, cell: (worker) => number(Math.max(worker.running, mine(worker).length)) }, { title: "Idle reserves", n: true, cell: (worker) => number(worker.waiting) },
      { title: "Last heard", cell: (worker) => html`<${Time} at=${worker.last_seen_at} ago />` }, { title: "Connected", cell: (worker) => html`<${Time} at=${worker.connected_at} ago />` },
      { title: "Version", cell: (worker) => html`${worker.version ? String(worker.version) + " " : ""}<small class="mute">${String(worker.client)}</small>` },
      { title: "Host", cell: (worker) => html`${worker.host ? String(worker.host) + " " : ""}<small class="mono mute">${String(worker.address)}</small>` },
      { title: "Tasks", wide: true, cell: (worker) => html`${mine(worker).slice(0, 5).map((task) => html`<span key=${task.task_id}><${TaskLink} id=${task.task_id} /> ${task.progress ? task.progress + " %" : ""} </span>`)}${mine(worker).length > 5 ? "and more" : ""}` },
      { title: "Change", cell: act }]} />`}
    ${versions.length > 0 && html`<${Section} title="Versions at work">${drift > 0 && html`<p class="strip warn"><span class="dot warn" aria-hidden="true"></span>${number(drift)} ${drift === 1 ? "queue has" : "queues have"} workers of several versions.</p>`}
      <${Table} caption="versions at work" keyOf=${(each) => each.queue} rows=${versions} columns=${[
        { title: "Queue", head: true, cell: (each) => html`<${QueueLink} name=${each.queue} />${each.versions.length > 1 ? html` <span class="state warn">${number(each.versions.length)} versions</span>` : ""}` },
        { title: "Versions", wide: true, cell: (each) => each.versions.map((one) => one.version + ": " + counted(one.workers, "worker") + " on " + counted(one.hosts.size, "host")).join(", ") }]} /><//>`}
    ${atHttp.length > 0 && html`<${Section} title="Running elsewhere"><p class="mute">Over HTTP, or of a worker whose connection is gone: these end by ack, or when their lease runs out.</p>
      <${TaskTable} caption="running tasks" tasks=${atHttp} withQueue /><//>`}`;
}

export function Scheduled({ route }) {
  const { page, failure, pager, reload } = useCursor(route, "/tasks", { state: "scheduled,retry_wait" }, 5_000);
  const tasks = page ? [...page.tasks].sort((a, b) => (a.next_run_at < b.next_run_at ? -1 : 1)) : [];
  return html`<${Heading}>Scheduled and to be retried<//><${Failure} failure=${failure} />
    ${page && html`<${Table} caption="tasks that wait for their time" keyOf=${(task) => task.task_id} rows=${tasks} none=${page.next ? "None among the first that were looked at; go on with Next." : "No task waits for its time."} columns=${[
      { title: "Task", head: true, cell: (task) => html`<${TaskLink} id=${task.task_id} />` }, { title: "Queue", cell: (task) => html`<${QueueLink} name=${task.queue} />` },
      { title: "Type", cell: (task) => String(task.type) }, { title: "Runs", cell: (task) => html`<${Time} at=${task.next_run_at} ago />` }, { title: "At", cell: (task) => html`<${Time} at=${task.next_run_at} />` },
      { title: "Why", cell: (task) => (task.state === "retry_wait" ? "attempt " + task.attempts + " of " + (task.max_retries + 1) + " failed" : "was submitted for later") },
      { title: "Last error", wide: true, cell: (task) => String(task.last_error ?? "").split("\n")[0].slice(0, 160) },
      { title: "Change", cell: (task) => html`<${Act} label="Run now" disabled=${!may("admin", task.queue)} run=${() => post("/tasks/" + part(task.task_id) + "/reschedule", { delay_ms: 0 }).then(reload)} done=${task.task_id + " is ready"} />` }]} />${pager}`}`;
}

export function Broker() {
  const { values, failure } = useLoad(["/broker"], 3_000);
  const facts = values?.[0];
  if (!facts) return html`<${Heading}>Broker<//><${Failure} failure=${failure} />`;
  const { stats, jvm, journal, config } = facts;
  const keys = Object.entries(config?.keys ?? {}).map(([key, how]) => ({ key, ...how }));
  return html`<${Heading}>Broker<//><${Failure} failure=${failure} />
    <${Tiles}>
      <${Tile} label="Version" value=${facts.version} note=${"process " + facts.pid} />
      <${Tile} label="Up for" value=${duration(stats.uptime_ms / 1000)} note=${"term " + stats.term} />
      <${Tile} label="Journal" value=${bytes(stats.journal_bytes)} note=${"sync: " + journal.sync} />
      <${Tile} label="Disk free" value=${bytes(stats.disk_free_bytes)} />
      <${Tile} label="Records" value=${number(stats.journal_sequence)} note="appended, ever" />
      <${Tile} label="Connections" value=${number(stats.connections)} />
      <${Tile} label="Heap" value=${bytes(jvm.heap_used_bytes)} note=${"of " + bytes(jvm.heap_max_bytes)} />
      <${Tile} label="Collections" value=${number(jvm.collections)} note=${duration(jvm.collections_ms / 1000) + " in all"} /><//>
    <${Section} title="Configuration">${keys.length ? html`<${Table} caption="configuration" keyOf=${(key) => key.key} rows=${keys} columns=${[
      { title: "Key", head: true, cell: (key) => html`<span class="mono">${key.key}</span>` }, { title: "Value", wide: true, cell: (key) => html`<span class="mono">${String(key.value)}</span>` },
      { title: "Said by", cell: (key) => String(key.source) }, { title: "Changes", cell: (key) => (key.live ? "by a reload" : "at the next start") }]} />`
      : html`<${Empty}>Another program started this broker in its own process; only that program knows the configuration.<//>`}<//>
    <${Section} title="Journal and JVM"><dl class="facts"><div><dt>directory</dt><dd class="mono">${journal.directory}</dd></div>
      <div><dt>JVM</dt><dd>${jvm.name} ${jvm.version}</dd></div><div><dt>processors</dt><dd>${jvm.processors}</dd></div><div><dt>threads</dt><dd>${jvm.threads}</dd></div>
      <div><dt>system</dt><dd>${jvm.os}</dd></div><div><dt>started</dt><dd><${Time} at=${facts.started_at} /></dd></div></dl><//>`;
}

export function Audit({ route }) {
  const { page, failure, pager, isLoaded } = useCursor(route, "/audit", {}, 5_000, [403, 404]);
  const words = (entry) => Object.entries(entry).filter(([name]) => !["seq", "at", "who", "action", "target", "outcome"].includes(name))
    .filter(([, value]) => value !== "" && value !== null).map(([name, value]) => name + " " + (typeof value === "object" ? JSON.stringify(value) : value)).join(", ");
  return html`<${Heading}>Audit<//><${Failure} failure=${failure} />
    ${isLoaded && !page && html`<${Empty}>The audit log is not kept by this broker, or your token may not read it: it needs the role admin for all queues.<//>`}
    ${page && html`<${Table} caption="what operators did" keyOf=${(entry) => entry.seq} rows=${page.entries} none="Nobody changed anything yet." columns=${[
      { title: "At", cell: (entry) => html`<${Time} at=${entry.at} />` }, { title: "Who", head: true, cell: (entry) => String(entry.who) },
      { title: "Did", cell: (entry) => String(entry.action) }, { title: "To", cell: (entry) => String(entry.target ?? "") }, { title: "Outcome", cell: (entry) => String(entry.outcome ?? "") },
      { title: "More", wide: true, cell: words }]} />${pager}`}`;
}
