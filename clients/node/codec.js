'use strict';
// The frames of docs/PROTOCOL.md that a client sends and gets: one table, read both ways. No I/O.

const HEADER = 12;
const VERSION = 1;
const words = (text) => text.split(/\s+/);
const STATES = words('none scheduled ready retry_wait active completed dead expired discarded cancelled');
// Words, and the one that an unknown code of a newer broker stands for.
const ENUMS = {
  state: [STATES, 0],
  error: [words('none bad_request unauthenticated forbidden task_not_found queue_not_found task_final stale_lease queue_paused ' +
    'task_purged payload_too_large idempotency_mismatch queue_full overloaded disk_full draining worker_not_found not_leader ' +
    'queue_limit memory_full'), 0],
  priority: [words('high normal low'), 1],
  backoff: [words('inherit fixed linear exponential'), 0],
  drain: [words('none begins undone'), 0],
  dead: [words('none retries_exhausted permanent poison unreadable'), 0],
};

const LEASE = 'task_id:q@0 lease_id:q@8';
// code: name, bytes of the block that is sent, least bytes that are taken, fields of the block name:kind@offset, var fields name:kind.
// Kinds of the block: b u8, h u16, i i32, q i64 (a BigInt), ? flag, an enumeration, bitN, weights. Kinds of var fields: s text, x bytes, p pairs,
// e texts, n ids, fXX frames, d deliveries; those behind [ may be missing.
const TABLE = {
  0x01: ['hello', 8, 8, 'version_min:h@0 version_max:h@2 capabilities:h@4', 'token:s client_name:s [ version:s host:s'],
  0x02: ['ping', 0, 0, '', ''],
  0x03: ['goaway', 4, 4, 'code:h@0 drain:drain@2', 'reason:s'],
  0x10: ['submit', 72, 64,
    'priority:priority@0 backoff:backoff@1 jitter_percent:h@2 max_retries:i@4 delay_ms:q@8 run_at_ms:q@16 expires_at_ms:q@24 ' +
    'base_ms:q@32 cap_ms:q@40 factor_millis:i@48 visibility_timeout_ms:i@52 idempotency_window_ms:q@56 expires_in_ms:q@64',
    'queue:s task_type:s content_type:s idempotency_key:s headers:p payload:x'],
  0x11: ['submit_batch', 4, 4, 'count:i@0', 'tasks:f10'],
  0x12: ['get', 16, 16, 'task_id:q@0 with_payload:?@8', ''],
  0x13: ['wait', 16, 16, 'task_id:q@0 wait_ms:i@8', ''],
  0x14: ['cancel', 8, 8, 'task_id:q@0', ''],
  0x20: ['reserve', 80, 16, 'max:i@0 wait_ms:i@4 visibility_timeout_ms:i@8 weights:weights@16', 'worker:s queues:e'],
  0x21: ['ack', 16, 16, LEASE, 'result_content_type:s result:x follow_ups:f10'],
  0x22: ['nack', 32, 32, LEASE + ' retry_after_ms:q@16 permanent:?@24', 'error:s'],
  0x23: ['release', 16, 16, LEASE, ''],
  0x24: ['extend', 24, 24, LEASE + ' visibility_timeout_ms:i@16 not_started:?@20', ''],
  0x25: ['progress', 24, 24, LEASE + ' percent:b@16', 'note:s'],
  0x70: ['cancel_requested', 16, 16, LEASE, ''],
  0x81: ['welcome', 24, 24, 'version:h@0 capabilities:h@2 frame_bytes_max:i@4 broker_time_ms:q@8 session_id:q@16', 'broker_version:s'],
  0x82: ['pong', 0, 0, '', ''],
  0x8e: ['task_state', 40, 40, LEASE + ' next_run_at_ms:q@16 lease_deadline_ms:q@24 state:state@32 cancel_requested:?@33',
    'follow_up_ids:n'],
  0x8f: ['error', 8, 8, 'code:error@0 retry_after_ms:i@4', 'text:s hint:s'],
  0x90: ['submitted', 24, 24, 'task_id:q@0 created_at_ms:q@8 state:state@16 duplicate:?@17 has_result:?@18', 'result_type:s result:x'],
  0x91: ['batch_submitted', 16, 16, 'count:i@0 created_at_ms:q@8', 'entries:x'],
  0x92: ['task', 88, 88,
    'task_id:q@0 created_at_ms:q@8 started_at_ms:q@16 finished_at_ms:q@24 next_run_at_ms:q@32 expires_at_ms:q@40 ' +
    'lease_deadline_ms:q@48 attempts:i@56 crashes:i@60 replays:i@64 max_retries:i@68 visibility_timeout_ms:i@72 state:state@76 ' +
    'priority:priority@77 cancel_requested:bit0@78 has_result:bit1@78 payload_unreadable:bit2@78 result_unreadable:bit3@78 ' +
    'progress:b@79 payload_bytes:i@80 dead_reason:dead@84',
    'queue:s type:s content_type:s idempotency_key:s headers:p payload:x result_type:s result:x last_error:s progress_note:s worker:s'],
  0xa0: ['deliveries', 8, 8, 'count:i@0 draining:?@4', 'deliveries:d'],
};
const DELIVERY = 48;
// What a SUBMIT says when everything is left to the queue.
const SUBMIT_DEFAULTS = { priority: 'normal', jitter_percent: 0xffff, max_retries: -1, base_ms: -1, cap_ms: -1, factor_millis: -1 };

