import { html, useCallback, useMemo, useState } from "../lib.js";
import { duration, ms, number, rate, short } from "../format.js";
import { useLive, useRows } from "../live.js";
import { useLoad } from "../load.js";
import { oldestSeconds, problems } from "../problems.js";
import { Changes } from "../changes.js";
import { Chart } from "../chart.js";
import { Heading, href, QueueLink, Section, Table, Tile, Tiles } from "../ui.js";

const ROWS_MAX = 720;
const COLUMNS = ["ready", "active", "submitted_per_second", "completed_per_second", "wait_p50_ms", "wait_p99_ms", "sync_p50_ms", "sync_p99_ms"];
const BUSY_SHOWN = 12;

/** The last hour, kept going by the rows that come live. */
export function useSeries(path, columns) {
  const { values, failure } = useLoad([path]);
  const [more, setMore] = useState([]);
  useRows(useCallback((row) => setMore((rows) => [...rows.slice(-ROWS_MAX), row]), []));
  const data = useMemo(() => {
    const series = values?.[0] ?? { at: [] };
    const last = series.at[series.at.length - 1] ?? 0;
    const rows = more.filter((row) => row.at > last);
    const joined = [[...series.at, ...rows.map((row) => row.at)].map((at) => at / 1000)];
    for (const column of columns) joined.push([...(series[column] ?? []), ...rows.map((row) => row[column])]);
    return joined.map((column) => column.slice(-ROWS_MAX));
  }, [values, more]);
  return { data, failure };
}

const last = (column) => column[column.length - 1];
const lastKnown = (column) => column.findLast((value) => value !== null && value !== undefined);

function Strip({ found }) {
  if (found.length === 0) return html`<p class="strip good"><span class="dot good" aria-hidden="true"></span>Nothing needs you: no stalled queue, no dead letters, disk and journal are fine.</p>`;
  return html`<ul class="strip" aria-label="problems">${found.map((problem) => html`<li key=${problem.what + problem.text} class=${problem.tone}>
    <span class=${"dot " + problem.tone} aria-hidden="true"></span><a href=${problem.link}>${String(problem.what)}</a> ${problem.text}</li>`)}</ul>`;
}

export function Overview({ theme }) {
  const live = useLive();
  const { data } = useSeries("/series", COLUMNS);
  const [at, ready, active, submitted, completed, wait50, wait99, sync50, sync99] = data;
  const pick = (...columns) => [at, ...columns];
  const broker = live.broker;
  const queues = [...live.queues.values()];
  const oldest = Math.max(0, ...queues.filter((queue) => !queue.paused).map(oldestSeconds));
  const busy = queues.filter((queue) => queue.ready + queue.active + queue.waiting_workers + queue.retry_wait + queue.dead > 0)
    .sort((a, b) => b.ready + b.active - a.ready - a.active || b.dead - a.dead).slice(0, BUSY_SHOWN);
  return html`
    <${Heading}>Overview<//>
    ${broker && html`<${Strip} found=${problems(live, lastKnown(sync99.slice(-12)) ?? 0)} />`}
    <${Tiles}>
      <${Tile} label="Ready" value=${broker ? short(broker.ready) : "–"} note="waiting for a worker" />
      <${Tile} label="Running" value=${broker ? short(broker.active) : "–"} note=${broker ? number(broker.waiters) + " idle reserves" : ""} />
      <${Tile} label="Oldest ready" value=${oldest > 0 ? duration(oldest) : "none"} tone=${oldest > 60 ? "bad" : ""} note="paused queues aside" />
      <${Tile} label="Wait p50" value=${ms(lastKnown(wait50.slice(-12)))} note=${"p99 " + ms(lastKnown(wait99.slice(-12)))} />
      <${Tile} label="In" value=${rate(live.rates?.submitted ?? last(submitted) ?? null)} note="submitted" />
      <${Tile} label="Out" value=${rate(live.rates?.completed ?? last(completed) ?? null)} note="completed" />
      <${Tile} label="Later" value=${broker ? short(broker.scheduled + broker.retry_wait) : "–"} note=${broker ? short(broker.retry_wait) + " after a failure" : ""} />
      <${Tile} label="Dead letters" value=${broker ? short(broker.dead) : "–"} tone=${broker?.dead ? "warn" : ""} note=${broker?.dead ? "see DLQ" : "none to look at"} />
    <//>
    <${Changes} />
    <div class="charts">
      <${Chart} theme=${theme} title="Depth" format=${short} data=${useMemo(() => pick(ready, active), [data])}
        lines=${[{ label: "ready", color: "--c1", fill: true }, { label: "running", color: "--c2" }]} />
      <${Chart} theme=${theme} title="Rates" format=${rate} data=${useMemo(() => pick(submitted, completed), [data])}
        lines=${[{ label: "submitted", color: "--c3" }, { label: "completed", color: "--c2" }]} />
      <${Chart} theme=${theme} title="Wait for a worker" format=${ms} data=${useMemo(() => pick(wait50, wait99), [data])}
        lines=${[{ label: "p50", color: "--c1" }, { label: "p99", color: "--c4" }]} />
      <${Chart} theme=${theme} title="Journal sync" format=${ms} data=${useMemo(() => pick(sync50, sync99), [data])}
        lines=${[{ label: "p50", color: "--c1" }, { label: "p99", color: "--c4" }]} />
    </div>
    <${Section} title="Busiest queues" aside=${html`<a href=${href("queues")}>All ${number(queues.length)} queues</a>`}>
      <${Table} caption="busiest queues" keyOf=${(queue) => queue.queue} rows=${busy}
        none=${html`No queue has work. The first submit makes one: <code>echo hello | bin/tq submit --queue shout</code>`}
        columns=${[
          { title: "Queue", head: true, cell: (queue) => html`<${QueueLink} name=${queue.queue} />${queue.paused ? html` <span class="state warn">paused</span>` : ""}` },
          { title: "Ready", n: true, cell: (queue) => number(queue.ready) },
          { title: "Oldest", n: true, cell: (queue) => (queue.ready ? duration(oldestSeconds(queue)) : "–") },
          { title: "Running", n: true, cell: (queue) => number(queue.active) },
          { title: "Idle workers", n: true, cell: (queue) => number(queue.waiting_workers) },
          { title: "Later", n: true, cell: (queue) => number(queue.scheduled + queue.retry_wait) },
          { title: "Dead", n: true, cell: (queue) => (queue.dead ? html`<a class="bad" href=${href("dlq", queue.queue)}>${number(queue.dead)}</a>` : "0") },
        ]} />
    <//>`;
}
