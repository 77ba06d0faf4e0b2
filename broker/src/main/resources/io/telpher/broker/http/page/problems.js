// What is wrong, in the order in which one would look at it. Each says what, and leads to where it can be mended.
import { bytes, duration, ms, number } from "./format.js";
import { href } from "./ui.js";
import { now } from "./live.js";

const STALLED_SECONDS = 60;
const DISK_LOW_BYTES = 2 * 2 ** 30;
const DISK_OUT_BYTES = 256 * 2 ** 20;
const SYNC_SLOW_MS = 250;
const SHOWN_MAX = 6;

export const oldestSeconds = (queue) => (queue.oldest_ready_since ? Math.max(0, (now() - Date.parse(queue.oldest_ready_since)) / 1000) : 0);

const tasks = (n) => number(n) + (n === 1 ? " task" : " tasks");

/** The trouble with one queue, or null. */
export function queueProblem(queue) {
  const waits = oldestSeconds(queue);
  if (queue.ready > 0 && queue.paused) return { tone: "warn", text: "is paused with " + tasks(queue.ready) + " ready" };
  if (queue.ready > 0 && queue.active + queue.waiting_workers === 0 && waits > 5) {
    return { tone: "bad", text: "has no workers: " + tasks(queue.ready) + " ready, the oldest for " + duration(waits) };
  }
  if (waits > STALLED_SECONDS) return { tone: "bad", text: "is behind: a task has been ready for " + duration(waits) + ", workers don't keep up" };
  return null;
}

function brokerProblems(broker, syncP99) {
  const found = [];
  if (broker && broker.disk_free_bytes < DISK_LOW_BYTES) {
    const isOut = broker.disk_free_bytes < DISK_OUT_BYTES;
    found.push({ tone: isOut ? "bad" : "warn", what: "Disk", link: href("broker"), text: "only " + bytes(broker.disk_free_bytes) + " are free" + (isOut ? "; new tasks are refused, acks still work" : "") });
  }
  if (syncP99 > SYNC_SLOW_MS) found.push({ tone: "warn", what: "Journal", link: href("broker"), text: "1 % of syncs took " + ms(syncP99) + " or more; each confirmation waits for one" });
  return found;
}

export function problems(live, syncP99) {
  const found = brokerProblems(live.broker, syncP99);
  let dead = 0;
  let deadQueues = 0;
  const queues = [];
  for (const queue of live.queues.values()) {
    const trouble = queueProblem(queue);
    if (trouble) queues.push({ ...trouble, what: queue.queue, link: href("queues", queue.queue), size: queue.ready });
    dead += queue.dead;
    deadQueues += queue.dead > 0 ? 1 : 0;
  }
  queues.sort((a, b) => (a.tone === b.tone ? b.size - a.size : a.tone === "bad" ? -1 : 1));
  found.push(...queues.slice(0, SHOWN_MAX));
  if (queues.length > SHOWN_MAX) found.push({ tone: "warn", what: number(queues.length - SHOWN_MAX) + " more queues", link: href("queues") + "?show=trouble", text: "are paused, stalled or without workers" });
  if (dead > 0) found.push({ tone: "warn", what: "Dead letters", link: href("dlq"), text: tasks(dead) + " in " + number(deadQueues) + (deadQueues === 1 ? " queue" : " queues") + (dead === 1 ? " waits" : " wait") + " for a decision" });
  return found;
}