/** The bytes are not a frame of this protocol: the two sides no longer agree where frames start. */
class Malformed extends Error {}

const MESSAGES = new Map(Object.entries(TABLE).map(([code, [name, block, blockMin, fields, vars]]) => [Number(code), {
  code: Number(code), name, block, blockMin,
  fields: fields.split(' ').filter(Boolean).map((field) => field.split(/[:@]/)).map(([key, kind, at]) => [key, kind, Number(at)]),
  vars: vars.split(/[ [\]]+/).filter(Boolean).map((field) => field.split(':')),
  varsMin: vars.split('[')[0].split(' ').filter(Boolean).length,
}]));
const BY_NAME = new Map([...MESSAGES.values()].map((message) => [message.name, message]));

// ---- writing

/** One frame. Fields that are not given are 0, false or empty. */
function encode(name, requestId = 0, given = {}) {
  const message = BY_NAME.get(name);
  const fields = name === 'submit' ? { ...SUBMIT_DEFAULTS, ...given } : given;
  const block = Buffer.alloc(message.block);
  for (const [key, kind, at] of message.fields) if (fields[key] !== undefined) put(block, kind, at, fields[key], key);
  const parts = [Buffer.alloc(HEADER), block];
  for (const [key, kind] of message.vars) parts.push(...sized(varBytes(kind, fields[key])));
  const frame = Buffer.concat(parts);
  frame.writeUInt32LE(frame.length - 4, 0);
  frame[4] = message.code;
  frame[5] = VERSION;
  frame.writeUInt16LE(message.block, 6);
  frame.writeInt32LE(requestId, 8);
  return frame;
}

function put(block, kind, at, value, key) {
  if (ENUMS[kind]) {
    const code = ENUMS[kind][0].indexOf(value);
    if (code < 0) throw new RangeError(`${key} is ${JSON.stringify(value)}; it must be one of ${ENUMS[kind][0].join(', ')}`);
    if (kind === 'error') block.writeUInt16LE(code, at); else block[at] = code;
  } else if (kind === 'b') block.writeUInt8(value, at);
  else if (kind === 'h') block.writeUInt16LE(value, at);
  else if (kind === 'i') block.writeInt32LE(value, at);
  else if (kind === 'q') block.writeBigInt64LE(BigInt(value), at);
  else if (kind === '?') block[at] = value ? 1 : 0;
  else value.copy(block, at); // weights
}

function sized(data) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  return [length, data];
}

function varBytes(kind, value) {
  if (value === undefined || value.length === 0) return Buffer.alloc(0);
  if (kind === 's') return Buffer.from(value);
  if (kind === 'p') return varBytes('e', Object.entries(value).flat());
  if (kind === 'e') return Buffer.concat(value.flatMap((text) => sized(Buffer.from(text))));
  return kind[0] === 'f' ? Buffer.concat(value) : Buffer.from(value);
}

// ---- reading

