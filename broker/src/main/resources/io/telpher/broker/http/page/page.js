// Every text goes into the page as text, never as HTML: payloads and errors are other people's.
const view = document.getElementById("view");
const state = document.getElementById("state");
const EVERY_MS = 2000;
const STALLED_SECONDS = 60;
let shown = "";
let round = 0;

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null).map((child) =>
    child instanceof Node ? child : document.createTextNode(String(child))));
  return node;
}

async function api(path, method = "GET", body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch("/api/v1" + path, options);
  const json = await response.json();
  if (!response.ok) throw new Error(json.code + ": " + json.detail + (json.hint ? " (" + json.hint + ")" : ""));
  return json;
}

const number = (n) => Number(n).toLocaleString();
const queueLink = (name) => el("a", { href: "#/queue/" + encodeURIComponent(name) }, name);
const taskLink = (id) => el("a", { href: "#/task/" + encodeURIComponent(id) }, id);

function age(seconds) {
  if (seconds < 1) return seconds > 0 ? "<1 s" : "";
  if (seconds < 120) return Math.round(seconds) + " s";
  if (seconds < 7200) return Math.round(seconds / 60) + " min";
  return Math.round(seconds / 3600) + " h";
}

function tile(label, value, kind = "") {
  return el("div", { class: "tile" }, el("b", { class: kind }, value), el("span", {}, label));
}

/** columns: [title, cell of a row, class] */
function table(columns, rows, none) {
  if (rows.length === 0) return el("p", {}, none);
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map(([title, , kind]) => el("th", { class: kind, scope: "col" }, title)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, columns.map(([, cell, kind]) => el("td", { class: kind }, cell(row))))))));
}

function action(label, run, question) {
  return el("button", { type: "button", onclick: async (event) => {
    if (question && !confirm(question)) return;
    event.target.disabled = true;
    try {
      await run();
      await show();
    } catch (failure) {
      alert(failure.message);
      event.target.disabled = false;
    }
  } }, label);
}

function problems(queues) {
  const found = [];
  for (const queue of queues) {
    if (queue.paused) found.push(el("li", {}, queueLink(queue.queue), " is paused with " + number(queue.ready) + " tasks ready."));
    else if (queue.oldest_ready_age_seconds > STALLED_SECONDS) {
      const why = queue.active + queue.waiting_workers === 0 ? "no worker is at it" : "workers don't keep up";
      found.push(el("li", {}, queueLink(queue.queue), ": a task has been ready for " + age(queue.oldest_ready_age_seconds) + "; " + why + "."));
    }
    if (queue.dead > 0) found.push(el("li", {}, queueLink(queue.queue), " has " + number(queue.dead) + " dead letters."));
  }
  return found.length ? el("ul", { class: "problems" }, found) : undefined;
}

async function overview() {
  const { queues } = await api("/queues");
  const sum = (field) => queues.reduce((total, queue) => total + queue[field], 0);
  return [
    el("h1", {}, "Queues"),
    el("div", { class: "tiles" }, tile("ready", number(sum("ready"))), tile("running", number(sum("active"))),
      tile("scheduled", number(sum("scheduled"))), tile("retry later", number(sum("retry_wait"))),
      tile("dead", number(sum("dead")), sum("dead") ? "bad" : ""), tile("completed, ever", number(sum("completed")))),
    problems(queues),
    table([
      ["Queue", (q) => queueLink(q.queue)], ["", (q) => (q.paused ? el("span", { class: "bad" }, "paused") : "")],
      ["Ready", (q) => number(q.ready), "n"], ["Oldest", (q) => age(q.oldest_ready_age_seconds), "n"],
      ["Running", (q) => number(q.active), "n"], ["Idle workers", (q) => number(q.waiting_workers), "n"],
      ["Scheduled", (q) => number(q.scheduled), "n"], ["Retry later", (q) => number(q.retry_wait), "n"],
      ["Dead", (q) => el("span", { class: q.dead ? "bad" : "" }, number(q.dead)), "n"], ["Completed", (q) => number(q.completed), "n"],
    ], queues, "No queue yet. The first submit makes one."),
  ];
}

async function queuePage(name) {
  const path = "/queues/" + encodeURIComponent(name);
  const [queue, scale, dead, groups, tasks] = await Promise.all([api(path), api(path + "/scale"), api(path + "/dlq?limit=50"),
    api(path + "/dlq/groups"), api("/tasks?limit=50&status=pending&queue=" + encodeURIComponent(name))]);
  const pause = queue.paused
    ? action("Resume", () => api(path + "/resume", "POST", {}))
    : action("Pause", () => api(path + "/pause", "POST", {}), "Pause " + name + "? Running tasks go on, nothing new is delivered.");
  return [
    el("h1", {}, "Queue " + name, queue.paused ? el("span", { class: "bad" }, " paused") : ""),
    el("div", {}, pause),
    problems([queue]),
    el("div", { class: "tiles" }, tile("ready", number(queue.ready)), tile("oldest ready", age(queue.oldest_ready_age_seconds) || "none"),
      tile("running", number(queue.active)), tile("idle workers", number(queue.waiting_workers)),
      tile("scheduled", number(queue.scheduled)), tile("retry later", number(queue.retry_wait)),
      tile("a second come", scale.arrival_rate.toFixed(2)), tile("seconds each", scale.mean_service_seconds.toFixed(3)),
      tile("slots needed", number(scale.workers_needed))),
    el("h2", {}, "Dead letters: " + number(queue.dead)),
    queue.dead ? el("div", {},
      action("Replay all", () => api(path + "/dlq/replay", "POST", {}), "Make all " + queue.dead + " dead letters of " + name + " ready again?"),
      action("Discard all", () => api(path + "/dlq/discard", "POST", {}), "Give up all " + queue.dead + " dead letters of " + name + "? They can't be replayed afterwards.")) : undefined,
    table([["Error", (g) => g.fingerprint, "wrap"], ["Type", (g) => g.type], ["Count", (g) => number(g.count), "n"],
      ["Last seen", (g) => g.last_seen ?? ""], ["Example", (g) => taskLink(g.example_task_id)]], groups.groups, "None."),
    dead.tasks.length ? el("h2", {}, "The first " + dead.tasks.length) : undefined,
    dead.tasks.length ? taskTable(dead.tasks) : undefined,
    el("h2", {}, "Waiting tasks"),
    taskTable(tasks.tasks),
    el("h2", {}, "Policy"),
    el("pre", {}, JSON.stringify(queue.policy, null, 2)),
  ];
}

