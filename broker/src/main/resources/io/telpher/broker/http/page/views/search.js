// Tasks of all states and queues by what is in them, found slice by slice, and what can be done to those found.
import { html, useCallback, useEffect, useState } from "../lib.js";
import { may } from "../access.js";
import { get, part, post, query, remove } from "../api.js";
import { number } from "../format.js";
import { go } from "../route.js";
import { Act, Failure, Heading, Section } from "../ui.js";
import { TaskTable } from "./tasks.js";

const FOUND_MAX = 200;
const AT_ONCE = 6;
const IDS_MAX = 1_000;
const NOTHING = { q: null, tasks: [], looked: 0, next: null, running: false, failure: null };

/** Looks on until enough is found or all was looked at; each slice is shown as it comes. */
function useSearch(q) {
  const [state, setState] = useState(NOTHING);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const run = async () => {
      let [tasks, looked, next] = [[], 0, null];
      setState({ ...NOTHING, q, running: true });
      try {
        do {
          const page = await get("/search" + query({ q, limit: FOUND_MAX - tasks.length, after: next }), stop.signal);
          tasks = [...tasks, ...page.tasks];
          looked += page.looked_at;
          next = page.next;
          if (!stop.signal.aborted) setState({ ...NOTHING, q, tasks, looked, next, running: next !== null && tasks.length < FOUND_MAX });
        } while (next !== null && tasks.length < FOUND_MAX && !stop.signal.aborted);
      } catch (failure) {
        if (failure.name !== "AbortError") setState({ ...NOTHING, q, tasks, looked, failure });
      }
    };
    run();
    return () => stop.abort();
  }, [q, turn]);
  return { ...state, again: useCallback(() => setTurn((before) => before + 1), []) };
}

