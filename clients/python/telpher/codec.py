"""The frames of docs/PROTOCOL.md that a client sends and gets: one table, read both ways. No I/O."""

import struct

HEADER = 12
VERSION = 1
STATES = "none scheduled ready retry_wait active completed dead expired discarded cancelled".split()
ERRORS = (
    "none bad_request unauthenticated forbidden task_not_found queue_not_found task_final stale_lease queue_paused "
    "task_purged payload_too_large idempotency_mismatch queue_full overloaded disk_full draining "
    "worker_not_found not_leader queue_limit memory_full"
).split()
ENUMS = {
    "state": (STATES, 0),
    "error": (ERRORS, 0),
    "priority": (["high", "normal", "low"], 1),
    "backoff": (["inherit", "fixed", "linear", "exponential"], 0),
    "drain": (["none", "begins", "undone"], 0),
    "dead": (["none", "retries_exhausted", "permanent", "poison", "unreadable"], 0),
}
# Enumerations are a byte, but for the error's code.
FORMATS = {"error": "<H", **{kind: "<B" for kind in ENUMS if kind != "error"}}

LEASE = "task_id:q@0 lease_id:q@8"
# code: name, bytes of the block that is sent, least bytes that are taken, fields of the block name:kind@offset, var fields name:kind.
# Kinds of the block: those of struct, an enumeration, bitN. Kinds of var fields: s text, x bytes, p pairs, e texts, n ids, fXX frames, d deliveries;
# those behind [ may be missing.
TABLE = {
    0x01: ("hello", 8, 8, "version_min:H@0 version_max:H@2 capabilities:H@4", "token:s client_name:s [ version:s host:s"),
    0x02: ("ping", 0, 0, "", ""),
    0x03: ("goaway", 4, 4, "code:H@0 drain:drain@2", "reason:s"),
    0x10: ("submit", 72, 64,
           "priority:priority@0 backoff:backoff@1 jitter_percent:H@2 max_retries:i@4 delay_ms:q@8 run_at_ms:q@16 "
           "expires_at_ms:q@24 base_ms:q@32 cap_ms:q@40 factor_millis:i@48 visibility_timeout_ms:i@52 "
           "idempotency_window_ms:q@56 expires_in_ms:q@64",
           "queue:s task_type:s content_type:s idempotency_key:s headers:p payload:x"),
    0x11: ("submit_batch", 4, 4, "count:i@0", "tasks:f10"),
    0x12: ("get", 16, 16, "task_id:q@0 with_payload:?@8", ""),
    0x13: ("wait", 16, 16, "task_id:q@0 wait_ms:i@8", ""),
    0x14: ("cancel", 8, 8, "task_id:q@0", ""),
    0x20: ("reserve", 80, 16, "max:i@0 wait_ms:i@4 visibility_timeout_ms:i@8 weights:64s@16", "worker:s queues:e"),
    0x21: ("ack", 16, 16, LEASE, "result_content_type:s result:x follow_ups:f10"),
    0x22: ("nack", 32, 32, LEASE + " retry_after_ms:q@16 permanent:?@24", "error:s"),
    0x23: ("release", 16, 16, LEASE, ""),
    0x24: ("extend", 24, 24, LEASE + " visibility_timeout_ms:i@16 not_started:?@20", ""),
    0x25: ("progress", 24, 24, LEASE + " percent:B@16", "note:s"),
    0x70: ("cancel_requested", 16, 16, LEASE, ""),
    0x81: ("welcome", 24, 24, "version:H@0 capabilities:H@2 frame_bytes_max:i@4 broker_time_ms:q@8 session_id:q@16", "broker_version:s"),
    0x82: ("pong", 0, 0, "", ""),
    0x8E: ("task_state", 40, 40,
           LEASE + " next_run_at_ms:q@16 lease_deadline_ms:q@24 state:state@32 cancel_requested:?@33", "follow_up_ids:n"),
    0x8F: ("error", 8, 8, "code:error@0 retry_after_ms:i@4", "text:s hint:s"),
    0x90: ("submitted", 24, 24, "task_id:q@0 created_at_ms:q@8 state:state@16 duplicate:?@17 has_result:?@18",
           "result_type:s result:x"),
    0x91: ("batch_submitted", 16, 16, "count:i@0 created_at_ms:q@8", "entries:x"),
    0x92: ("task", 88, 88,
           "task_id:q@0 created_at_ms:q@8 started_at_ms:q@16 finished_at_ms:q@24 next_run_at_ms:q@32 expires_at_ms:q@40 "
           "lease_deadline_ms:q@48 attempts:i@56 crashes:i@60 replays:i@64 max_retries:i@68 visibility_timeout_ms:i@72 "
           "state:state@76 priority:priority@77 cancel_requested:bit0@78 has_result:bit1@78 payload_unreadable:bit2@78 "
           "result_unreadable:bit3@78 progress:B@79 payload_bytes:i@80 dead_reason:dead@84",
           "queue:s type:s content_type:s idempotency_key:s headers:p payload:x result_type:s result:x last_error:s "
           "progress_note:s worker:s"),
    0xA0: ("deliveries", 8, 8, "count:i@0 draining:?@4", "deliveries:d"),
}
DELIVERY = struct.Struct("<qqqiiiiii")
DELIVERY_NAMES = "task_id lease_id created_at_ms lease_ms attempt crashes replays max_retries".split()
# What a SUBMIT says when everything is left to the queue.
SUBMIT_DEFAULTS = dict(priority="normal", jitter_percent=0xFFFF, max_retries=-1, base_ms=-1, cap_ms=-1, factor_millis=-1)


