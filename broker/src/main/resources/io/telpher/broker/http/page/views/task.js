import { html, useCallback, useState } from "../lib.js";
import { part, post, remove } from "../api.js";
import { may } from "../access.js";
import { number } from "../format.js";
import { useLive, useTaskChanges } from "../live.js";
import { useLoad, useThrottled } from "../load.js";
import { Act, Copy, Failure, Heading, QueueLink, Section, State, Text, Time, say, stateWord } from "../ui.js";
import { Patch } from "./dlq.js";

/** Bytes that are text are shown as text, others as the base64 that they came in. */
function readable(base64) {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return "base64: " + base64;
  }
}

const pretty = (json, base64) => (base64 !== undefined ? readable(base64) : JSON.stringify(json ?? null, null, 2));

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + ".";

/** When the broker has no answer of its own. */
function reason(task, queue) {
  switch (task.state) {
    case "ready": return queue?.paused ? "Its queue is paused." : queue && queue.active + queue.waiting_workers === 0 ? "No worker is at its queue."
      : "It waits for its turn" + (queue ? " among " + number(queue.ready) + " ready tasks." : ".");
    case "scheduled": return html`It waits for its time, <${Time} at=${task.next_run_at} ago />.`;
    case "retry_wait": return html`Attempt ${task.attempts} of ${task.max_retries + 1} failed; the next is <${Time} at=${task.next_run_at} ago />.`;
    case "active": return "It is running" + (task.worker ? " at " + task.worker : "") + (task.cancel_requested ? "; its worker was asked to stop" : "") + ".";
    case "dead": return "It is a dead letter (" + task.dead_reason + "): it is not tried again by itself.";
    case "completed": return "It is done.";
    default: return "It is " + stateWord(task.state) + ".";
  }
}

function Timeline({ steps }) {
  return html`<ol class="timeline">${steps.map((step, i) => html`<li key=${i} class=${step.to}>
    <${Time} at=${step.at} /> <${State} state=${step.to} />
    ${step.attempt > 0 && html`<span>attempt ${step.attempt}</span>`} ${step.worker && html`<span>at ${String(step.worker)}</span>`}
    ${step.lease_id ? html`<span class="mute">lease <span class="mono">${String(step.lease_id)}</span></span>` : ""}
    ${step.note && html`<p>${String(step.note).split("\n")[0]}</p>`}</li>`)}</ol>`;
}

const PRIORITIES = ["high", "normal", "low"];

/** Of a task that waits. */
function Priority({ path, now, disabled, reload }) {
  const set = async (event) => {
    try {
      await post(path + "/reschedule", { priority: event.target.value });
      say("Priority " + event.target.value);
    } catch (failure) {
      say(failure.message, "bad");
    }
    await reload();
  };
  return html`<label>Priority <select value=${now} disabled=${disabled} onChange=${set}>${PRIORITIES.map((word) => html`<option key=${word} value=${word} selected=${word === now}>${word}</option>`)}</select></label>`;
}

/** Another time to run, in minutes from now. */
function Later({ path, disabled, reload }) {
  const [minutes, setMinutes] = useState("");
  return html`<label>Minutes <input type="number" min="0" class="few" value=${minutes} placeholder="from now" onInput=${(event) => setMinutes(event.target.value)} /></label>
    <${Act} label="Run later" disabled=${disabled || minutes === ""} run=${() => post(path + "/reschedule", { delay_ms: Math.round(Number(minutes) * 60_000) }).then(reload)} done=${"It runs in " + minutes + " min"} />`;
}