function taskTable(tasks) {
  return table([["Task", (t) => taskLink(t.task_id)], ["Type", (t) => t.type], ["State", (t) => t.state], ["Priority", (t) => t.priority],
    ["Attempts", (t) => t.attempts + " of " + (t.max_retries + 1), "n"], ["Created", (t) => t.created_at],
    ["Next run", (t) => t.next_run_at ?? ""], ["Last error", (t) => (t.last_error ?? "").slice(0, 200), "wrap"]], tasks, "None.");
}

/** Why a task is not running, in a sentence. */
function why(task, queue) {
  switch (task.state) {
    case "ready": return queue.paused ? "Its queue is paused."
      : queue.active + queue.waiting_workers === 0 ? "No worker is at its queue." : "It waits for its turn among " + number(queue.ready) + ".";
    case "scheduled": return "It waits until " + task.next_run_at + ".";
    case "retry_wait": return "Attempt " + task.attempts + " of " + (task.max_retries + 1) + " failed; the next is at " + task.next_run_at + ".";
    case "active": return "It is running" + (task.worker ? " at " + task.worker : "") + (task.progress ? ", " + task.progress + "%" : "") + ".";
    case "dead": return "It is a dead letter: " + (task.dead_reason ?? "") + ".";
    default: return "It is " + task.state + ".";
  }
}

async function taskPage(id) {
  const path = "/tasks/" + encodeURIComponent(id);
  const [task, history] = await Promise.all([api(path + "?payload=true"), api(path + "/history")]);
  const queue = await api("/queues/" + encodeURIComponent(task.queue));
  const { payload, payload_base64, result, result_base64, last_error, headers, ...fields } = task;
  const dead = "/queues/" + encodeURIComponent(task.queue) + "/dlq/";
  const text = (json, base64) => (base64 !== undefined ? "base64: " + base64 : JSON.stringify(json ?? null, null, 2));
  const curl = "curl -s " + location.origin + "/api/v1" + path + "?payload=true";
  return [
    el("h1", {}, "Task " + id),
    el("p", {}, why(task, queue), " Queue ", queueLink(task.queue), "."),
    el("div", {},
      ["pending", "processing"].includes(task.status) ? action("Cancel", () => api(path, "DELETE"), "Cancel " + id + "?") : undefined,
      task.state === "dead" ? action("Replay", () => api(dead + "replay", "POST", { task_ids: [id] })) : undefined,
      task.state === "dead" ? action("Discard", () => api(dead + "discard", "POST", { task_ids: [id] }), "Give " + id + " up?") : undefined,
      el("button", { type: "button", onclick: () => navigator.clipboard.writeText(curl) }, "Copy as curl")),
    last_error ? el("h2", {}, "Last error") : undefined,
    last_error ? el("pre", { class: "bad" }, last_error) : undefined,
    el("h2", {}, "What happened"),
    table([["At", (s) => s.at], ["From", (s) => s.from ?? ""], ["To", (s) => s.to], ["Attempt", (s) => s.attempt, "n"], ["Worker", (s) => s.worker],
      ["Lease", (s) => s.lease_id || "", "n"], ["", (s) => s.note, "wrap"]], history.transitions, "Nothing is remembered."),
    el("h2", {}, "Payload"), el("pre", {}, payload === undefined && payload_base64 === undefined ? "not kept any more" : text(payload, payload_base64)),
    el("h2", {}, "Result"), el("pre", {}, text(result, result_base64)),
    el("h2", {}, "Fields"), el("pre", {}, JSON.stringify({ ...fields, headers }, null, 2)),
  ];
}

function page() {
  const [, kind, name] = location.hash.split("/").map(decodeURIComponent);
  if (kind === "queue") return () => queuePage(name);
  if (kind === "task") return () => taskPage(name);
  return overview;
}

async function show() {
  const mine = ++round;
  try {
    const nodes = (await page()()).filter((node) => node !== undefined);
    if (mine !== round) return; // the address changed meanwhile
    const text = nodes.map((node) => node.outerHTML).join("");
    if (text !== shown) { // what did not change keeps focus and selection
      shown = text;
      view.replaceChildren(...nodes);
    }
    state.textContent = "live, " + new Date().toLocaleTimeString();
    state.className = "";
  } catch (failure) {
    if (mine !== round) return;
    state.textContent = failure.message;
    state.className = "lost";
  }
}

async function keepShowing() {
  if (!document.hidden) await show();
  setTimeout(keepShowing, EVERY_MS);
}

document.getElementById("find").addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = "#/task/" + encodeURIComponent(document.getElementById("id").value.trim());
});
addEventListener("hashchange", () => { shown = ""; show().then(() => view.focus()); });
keepShowing();
