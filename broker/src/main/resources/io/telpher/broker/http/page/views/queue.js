import { html, useCallback, useMemo, useState } from "../lib.js";
import { part, post, put, query, remove } from "../api.js";
import { may } from "../access.js";
import { Chart } from "../chart.js";
import { duration, number, rate, short } from "../format.js";
import { useLive, useTaskChanges } from "../live.js";
import { useLoad, useThrottled } from "../load.js";
import { oldestSeconds, queueProblem } from "../problems.js";
import { address, go } from "../route.js";
import { Act, Failure, Heading, href, Pager, Section, State, Table, TaskLink, Tile, Tiles, Time } from "../ui.js";
import { TaskTable } from "./tasks.js";

const PAGE = 25;
const RECENT = 8;
const STATES = [["ready", "ready"], ["active", "running"], ["scheduled", "scheduled"], ["retry_wait", "retry later"], ["completed", "completed"], ["dead", "dead"]];
const COLUMNS = ["ready", "active", "submitted_per_second", "completed_per_second"];

function Policy({ policy }) {
  return html`<dl class="facts">${Object.entries(policy).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value === "" ? "–"
    : name.endsWith("_ms") ? duration(value / 1000) : String(value)}</dd></div>`)}</dl>`;
}

function Tasks({ route, name, changed }) {
  const state = route.query.state ?? "ready";
  const cursors = (route.query.after ?? "").split(",").filter(Boolean);
  const after = cursors[cursors.length - 1];
  const { values, failure } = useLoad(["/tasks" + query({ queue: name, state, limit: PAGE, after, })], changed ? 0 : 5_000);
  const page = values?.[0];
  const to = (list) => go(["queues", name], { ...route.query, after: list.join(",") }, true);
  return html`<${Section} title="Tasks" aside=${html`<nav class="tabs" aria-label="state of tasks">${STATES.map(([value, word]) => html`
      <a key=${value} href=${address(["queues", name], { state: value })} aria-current=${value === state ? "true" : undefined}>${word}</a>`)}</nav>`}>
    <${Failure} failure=${failure} />
    ${page && html`<${TaskTable} caption="tasks" tasks=${page.tasks} none=${page.next ? "None among the first that were looked at; go on with Next." : "No such task."} />
      <${Pager} label="tasks" hasPrevious=${cursors.length > 0} hasNext=${page.next !== null}
        onPrevious=${() => to(cursors.slice(0, -1))} onNext=${() => to([...cursors, page.next])} />`}<//>`;
}