/** Some at a time; returns how many were done, and the first refusal. */
async function each(tasks, act) {
  const left = [...tasks];
  let done = 0;
  let refused = null;
  const one = async () => {
    for (let task = left.shift(); task; task = left.shift()) {
      try {
        await act(task);
        done++;
      } catch (failure) {
        refused ??= failure;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  if (refused && done === 0) throw refused;
  return done;
}

/** Those of each queue by one request for as many as it takes. */
async function byQueue(tasks, act) {
  let done = 0;
  for (const queue of new Set(tasks.map((task) => task.queue))) {
    const ids = tasks.filter((task) => task.queue === queue).map((task) => task.task_id);
    done += await inPieces(ids, (some) => act(queue, some));
  }
  return done;
}

async function inPieces(ids, act) {
  let done = 0;
  for (let i = 0; i < ids.length; i += IDS_MAX) done += await act(ids.slice(i, i + IDS_MAX));
  return done;
}

function Actions({ tasks, chosen, again }) {
  const [priority, setPriority] = useState("high");
  const meant = chosen.size ? tasks.filter((task) => chosen.has(task.task_id)) : tasks;
  const waiting = meant.filter((task) => task.status === "pending");
  const later = waiting.filter((task) => task.state !== "ready");
  const change = (fields) => (of) => inPieces(of.map((task) => task.task_id), async (ids) => (await post("/tasks/reschedule", { task_ids: ids, ...fields })).changed);
  const dead = meant.filter((task) => task.state === "dead");
  const live = meant.filter((task) => ["pending", "processing"].includes(task.status));
  const done = (words, undo, of) => (count) => {
    again();
    const text = number(count) + " " + words;
    return undo ? { text, undo: () => undo(of).then((back) => { again(); return number(back) + " put back, at the end of their lanes; others run already, or are done"; }) } : text;
  };
  const asBefore = { time: (of) => each(of, (task) => post("/tasks/" + part(task.task_id) + "/reschedule", { run_at: task.next_run_at })),
    priority: async (of) => {
      let back = 0;
      for (const before of new Set(of.map((task) => task.priority))) back += await change({ priority: before })(of.filter((task) => task.priority === before));
      return back;
    } };
  const button = (verb, of, admin, text, run, words, undo = null) => {
    const allowed = of.filter((task) => may("admin", task.queue) || (!admin && may("submit", task.queue)));
    return html`<${Act} label=${verb + " " + number(allowed.length)} danger=${["Cancel", "Discard"].includes(verb)} disabled=${allowed.length === 0} run=${() => run(allowed)} done=${done(words, undo, allowed)}
      question=${{ title: verb + " " + number(allowed.length) + " of " + number(meant.length) + " found?", text: text + (undo ? " You can undo it for 20 seconds." : " It can't be undone."), yes: verb + " " + number(allowed.length) }} />`;
  };
  return html`<div class="buttons" role="group" aria-label="actions">
    ${button("Cancel", live, false, "Running ones are asked to stop; none is delivered again.", (of) => each(of, (task) => remove("/tasks/" + part(task.task_id))), "cancelled, or asked to stop")}
    ${button("Replay", dead, true, "They are made ready again with fresh attempts.", (of) => byQueue(of, async (queue, ids) => (await post("/queues/" + part(queue) + "/dlq/replay", { task_ids: ids })).replayed), "replayed")}
    ${button("Discard", dead, true, "They are given up for good.", (of) => byQueue(of, async (queue, ids) => (await post("/queues/" + part(queue) + "/dlq/discard", { task_ids: ids })).discarded), "discarded")}
    ${button("Run now", later, true, "They are ready at once, behind those that are.", change({ delay_ms: 0 }), "made ready", asBefore.time)}
    <label>Priority <select value=${priority} onChange=${(event) => setPriority(event.target.value)}>${["high", "normal", "low"].map((word) => html`<option key=${word} value=${word}>${word}</option>`)}</select></label>
    ${button("Change priority of", waiting, true, "They go to the end of their lane, with priority " + priority + ".", change({ priority }), "changed to " + priority, asBefore.priority)}</div>`;
}

export function Search({ route }) {
  const q = route.query.q ?? "";
  const { tasks, looked, next, running, failure, again } = useSearch(q);
  const [ids, setIds] = useState(new Set());
  useEffect(() => setIds(new Set()), [q, tasks]);
  const toggle = (id) => setIds((before) => {
    const after = new Set(before);
    if (!after.delete(id)) after.add(id);
    return after;
  });
  const submit = (event) => {
    event.preventDefault();
    go(["search"], { q: new FormData(event.target).get("q").trim() });
  };
  const many = running ? "Looked at " + number(looked) + " tasks so far, found " + number(tasks.length) + "…"
    : "Looked at " + number(looked) + " tasks, found " + number(tasks.length) + (next ? ", and stopped there; say more to find fewer." : ".");
  return html`<${Heading}>Tasks of all queues<//>
    <form class="filter" onSubmit=${submit} key=${q}><label class="grow">What is in them <input class="query" name="q" value=${q} placeholder="ann@example.org type:mail state:dead" spellcheck=${false} autocomplete="off" /></label>
      <button type="submit" class="primary">Search</button></form>
    <p class="mute">Words are parts of payload or error; <code>payload:</code> <code>error:</code> <code>header:name=part</code> <code>key:</code> <code>type:</code> <code>queue:</code> <code>worker:</code> <code>priority:</code> <code>state:ready,dead</code> <code>status:failed</code> look there only.
      All have to match; <code>"quotes"</code> hold spaces together, <code>*</code> behind a name means any that begins so. The address holds the search.</p>
    <${Failure} failure=${failure} />
    <${Section} title="Found"><p role="status">${many}</p>
      ${tasks.length > 0 && html`<${Actions} tasks=${tasks} chosen=${ids} again=${again} />`}
      ${(tasks.length > 0 || !running) && html`<${TaskTable} caption="tasks found" tasks=${tasks} none="None match." withQueue choose=${{ ids, toggle }} />`}<//>`;
}