/** The fields, with `message` and `request_id`. Throws Malformed unless all lengths add up. */
function decode(frame) {
  if (frame.length < HEADER || 4 + frame.readUInt32LE(0) !== frame.length) throw new Malformed("the frame's length is wrong");
  const message = MESSAGES.get(frame[4]);
  if (!message || frame[5] !== VERSION) throw new Malformed(`type ${frame[4]} of version ${frame[5]} is not known`);
  const blockLength = frame.readUInt16LE(6);
  if (blockLength < message.blockMin || HEADER + blockLength > frame.length) throw new Malformed(`the block of ${message.name} is too short`);
  // A field behind the block's end reads as 0.
  const block = Buffer.concat([frame.subarray(HEADER, HEADER + blockLength), Buffer.alloc(message.block)]);
  const fields = { message: message.name, request_id: frame.readInt32LE(8) };
  for (const [key, kind, at] of message.fields) fields[key] = get(block, kind, at);
  let at = HEADER + blockLength;
  for (const [i, [key, kind]] of message.vars.entries()) {
    const isMissing = at === frame.length && i >= message.varsMin; // the sender is older
    const data = isMissing ? Buffer.alloc(0) : taken(frame, at);
    fields[key] = varValue(kind, data);
    at += isMissing ? 0 : 4 + data.length;
  }
  while (at !== frame.length) at += 4 + taken(frame, at).length; // var fields of a newer broker
  return fields;
}

function taken(data, at) {
  const length = data.length - at >= 4 ? data.readUInt32LE(at) : data.length;
  if (at + 4 + length > data.length) throw new Malformed('a field goes beyond its end');
  return data.subarray(at + 4, at + 4 + length);
}

function get(block, kind, at) {
  if (kind.startsWith('bit')) return (block[at] >> Number(kind[3]) & 1) === 1;
  if (ENUMS[kind]) {
    const [names, unknown] = ENUMS[kind];
    return names[kind === 'error' ? block.readUInt16LE(at) : block[at]] ?? names[unknown];
  }
  switch (kind) {
    case 'b': return block[at];
    case 'h': return block.readUInt16LE(at);
    case 'i': return block.readInt32LE(at);
    case 'q': return block.readBigInt64LE(at);
    case '?': return block[at] !== 0;
    default: return block.subarray(at, at + 64);
  }
}

function varValue(kind, data) {
  if (kind === 's') return data.toString();
  if (kind === 'n') return Array.from({ length: data.length >> 3 }, (_, i) => data.readBigInt64LE(8 * i));
  if (kind === 'e' || kind === 'p') {
    const texts = [];
    for (let at = 0; at < data.length; at += 4 + taken(data, at).length) texts.push(taken(data, at).toString());
    return kind === 'e' ? texts : Object.fromEntries(Array.from({ length: texts.length >> 1 }, (_, i) => texts.slice(2 * i, 2 * i + 2)));
  }
  if (kind === 'd') return nested(data, 0x10, DELIVERY).map(([about, submit]) => delivery(about, submit));
  return kind[0] === 'f' ? nested(data, parseInt(kind.slice(1), 16), 0).map(([, frame]) => frame) : data;
}

function nested(data, code, gap) {
  const frames = [];
  for (let at = 0; at < data.length;) {
    if (data.length - at < gap + HEADER) throw new Malformed('a nested frame is cut off');
    const length = 4 + data.readUInt32LE(at + gap);
    const frame = data.subarray(at + gap, at + gap + length);
    if (frame[4] !== code) throw new Malformed('a nested frame has another type');
    frames.push([data.subarray(at, at + gap), decode(frame)]);
    at += gap + length;
  }
  return frames;
}

function delivery(about, submit) {
  const numbers = [24, 28, 32, 36, 40].map((at) => about.readInt32LE(at));
  const [lease_ms, attempt, crashes, replays, max_retries] = numbers;
  const [task_id, lease_id, created_at_ms] = [0, 8, 16].map((at) => about.readBigInt64LE(at));
  return { task_id, lease_id, created_at_ms, lease_ms, attempt, crashes, replays, max_retries, submit };
}

/** Of each task of a batch. */
function entries(batchSubmitted) {
  const data = batchSubmitted.entries;
  return Array.from({ length: data.length >> 4 }, (_, i) => ({
    task_id: data.readBigInt64LE(16 * i), state: STATES[data[16 * i + 8]] ?? 'none', duplicate: data[16 * i + 9] !== 0,
  }));
}

/** As people, the HTTP API and `tq` write it: t-7f3a2. */
const showId = (id) => 't-' + BigInt.asUintN(64, id).toString(16);

/** The number of an id like t-7f3a2. */
function parseId(text) {
  if (!/^t-[0-9a-f]{1,16}$/.test(text)) throw new RangeError(`${JSON.stringify(text)} is no task id; ids look like t-7f3a2`);
  return BigInt.asIntN(64, BigInt('0x' + text.slice(2)));
}

module.exports = { HEADER, MESSAGES, Malformed, decode, encode, entries, parseId, showId };
