'use strict';
// Reserving tasks, keeping their leases, reporting how they ended.

const { setTimeout: sleep } = require('node:timers/promises');
const codec = require('./codec');
const { ConnectionLost, Link, Refused } = require('./link');
const { content, opened, spec } = require('./task');

const RESERVE_WAIT_MS = 20_000;
const RETRY_MS = 500;
const RESERVE_MAX = 1000;
const RELEASE_MS = 5000;
const ERROR_BYTES_MAX = 8 << 10;
const CUT = ' [cut]';
const NOT_OF_THE_LEASE = new Set(['bad_request', 'payload_too_large', 'idempotency_mismatch', 'queue_paused', 'queue_not_found']);

/** Thrown by a handler: no other attempt, the task goes to the dead letters. */
class PermanentFailure extends Error {}

/** Thrown by a handler: this attempt failed, the next one comes in so many milliseconds. */
class RetryAfter extends Error {
  constructor(ms, reason = `again in ${ms} ms`) {
    super(reason);
    this.ms = ms;
  }
}

/** A task in a handler's hands. `signal` aborts when a cancel is asked for (throw to agree), or when what the handler does counts no more. */
class Reserved {
  constructor(worker, delivery) {
    const { submit } = delivery;
    Object.assign(this, { worker, lease: { task_id: delivery.task_id, lease_id: delivery.lease_id }, id: codec.showId(delivery.task_id),
      leaseMs: delivery.lease_ms, attempt: delivery.attempt, type: submit.task_type, queue: submit.queue, headers: submit.headers,
      contentType: submit.content_type, payload: submit.payload, followUps: [], isDecided: false });
    this.stopping = new AbortController();
    this.signal = this.stopping.signal;
    this.leaseEnd = performance.now() + this.leaseMs;
  }

  /** The payload by its content type: JSON, text, or bytes. What is none is a permanent failure. */
  get value() {
    try {
      return opened(this.contentType, this.payload);
    } catch (e) {
      throw new PermanentFailure(`the payload is no ${this.contentType}: ${e.message}`);
    }
  }

  /** Submitted exactly if this attempt is acknowledged; options as of `submit`. */
  followUp(type, payload, options) {
    this.followUps.push(codec.encode('submit', 0, spec(type, payload, options)));
  }

  async progress(percent, note = '') {
    await this.ask('progress', { percent, note });
  }

  ask(name, fields) {
    return this.worker.link.call(name, { ...this.lease, ...fields }, { timeoutMs: this.leaseMs });
  }
}

/**
 * Gives tasks to handlers, at most `concurrency` at once. What a handler resolves to is the task's result; throwing fails the attempt. Leases are renewed at a
 * third of their length, over lost connections too.
 */
class Worker {
  constructor(broker, queues, { concurrency = 4, name = `node-${process.pid}`, stopTimeoutMs = 30_000 } = {}) {
    if (!queues.length || !(concurrency >= 1 && concurrency <= RESERVE_MAX)) {
      throw new RangeError(`a worker takes at least one queue and a concurrency of 1 to ${RESERVE_MAX}`);
    }
    Object.assign(this, { broker, queues, concurrency, name, stopTimeoutMs, handlers: new Map(), tasks: new Map() });
    this.isStopping = this.isDrained = this.isReserving = false;
    /** Resolves after `stop`, or when an operator has drained this worker. */
    this.stopped = new Promise((resolve) => { this.hasStopped = resolve; });
  }

  /** The handler for tasks of a type; '*' for all that have none of their own. */
  on(type, handler) {
    this.handlers.set(type, handler);
    return this;
  }

  start() {
    this.link = new Link(this.broker.address, this.broker.client, {
      log: this.broker.log, connected: () => this.connected(), pushed: (message) => this.pushed(message) });
    return this;
  }

  /** Takes nothing new, waits stopTimeoutMs for the handlers, gives back what is not done by then. */
  async stop() {
    this.isStopping = true;
    // The broker answers at once what waits there, and what that brings is given back.
    this.link.tell('goaway', { drain: 'begins', reason: 'the worker stops' });
    if (this.isReserving) await atMost(RELEASE_MS, this.reserving);
    await atMost(this.stopTimeoutMs, Promise.all([...this.tasks.values()].map((task) => task.working)));
    const late = [...this.tasks.values()].filter((task) => !task.isDecided);
    for (const task of late) {
      task.isDecided = true;
      task.stopping.abort(new Error('the worker stops'));
    }
    await Promise.allSettled(late.map((task) => this.link.call('release', task.lease, { timeoutMs: RELEASE_MS })));
    this.link.close();
    for (const task of this.tasks.values()) clearTimeout(task.renewal);
    this.hasStopped();
  }

  // ---- reserving

  connected() {
    if (this.isDrained) this.link.tell('goaway', { drain: 'begins', reason: 'an operator drained this worker before' });
    for (const task of this.tasks.values()) this.renew(task);
    this.reserve();
  }

  pushed(message) {
    if (message.message === 'cancel_requested') {
      this.tasks.get(message.lease_id)?.stopping.abort(new Error('a cancel was requested'));
    } else if (message.message === 'goaway' && message.drain !== 'none') {
      this.isDrained = message.drain === 'begins';
      this.reserve();
    }
  }