export function Queue({ route, theme }) {
  const name = route.name;
  const path = "/queues/" + part(name);
  const live = useLive();
  const { values, failure, reload } = useLoad([path, path + "/scale", "/series" + query({ queue: name })], 10_000);
  const [recent, setRecent] = useState([]);
  const soon = useThrottled(reload, 1_500);
  useTaskChanges(useCallback((change) => {
    if (change) setRecent((before) => [change, ...before].slice(0, RECENT));
    soon();
  }, [soon]));
  const series = values?.[2];
  const data = useMemo(() => (series ? [series.at.map((at) => at / 1000), ...COLUMNS.map((column) => series[column])] : null), [series]);
  const depth = useMemo(() => data && [data[0], data[1], data[2]], [data]);
  const rates = useMemo(() => data && [data[0], data[3], data[4]], [data]);
  if (failure && !values) return html`<${Heading}>Queue ${name}<//><${Failure} failure=${failure} />`;
  const full = values?.[0];
  const scale = values?.[1];
  const queue = live.queues.get(name) ?? (full && { ...full, oldest_ready_since: null });
  if (!full || !queue) return html`<${Heading}>Queue ${name}<//><p class="empty">Loading…</p>`;
  const trouble = queueProblem(queue);
  const admin = may("admin", name);
  const actions = queue.paused
    ? html`<${Act} label="Resume" primary disabled=${!admin} run=${() => post(path + "/resume").then(reload)} done="Resumed: ready tasks go out again" />`
    : html`<${Act} label="Pause" disabled=${!admin} run=${(reason) => post(path + "/pause", { reason }).then(reload)} done="Paused"
        question=${{ title: "Pause " + name + "?", text: "Running tasks go on and new ones are taken; nothing more is given to workers until you resume.", field: { label: "Reason, for those who look later (may be empty)" } }} />`;
  const note = html`<${Act} label=${full.note ? "Change note" : "Note"} disabled=${!admin} run=${(text) => put(path + "/note", { note: text }).then(reload)} done="Noted"
    question=${{ title: "Note on " + name, text: "For everybody who looks at this queue; an empty one takes it away.", yes: "Note", field: { label: "Note", value: full.note } }} />`;
  const lost = full.ready + full.scheduled + full.retry_wait + full.dead;
  const deletion = name !== "default" && html`<${Act} label="Delete" danger disabled=${!admin || full.active > 0}
    run=${() => remove(path + (lost > 0 ? "?purge=true" : "")).then(() => go(["queues"]))} done=${"Deleted " + name}
    question=${{ title: "Delete " + name + "?", text: (lost > 0 ? number(lost) + " pending and dead tasks are lost. " : "") + "Tasks that are done can be looked up until their retention is over; the next submit makes the queue again." }} />`;
  return html`
    <${Heading} actions=${html`${actions} ${note} ${deletion}`}>Queue ${name} ${queue.paused && html`<span class="state warn">paused</span>`}<//>
    ${trouble && html`<p class=${"strip " + trouble.tone}><span class=${"dot " + trouble.tone} aria-hidden="true"></span>This queue ${trouble.text}.</p>`}
    ${full.paused && html`<p class="strip warn"><span class="dot warn" aria-hidden="true"></span>Paused by ${String(full.paused_by || "somebody")} <${Time} at=${full.paused_at} ago />${full.pause_reason ? ": " + full.pause_reason : ", without a reason"}${full.refuses_submits ? ". New tasks are refused, too." : ""}</p>`}
    ${full.note && html`<p class="strip note"><strong>Note</strong> ${String(full.note)} <span class="mute">${String(full.noted_by)}, <${Time} at=${full.noted_at} /></span></p>`}
    <${Tiles}>
      <${Tile} label="Ready" value=${short(queue.ready)} note=${full.ready_by_priority.high + " high, " + full.ready_by_priority.low + " low"} />
      <${Tile} label="Oldest ready" value=${queue.ready ? duration(oldestSeconds(queue)) : "none"} />
      <${Tile} label="Running" value=${short(queue.active)} note=${number(queue.waiting_workers) + " idle reserves"} />
      <${Tile} label="Later" value=${short(queue.scheduled + queue.retry_wait)} note=${number(queue.retry_wait) + " after a failure"} />
      <${Tile} label="Dead letters" value=${queue.dead ? html`<a href=${href("dlq", name)}>${short(queue.dead)}</a>` : "0"} tone=${queue.dead ? "warn" : ""} />
      <${Tile} label="Arrivals" value=${rate(scale.arrival_rate)} note=${"each takes " + duration(scale.mean_service_seconds)} />
      <${Tile} label="Slots needed" value=${number(scale.workers_needed)} note=${"drained in " + duration(scale.drain_seconds)} />
    <//>
    ${data && data[0].length > 0 && html`<div class="charts">
      <${Chart} theme=${theme} title="Depth" format=${short} data=${depth} lines=${[{ label: "ready", color: "--c1", fill: true }, { label: "running", color: "--c2" }]} />
      <${Chart} theme=${theme} title="Rates" format=${rate} data=${rates} lines=${[{ label: "submitted", color: "--c3" }, { label: "completed", color: "--c2" }]} /></div>`}
    <${Tasks} route=${route} name=${name} />
    ${recent.length > 0 && html`<${Section} title="Just now"><${Table} caption="latest changes" keyOf=${(change) => change.task_id + change.at + change.to} rows=${recent} columns=${[
      { title: "At", cell: (change) => html`<${Time} at=${change.at} />` }, { title: "Task", cell: (change) => html`<${TaskLink} id=${change.task_id} />` },
      { title: "Type", cell: (change) => String(change.type) }, { title: "Became", cell: (change) => html`<${State} state=${change.to} />` },
      { title: "Worker", cell: (change) => String(change.worker) }]} /><//>`}
    <${Section} title="Policy"><${Policy} policy=${full.policy} /><//>`;
}
