// The broker's events, read with fetch, since EventSource can't send a token. One stream a tab, none while the tab is hidden: a browser has
// six connections for a broker, over all its tabs.
import { useEffect, useState } from "./lib.js";
import { headers, onAccess, query, refusal } from "./api.js";

const RETRY_MS = 2_000;
const RETRY_MAX_MS = 15_000;
const SILENT_MS = 40_000;

const listeners = new Set();
const taskListeners = new Set();
const rowListeners = new Set();
let filter = {};
let abort = null;
let lastEventId = "";
let wait = RETRY_MS;
let timer = 0;

export const live = { status: "connecting", problem: null, broker: null, queues: new Map(), at: 0, rates: null, whole: false };
let skewMs = 0;
let before = null;

/** The broker's time, since ages are reckoned by its clock. */
export const now = () => Date.now() + skewMs;

const tell = () => listeners.forEach((listener) => listener());

function setStatus(status, problem = null) {
  live.status = status;
  live.problem = problem;
  tell();
}

function counts(data) {
  if (data.whole && !filter.queue) live.queues = new Map();
  for (const queue of data.queues) live.queues.set(queue.queue, queue);
  for (const name of data.removed) live.queues.delete(name);
  live.broker = data.broker;
  live.at = Date.parse(data.at);
  live.whole = live.whole || (data.whole && !filter.queue);
  skewMs = live.at - Date.now();
  // Rates over some five seconds: from one look to the next they would jump.
  if (!before || data.broker.submitted < before.submitted || live.at - before.at > 60_000) {
    before = { at: live.at, submitted: data.broker.submitted, completed: data.broker.completed };
  } else if (live.at - before.at >= 4_500) {
    const seconds = (live.at - before.at) / 1000;
    live.rates = { submitted: (data.broker.submitted - before.submitted) / seconds, completed: (data.broker.completed - before.completed) / seconds };
    before = { at: live.at, submitted: data.broker.submitted, completed: data.broker.completed };
  }
  setStatus("live");
}

function event(name, data) {
  if (name === "counts") counts(data);
  else if (name === "row") rowListeners.forEach((listener) => listener(data));
  else if (name === "task" || name === "missed") taskListeners.forEach((listener) => listener(name === "task" ? data : null));
}

/** Events end with an empty line; a chunk may hold half of one. */
function reader() {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      let name = "";
      let data = "";
      for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) name = line.slice(7);
        else if (line.startsWith("id: ")) lastEventId = line.slice(4);
        else if (line.startsWith("data: ")) data += line.slice(6);
      }
      if (data) event(name, JSON.parse(data));
    }
  };
}

async function listen(mine) {
  let heard = Date.now();
  const silence = setInterval(() => Date.now() - heard > SILENT_MS && mine.abort(), 5_000);
  try {
    const extra = lastEventId && live.whole && !filter.queue ? { "Last-Event-ID": lastEventId } : {};
    const response = await fetch("/api/v1/events" + query(filter), { headers: headers(extra), signal: mine.signal, cache: "no-store" });
    if (!response.ok) throw await refusal(response);
    wait = RETRY_MS;
    const take = reader();
    const stream = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let chunk = await stream.read(); !chunk.done; chunk = await stream.read()) {
      heard = Date.now();
      take(chunk.value);
    }
    throw new Error("the broker closed the stream");
  } catch (failure) {
    if (abort !== mine) return; // another stream took its place
    abort = null;
    setStatus(failure.status === 401 || failure.status === 403 ? "refused" : "lost", failure.message);
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 1.5, RETRY_MAX_MS);
  } finally {
    clearInterval(silence);
  }
}

function open() {
  clearTimeout(timer);
  const last = abort;
  if (document.hidden) {
    abort = null;
    last?.abort();
    return;
  }
  abort = new AbortController();
  last?.abort();
  listen(abort);
}

/** What the stream is about besides counts: { task } or { queue }. */
export function about(wanted) {
  if (JSON.stringify(wanted) === JSON.stringify(filter) && abort) return;
  if (filter.queue !== wanted.queue) lastEventId = "";
  filter = wanted;
  open();
}

export function start() {
  document.addEventListener("visibilitychange", open);
  onAccess((what) => {
    if (what.kind === "token") {
      lastEventId = "";
      live.whole = false;
      wait = RETRY_MS;
      open();
    }
  });
  open();
}

/** Renders anew at each look, at most once a frame. */
export function useLive() {
  const [, redraw] = useState(0);
  useEffect(() => {
    let frame = 0;
    const listener = () => {
      frame = frame || requestAnimationFrame(() => {
        frame = 0;
        redraw((n) => n + 1);
      });
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      cancelAnimationFrame(frame);
    };
  }, []);
  return live;
}

/** Calls with each task change, null when some were missed. */
export function useTaskChanges(listener) {
  useEffect(() => {
    taskListeners.add(listener);
    return () => taskListeners.delete(listener);
  }, [listener]);
}

export function useRows(listener) {
  useEffect(() => {
    rowListeners.add(listener);
    return () => rowListeners.delete(listener);
  }, [listener]);
}