class Malformed(Exception):
    """The bytes are not a frame of this protocol: the two sides no longer agree where frames start."""


class Message:
    """A row of the table, its fields taken apart once."""

    def __init__(self, code, row):
        self.code = code
        self.name, self.block, self.block_min, block, variable = row
        self.fields = [(name, kind, int(at)) for name, kind, at in
                       (field.replace("@", ":").split(":") for field in block.split())]
        required, _, optional = variable.partition("[")
        self.vars = [field.split(":") for field in required.split() + optional.split()]
        self.vars_min = len(required.split())


MESSAGES = {code: Message(code, row) for code, row in TABLE.items()}
BY_NAME = {message.name: message for message in MESSAGES.values()}


# ---- writing

def encode(name, request_id=0, **fields):
    """One frame. Fields that are not given are 0, false or empty."""
    message = BY_NAME[name]
    if name == "submit":
        fields = {**SUBMIT_DEFAULTS, **fields}
    unknown = set(fields) - {row[0] for row in message.fields} - {row[0] for row in message.vars}
    if unknown:
        raise TypeError(f"{name} has no field {', '.join(sorted(unknown))}")
    block = bytearray(message.block)
    for key, kind, at in message.fields:
        if fields.get(key) is not None:
            _put(block, kind, at, fields[key], key)
    parts = [bytes(block)]
    for key, kind in message.vars:
        data = _var_bytes(kind, fields.get(key))
        parts += struct.pack("<I", len(data)), data
    body = b"".join(parts)
    return struct.pack("<IBBHi", HEADER - 4 + len(body), message.code, VERSION, message.block, request_id) + body


def _put(block, kind, at, value, key):
    if kind in ENUMS:
        words = ENUMS[kind][0]
        if value not in words:
            raise ValueError(f"{key} is {value!r}; it must be one of {', '.join(words)}")
        value = words.index(value)
    try:
        struct.pack_into(FORMATS.get(kind, "<" + kind), block, at, value)
    except struct.error as e:
        raise ValueError(f"{key} is {value!r}: {e}") from e


def _var_bytes(kind, value):
    if not value:
        return b""
    if kind == "s":
        return value.encode()
    if kind == "p":
        value, kind = [text for pair in value.items() for text in pair], "e"
    if kind == "e":
        texts = [text.encode() for text in value]
        return b"".join(struct.pack("<I", len(text)) + text for text in texts)
    return b"".join(value) if kind[0] == "f" else bytes(value)