export function Task({ route }) {
  const id = route.name;
  const path = "/tasks/" + part(id);
  const live = useLive();
  const { values, failure, reload: reloadTask } = useLoad([path + "?payload=true", path + "/why"], 5_000, [404, 410]);
  // Apart: where it has to be read from the journal it takes a while.
  const { values: past, failure: noPast, reload: reloadPast } = useLoad([path + "/history"], 5_000, [404, 410]);
  const reload = useCallback(() => Promise.all([reloadTask(), reloadPast()]), [reloadTask, reloadPast]);
  const soon = useThrottled(reload, 150);
  useTaskChanges(useCallback(() => soon(), [soon]));
  if (failure && !values) return html`<${Heading}>Task ${id}<//><${Failure} failure=${failure} />`;
  if (!values) return html`<${Heading}>Task ${id}<//><p class="empty">Loading…</p>`;
  const [task, why] = values;
  const history = past?.[0];
  if (!task) return html`<${Heading}>Task ${id}<//><p class="empty">This broker has no such task: it never gave the id, or removed the task after its retention.</p>`;
  const { payload, payload_base64, result, result_base64, last_error, headers, ...fields } = task;
  const dlq = "/queues/" + part(task.queue) + "/dlq/";
  const can = may("admin", task.queue);
  const curl = "curl -s '" + location.origin + "/api/v1/tasks/" + id + "?payload=true'";
  const again = "curl -s " + location.origin + "/api/v1/tasks -H 'Content-Type: application/json' -d '"
    + JSON.stringify({ type: task.type, queue: task.queue, priority: task.priority, ...(payload_base64 === undefined ? { payload: payload ?? null } : { payload_base64, content_type: task.content_type }) }).replaceAll("'", "'\\''") + "'";
  const actions = html`
    ${["pending", "processing"].includes(task.status) && html`<${Act} label="Cancel task" danger disabled=${!can && !may("submit", task.queue)} run=${() => remove(path).then(reload)}
      question=${{ title: "Cancel " + id + "?", text: "A running one is asked to stop; it is never delivered again. This can't be undone." }} done="Cancelled, or its worker was asked to stop" />`}
    ${["scheduled", "retry_wait"].includes(task.state) && html`<${Act} label="Run now" primary disabled=${!can} run=${() => post(path + "/reschedule", { delay_ms: 0 }).then(reload)} done="Ready: it runs when a worker is free" />`}
    ${task.status === "pending" && html`<${Later} path=${path} disabled=${!can} reload=${reload} /><${Priority} path=${path} now=${task.priority} disabled=${!can} reload=${reload} />`}
    ${task.state === "dead" && html`<${Act} label="Replay" primary disabled=${!can} run=${() => post(dlq + "replay", { task_ids: [id] }).then(reload)} done="Replayed: it is ready again" />
      <${Act} label="Discard" danger disabled=${!can} run=${() => post(dlq + "discard", { task_ids: [id] }).then(reload)} question=${{ title: "Discard " + id + "?", text: "It can't be replayed afterwards: this can't be undone." }} done="Discarded" />`}
    <${Copy} label="Copy as curl" text=${curl} /><${Copy} label="Copy submit as curl" text=${again} />`;
  return html`
    <${Heading} actions=${actions}>Task <span class="mono">${id}</span> <${State} state=${task.state} /><//>
    <p class="why">${why?.sentence ? sentence(why.sentence) : reason(task, live.queues.get(task.queue))} Queue <${QueueLink} name=${task.queue} />, type ${String(task.type)}.</p>
    ${task.state === "active" && html`<p><progress max="100" value=${task.progress} aria-label="progress"></progress> ${task.progress} % ${String(task.progress_note ?? "")}</p>`}
    ${last_error && html`<${Section} title="Last error"><${Text} tone="bad">${last_error}<//><//>`}
    <div class="columns">
      <${Section} title="Timeline">${history ? html`<${Timeline} steps=${history.transitions} />` : html`<p class="empty">${noPast ? String(noPast.detail ?? noPast.message ?? noPast) : "Read from the journal…"}</p>`}<//>
      <div>
        <${Section} title="Payload"><${Text}>${payload === undefined && payload_base64 === undefined ? "not kept any more" : pretty(payload, payload_base64)}<//><//>
        ${task.state === "completed" && html`<${Section} title="Result"><${Text}>${pretty(result, result_base64)}<//><//>`}
        <${Section} title="Fields"><${Text}>${JSON.stringify({ ...fields, headers }, null, 2)}<//><//>
      </div>
    </div>
    ${task.state === "dead" && html`<${Patch} name=${task.queue} id=${id} reload=${reload} />`}`;
}
