'use strict';
// What a task carries: payloads and results by their content type, and what a submit says.

/** Content type and bytes: bytes and text as they are, anything else as JSON; undefined is nothing. */
function content(value) {
  if (value === undefined) return ['', Buffer.alloc(0)];
  if (value instanceof Uint8Array) return ['', Buffer.from(value)];
  if (typeof value === 'string') return ['text/plain', Buffer.from(value)];
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a ${typeof value} can't be written as JSON`);
  return ['application/json', Buffer.from(text)];
}

/** The other way round. */
function opened(contentType, data) {
  if (contentType.split(';')[0] === 'application/json') return JSON.parse(data.toString());
  return contentType.startsWith('text/') ? data.toString() : data;
}

/** A task to submit. `key`: one task per key and queue, so it is safe to submit again. */
function spec(type, payload, { queue = 'default', key = '', headers = {}, priority = 'normal', delayMs = 0, expiresInMs = 0,
  maxRetries = -1, contentType } = {}) {
  const [kind, data] = content(payload);
  return { task_type: type, queue, payload: data, content_type: contentType ?? kind, idempotency_key: key, headers, priority,
    delay_ms: Math.round(delayMs), expires_in_ms: Math.round(expiresInMs), max_retries: maxRetries };
}

module.exports = { content, opened, spec };
