'use strict';
// Submitting tasks and asking about them. Times in milliseconds.

const os = require('node:os');
const codec = require('./codec');
const { ConnectionLost, Link, Refused, parseUrl } = require('./link');
const { content, opened, spec } = require('./task');
const { PermanentFailure, RetryAfter, Worker } = require('./worker');

const WAIT_MS_MAX = 60_000;
const WAIT_MARGIN_MS = 10_000;
const FINAL = new Set(['completed', 'dead', 'expired', 'discarded', 'cancelled']);

const task = (fields) => ({
  id: codec.showId(fields.task_id), state: fields.state, isFinal: FINAL.has(fields.state), attempts: fields.attempts,
  lastError: fields.last_error, result: fields.has_result ? opened(fields.result_type, fields.result) : undefined,
  fields,  // all that the protocol says of it
});

/** A broker, as a program sees it: `new Telpher('tq://a,b,c')`. It connects by itself, again and again; every call ends within timeoutMs. */
class Telpher {
  constructor(url, { clientName = `node-client pid ${process.pid}`, version = '', timeoutMs = 30_000, log = (text) => console.warn(`telpher: ${text}`) } = {}) {
    // What operators see of it.
    const client = { client_name: clientName, version, host: os.hostname() };
    Object.assign(this, { address: parseUrl(url), client, timeoutMs, log });
    this.link = new Link(this.address, client, { log });
  }

  ask(name, fields, resend = true) {
    return this.link.call(name, fields, { resend, timeoutMs: this.timeoutMs });
  }

  /**
   * Resolves when the task is durable. Options: queue, key, headers, priority, delayMs, expiresInMs, maxRetries, contentType. With a key it is sent again
   * after a lost connection; without one ConnectionLost.outcomeUnknown says that it may be there.
   */
  async submit(type, payload, options = {}) {
    const reply = await this.ask('submit', spec(type, payload, options), Boolean(options.key));
    return { id: codec.showId(reply.task_id), state: reply.state, duplicate: reply.duplicate };
  }

  /** 1 to 1000 tasks made by `spec`, at most 4 MiB; all are accepted or none. */
  async submitBatch(specs) {
    const tasks = specs.map((each) => codec.encode('submit', 0, each));
    const reply = await this.ask('submit_batch', { count: tasks.length, tasks }, specs.every((each) => each.idempotency_key));
    return codec.entries(reply).map(({ task_id, state, duplicate }) => ({ id: codec.showId(task_id), state, duplicate }));
  }

  async get(id, { withPayload = false } = {}) {
    return task(await this.ask('get', { task_id: codec.parseId(id), with_payload: withPayload }));
  }

  /** Waits until the task is final, at most timeoutMs, and gives it as it stands then. */
  async wait(id, timeoutMs) {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const left = Math.min(Math.max(0, Math.round(end - performance.now())), WAIT_MS_MAX);
      const fields = { task_id: codec.parseId(id), wait_ms: left };
      const found = task(await this.link.call('wait', fields, { timeoutMs: left + WAIT_MARGIN_MS }));
      if (found.isFinal || performance.now() >= end) return found;
    }
  }

  /** Its state afterwards: `cancelled`, or `active` while the worker still has to agree. */
  async cancel(id) {
    return (await this.ask('cancel', { task_id: codec.parseId(id) })).state;
  }

  /** Options as of Worker. It has a connection of its own. */
  worker(queues, options) {
    return new Worker(this, [queues].flat(), options);
  }

  close() {
    this.link.close();
  }
}

module.exports = { ConnectionLost, PermanentFailure, Refused, RetryAfter, Telpher, content, spec };
