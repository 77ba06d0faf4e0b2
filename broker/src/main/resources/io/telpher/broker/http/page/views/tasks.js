import { html } from "../lib.js";
import { number } from "../format.js";
import { QueueLink, State, Table, TaskLink, Time } from "../ui.js";

/** Rows of tasks, wherever they come from. */
export function TaskTable({ caption, tasks, none, withQueue, choose }) {
  const columns = [
    { title: "Task", head: true, cell: (task) => html`<${TaskLink} id=${task.task_id} />` },
    ...(withQueue ? [{ title: "Queue", cell: (task) => html`<${QueueLink} name=${task.queue} />` }] : []),
    { title: "Type", cell: (task) => String(task.type) },
    { title: "State", cell: (task) => html`<${State} state=${task.state} />` },
    { title: "Priority", cell: (task) => task.priority },
    { title: "Attempts", n: true, cell: (task) => number(task.attempts) + " of " + number(task.max_retries + 1) },
    { title: "Created", cell: (task) => html`<${Time} at=${task.created_at} />` },
    { title: "Next run", cell: (task) => html`<${Time} at=${task.next_run_at} />` },
    { title: "Worker or error", wide: true, cell: (task) => (task.worker ? String(task.worker) : String(task.last_error ?? "").split("\n")[0].slice(0, 160)) },
  ];
  if (choose) {
    columns.unshift({ title: "Select", cell: (task) => html`<input type="checkbox" aria-label=${"select " + task.task_id} checked=${choose.ids.has(task.task_id)} onChange=${() => choose.toggle(task.task_id)} />` });
  }
  return html`<${Table} caption=${caption} keyOf=${(task) => task.task_id} rows=${tasks} none=${none} columns=${columns} />`;
}
