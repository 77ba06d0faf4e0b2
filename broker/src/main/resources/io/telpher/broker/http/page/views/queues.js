import { html } from "../lib.js";
import { duration, number } from "../format.js";
import { useLive } from "../live.js";
import { oldestSeconds, queueProblem } from "../problems.js";
import { go } from "../route.js";
import { Heading, href, Pager, QueueLink, Table } from "../ui.js";

const PAGE = 50;

const VALUES = {
  name: (queue) => queue.queue, ready: (queue) => queue.ready, oldest: oldestSeconds, active: (queue) => queue.active, workers: (queue) => queue.waiting_workers,
  later: (queue) => queue.scheduled + queue.retry_wait, dead: (queue) => queue.dead, completed: (queue) => queue.completed,
};

const SHOWN = {
  "": () => true,
  trouble: (queue) => queueProblem(queue) !== null,
  busy: (queue) => queue.ready + queue.active > 0,
  paused: (queue) => queue.paused,
  dead: (queue) => queue.dead > 0,
};

const clip = (text) => (text.length > 80 ? text.slice(0, 79) + "…" : text);

export function Queues({ route }) {
  const live = useLive();
  const { q = "", show = "", sort = "ready", dir = "down", page = "0" } = route.query;
  const set = (changes) => go(["queues"], { ...route.query, page: "", ...changes }, true);
  const value = VALUES[sort] ?? VALUES.ready;
  const down = dir === "down";
  const found = [...live.queues.values()].filter((queue) => queue.queue.toLowerCase().includes(q.toLowerCase())).filter(SHOWN[show] ?? SHOWN[""])
    .sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const order = x < y ? -1 : x > y ? 1 : 0;
      return (down ? -order : order) || (a.queue < b.queue ? -1 : 1);
    });
  const first = Math.min(Number(page) || 0, Math.max(0, Math.ceil(found.length / PAGE) - 1)) * PAGE;
  const rows = found.slice(first, first + PAGE);
  return html`
    <${Heading}>Queues<//>
    <form class="filter" role="search" aria-label="queues" onSubmit=${(event) => event.preventDefault()}>
      <label>Name <input id="filter" type="search" value=${q} placeholder="part of it" spellcheck=${false} onInput=${(event) => set({ q: event.target.value })} /></label>
      <label>Show <select value=${show} onChange=${(event) => set({ show: event.target.value })}>
        <option value="">all</option><option value="busy">with work</option><option value="trouble">with trouble</option><option value="paused">paused</option><option value="dead">with dead letters</option></select></label>
      <span class="mute" role="status">${number(found.length)} of ${number(live.queues.size)}${found.length > PAGE ? html`, showing ${number(first + 1)}–${number(first + rows.length)}` : ""}</span>
    </form>
    <${Table} caption="queues" keyOf=${(queue) => queue.queue} rows=${rows} none=${live.whole ? "No such queue." : "Loading…"}
      sort=${{ by: sort, down }} onSort=${(by) => set({ sort: by.by, dir: by.down ? "down" : "up" })}
      columns=${[
        { title: "Queue", sort: "name", head: true, cell: (queue) => html`<${QueueLink} name=${queue.queue} />${queue.paused ? html` <span class="state warn">paused</span>${queue.pause_reason ? html` <small class="mute">${clip(queue.pause_reason)}</small>` : ""}` : queueProblem(queue) ? html` <span class="state bad">${queue.active + queue.waiting_workers ? "behind" : "no workers"}</span>` : ""}${queue.note ? html`<br /><small class="mute">${clip(queue.note)}</small>` : ""}` },
        { title: "Ready", sort: "ready", n: true, cell: (queue) => number(queue.ready) },
        { title: "Oldest", sort: "oldest", n: true, cell: (queue) => (queue.ready ? duration(oldestSeconds(queue)) : "–") },
        { title: "Running", sort: "active", n: true, cell: (queue) => number(queue.active) },
        { title: "Idle workers", sort: "workers", n: true, cell: (queue) => number(queue.waiting_workers) },
        { title: "Later", sort: "later", n: true, cell: (queue) => number(queue.scheduled + queue.retry_wait) },
        { title: "Dead", sort: "dead", n: true, cell: (queue) => (queue.dead ? html`<a class="bad" href=${href("dlq", queue.queue)}>${number(queue.dead)}</a>` : "0") },
        { title: "Completed", sort: "completed", n: true, cell: (queue) => number(queue.completed) },
      ]} />
    <${Pager} label="queues" hasPrevious=${first > 0} hasNext=${first + PAGE < found.length}
      onPrevious=${() => set({ page: String(first / PAGE - 1) })} onNext=${() => set({ page: String(first / PAGE + 1) })} />`;
}