  reserve() {
    const max = this.concurrency - this.tasks.size;
    if (this.isDrained && this.tasks.size === 0) this.hasStopped();
    if (this.isReserving || this.isStopping || this.isDrained || max <= 0 || !this.link.welcome) return;
    this.isReserving = true;
    // Not sent again by the link: how many are wanted has changed by then.
    this.reserving = this.link.call('reserve', { max, wait_ms: RESERVE_WAIT_MS, worker: this.name, queues: this.queues }, { resend: false, timeoutMs: Infinity })
      .then(async (reply) => {
        this.isReserving = false;
        await Promise.allSettled(reply.deliveries.map((delivery) => this.take(new Reserved(this, delivery))));
        this.reserve();
      }, (e) => {
        this.isReserving = false;
        if (!(e instanceof Refused)) return; // the next connection reserves anew
        this.broker.log(`worker ${this.name} can't reserve, and tries again: ${e.message}`);
        setTimeout(() => this.reserve(), Math.max(RETRY_MS, e.retryAfterMs)).unref();
      });
  }

  take(task) {
    if (this.isStopping) return this.link.call('release', task.lease, { timeoutMs: RELEASE_MS });
    this.tasks.set(task.lease.lease_id, task);
    task.renewal = setTimeout(() => this.renew(task), task.leaseMs / 3);
    task.working = this.work(task);
    return null;
  }

  // ---- one task

  async work(task) {
    const [outcome, fields] = await this.handle(task);
    if (!task.isDecided) {
      task.isDecided = true;
      await this.settle(task, outcome, fields);
    }
    clearTimeout(task.renewal);
    this.tasks.delete(task.lease.lease_id);
    this.reserve();
  }

  async handle(task) {
    const handler = this.handlers.get(task.type) ?? this.handlers.get('*');
    if (!handler) {
      const known = [...this.handlers.keys()].sort().join(', ') || 'none';
      return ['nack', { permanent: true, error: `no handler for type ${task.type}; this worker has: ${known}` }];
    }
    let result;
    try {
      result = await handler(task);
    } catch (e) {
      const retry_after_ms = e instanceof RetryAfter ? Math.round(e.ms) : -1;
      return ['nack', { retry_after_ms, permanent: e instanceof PermanentFailure, error: cut(`${e?.name ?? 'Error'}: ${e?.message ?? e}`) }];
    }
    try {
      const [result_content_type, data] = content(result);
      return ['ack', { result_content_type, result: data, follow_ups: task.followUps }];
    } catch (e) {
      return ['nack', { permanent: true, error: cut(`the result can't be written: ${e.message}`) }];
    }
  }

  /** Until it is answered, or the lease is over: an outcome that is repeated is answered like the first. */
  async settle(task, outcome, fields) {
    for (;;) {
      try {
        return await task.ask(outcome, fields);
      } catch (e) {
        const goesOn = !this.link.closed && performance.now() < task.leaseEnd;
        if (e instanceof ConnectionLost && goesOn) continue;
        if (e instanceof Refused && e.retryable && goesOn) {
          await sleep(Math.max(RETRY_MS, e.retryAfterMs));
          continue;
        }
        if (!(e instanceof ConnectionLost) && (!(e instanceof Refused) || NOT_OF_THE_LEASE.has(e.code)) && !fields.permanent) {
          outcome = 'nack';
          fields = { permanent: true, error: cut(`the outcome is refused: ${e.message}`) };
          continue;
        }
        this.broker.log(`the ${outcome} of task ${task.id} does not count: ${e.message}`);
        return null;
      }
    }
  }

  async renew(task) {
    clearTimeout(task.renewal);
    const sent = performance.now();
    const left = task.leaseEnd - sent;
    if (left <= 0) {
      this.lose(task, 'its lease ran out, since no renewal was confirmed in time');
      return;
    }
    task.renewal = setTimeout(() => this.renew(task), Math.min(task.leaseMs / 3, left));
    try {
      const fields = { ...task.lease, visibility_timeout_ms: task.leaseMs };
      const reply = await this.link.call('extend', fields, { resend: false, timeoutMs: left });
      task.leaseEnd = Math.max(task.leaseEnd, sent + task.leaseMs);
      if (reply.cancel_requested) task.stopping.abort(new Error('a cancel was requested'));
    } catch (e) {
      if (e instanceof Refused && !e.retryable) this.lose(task, e.message);
    }
  }

  /** The handler is told, and what it returns is dropped; what is decided already is left to the broker's answer. */
  lose(task, reason) {
    clearTimeout(task.renewal);
    if (task.isDecided) return;
    task.isDecided = true;
    this.broker.log(`what the handler of task ${task.id} does counts no more: ${reason}`);
    task.stopping.abort(new Error(`the lease is lost: ${reason}`));
  }
}

async function atMost(ms, work) {
  const end = new AbortController();
  await Promise.race([work, sleep(ms, null, { signal: end.signal }).catch(() => null)]);
  end.abort();
}

function cut(text) {
  const data = Buffer.from(text);
  if (data.length <= ERROR_BYTES_MAX) return text;
  let end = ERROR_BYTES_MAX - CUT.length;
  while ((data[end] & 0xc0) === 0x80) end--; // not within a character
  return data.toString('utf8', 0, end) + CUT;
}

module.exports = { PermanentFailure, RetryAfter, Worker };