# ---- reading

def decode(frame):
    """A dict with `message` and `request_id` beside the fields. Raises Malformed unless all lengths add up."""
    if len(frame) < HEADER or 4 + struct.unpack_from("<I", frame)[0] != len(frame):
        raise Malformed("the frame's length is wrong")
    code, version, block_length, request_id = struct.unpack_from("<BBHi", frame, 4)
    message = MESSAGES.get(code)
    if message is None or version != VERSION:
        raise Malformed(f"type {code:#x} of version {version} is not known")
    if block_length < message.block_min or HEADER + block_length > len(frame):
        raise Malformed(f"the block of {message.name} is too short")
    # A field behind the block's end reads as 0.
    block = frame[HEADER:HEADER + block_length] + bytes(message.block)
    fields = {"message": message.name, "request_id": request_id}
    for key, kind, at in message.fields:
        fields[key] = _get(block, kind, at)
    at = HEADER + block_length
    for i, (key, kind) in enumerate(message.vars):
        if at == len(frame) and i >= message.vars_min:  # the sender is older
            fields[key] = _var_value(kind, b"")
            continue
        data = _sized(frame, at)
        fields[key] = _var_value(kind, data)
        at += 4 + len(data)
    while at != len(frame):  # var fields of a newer broker
        at += 4 + len(_sized(frame, at))
    return fields


def _sized(data, at):
    length = struct.unpack_from("<I", data, at)[0] if len(data) - at >= 4 else len(data)
    if at + 4 + length > len(data):
        raise Malformed("a field goes beyond its end")
    return data[at + 4:at + 4 + length]


def _get(block, kind, at):
    if kind.startswith("bit"):
        return bool(block[at] >> int(kind[3:]) & 1)
    value = struct.unpack_from(FORMATS.get(kind, "<" + kind), block, at)[0]
    if kind in ENUMS:
        words, unknown = ENUMS[kind]
        return words[value if value < len(words) else unknown]
    return value


def _var_value(kind, data):
    if kind == "s":
        return data.decode("utf-8", "replace")
    if kind == "n":
        return list(struct.unpack_from(f"<{len(data) // 8}q", data))
    if kind in "ep":
        texts, at = [], 0
        while at < len(data):
            text = _sized(data, at)
            texts.append(text.decode("utf-8", "replace"))
            at += 4 + len(text)
        return texts if kind == "e" else dict(zip(texts[::2], texts[1::2]))
    if kind == "d":
        return [{**dict(zip(DELIVERY_NAMES, DELIVERY.unpack(about))), "submit": submit}
                for about, submit in _nested(data, 0x10, DELIVERY.size)]
    if kind[0] == "f":
        return [frame for _, frame in _nested(data, int(kind[1:], 16), 0)]
    return data


def _nested(data, code, gap):
    at = 0
    while at < len(data):
        if len(data) - at < gap + HEADER:
            raise Malformed("a nested frame is cut off")
        length = 4 + struct.unpack_from("<I", data, at + gap)[0]
        frame = data[at + gap:at + gap + length]
        if frame[4:5] != bytes([code]):
            raise Malformed("a nested frame has another type")
        yield data[at:at + gap], decode(frame)
        at += gap + length


def entries(batch_submitted):
    """Task id, state and whether it is a duplicate, of each task of a batch."""
    data = batch_submitted["entries"]
    return [(task_id, STATES[state if state < len(STATES) else 0], duplicate)
            for task_id, state, duplicate in struct.iter_unpack("<qB?6x", data[:len(data) // 16 * 16])]


def show_id(task_id):
    """As people, the HTTP API and `tq` write it: t-7f3a2."""
    return f"t-{task_id & (1 << 64) - 1:x}"


def parse_id(text):
    """The number of an id like t-7f3a2."""
    try:
        number = int(text.removeprefix("t-"), 16) if text.startswith("t-") else -1
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 64:
        raise ValueError(f"{text!r} is no task id; ids look like t-7f3a2")
    return number - (1 << 64) if number >> 63 else number
