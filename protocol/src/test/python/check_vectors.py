"""Decodes the conformance vectors with a second implementation, written from docs/PROTOCOL.md alone.

Usage: check_vectors.py DIRECTORY. Exit code 1 and one line per difference when it disagrees with a vector.
"""

import glob
import json
import os
import re
import struct
import sys

HEADER = 12
PAYLOAD_MAX = 1 << 20
YEAR = 366 * 24 * 3600 * 1000
NAME = re.compile(rb"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,128}\Z")
STATES = "none scheduled ready retry_wait active completed dead expired discarded cancelled".split()
PRIORITIES = "high normal low".split()
BACKOFFS = "inherit fixed linear exponential".split()
DISCONNECTS = "inherit release keep".split()
DEAD = "none retries_exhausted permanent poison unreadable".split()
ERRORS = (
    "bad_request unauthenticated forbidden task_not_found queue_not_found task_final stale_lease queue_paused "
    "task_purged payload_too_large idempotency_mismatch queue_full overloaded disk_full draining "
    "worker_not_found not_leader queue_limit memory_full"
).split()


class Malformed(Exception):
    pass


class Refused(Exception):
    def __init__(self, code="BAD_REQUEST"):
        super().__init__(code)
        self.code = code


# ---- the block: name:kind@offset; kinds b = u8, h = u16, i = i32, q = i64, ? = flag, others below
LEASE = "task_id:q@0 lease_id:q@8"
POLICY = (
    "visibility_timeout_ms:i@0 max_retries:i@4 base_ms:q@8 cap_ms:q@16 factor_millis:i@24 jitter_percent:jitter@28 "
    "backoff:backoff@30 on_disconnect:disconnect@31 max_tasks:q@32 minimum_share_normal:share@40 minimum_share_low:share@41 "
    "max_crashes:share@42 key_release:share@43 disconnect_grace_ms:i@44"
)
STATS = (
    "uptime_ms term live_tasks ready scheduled retry_wait active dead queues connections waiters submitted completed "
    "journal_bytes journal_sequence disk_free_bytes sync_p99_micros queues_max"
).split()
SUBMIT = (
    "priority:priority@0 backoff:backoff@1 jitter_percent:h@2 max_retries:i@4 delay_ms:q@8 run_at_ms:q@16 "
    "expires_at_ms:q@24 base_ms:q@32 cap_ms:q@40 factor_millis:i@48 visibility_timeout_ms:i@52 idempotency_window_ms:q@56 "
    "expires_in_ms:q@64"
)
TASK = (
    "task_id:q@0 created_at_ms:q@8 started_at_ms:q@16 finished_at_ms:q@24 next_run_at_ms:q@32 expires_at_ms:q@40 "
    "lease_deadline_ms:q@48 attempts:i@56 crashes:i@60 replays:i@64 max_retries:i@68 visibility_timeout_ms:i@72 "
    "state:state@76 priority:priority@77 cancel_requested:bit0@78 payload_unreadable:bit2@78 result_unreadable:bit3@78 progress:b@79 payload_bytes:i@80 dead_reason:dead@84"
)
DIED = "error_is_fingerprint:?@{} died_after_ms:q@16 died_before_ms:q@24"
# code: name, least block bytes (a field behind the block reads as 0), block fields, var fields as name:kind (s text, x bytes, p pairs, e texts, n ids, f:TYPE frames; behind [ they may be missing, and are empty then)
TYPES = {
    0x01: ("hello", 8, "version_min:h@0 version_max:h@2 capabilities:h@4", "token:s client_name:s [version:s host:s"),
    0x02: ("ping", 0, "", ""),
    0x03: ("goaway", 4, "code:h@0 drain:drain@2", "reason:s"),
    0x10: ("submit", 64, SUBMIT, "queue:s task_type:s content_type:s idempotency_key:s headers:p payload:x"),
    0x11: ("submit_batch", 4, "count:i@0", "tasks:f10"),
    0x12: ("get", 16, "task_id:q@0 with_payload:?@8", ""),
    0x13: ("wait", 16, "task_id:q@0 wait_ms:i@8", ""),
    0x14: ("cancel", 8, "task_id:q@0", ""),
    0x15: ("list", 16, "after_task_id:q@0 limit:i@8 state_mask:h@12", "queue:s task_type:s"),
    0x16: ("search", 16, "after_task_id:q@0 limit:i@8", "queue:s query:s"),
    0x17: ("reschedule", 24, "delay_ms:q@0 run_at_ms:q@8 priority:kept_priority@16", "task_ids:n"),
    0x20: ("reserve", 16, "max:i@0 wait_ms:i@4 visibility_timeout_ms:i@8 weights:hex64@16", "worker:s queues:e"),
    0x21: ("ack", 16, LEASE, "result_content_type:s result:x follow_ups:f10"),
    0x22: ("nack", 32, LEASE + " retry_after_ms:q@16 permanent:?@24", "error:s"),
    0x23: ("release", 16, LEASE, ""),
    0x24: ("extend", 24, LEASE + " visibility_timeout_ms:i@16 not_started:?@20", ""),
    0x25: ("progress", 24, LEASE + " percent:b@16", "note:s"),
    0x30: ("put_queue", 48, POLICY, "queue:s"),
    0x31: ("get_queue", 0, "", "queue:s"),
    0x32: ("list_queues", 8, "limit:i@0", "after:s"),
    0x33: ("pause_queue", 8, "refuse_submits:?@0", "queue:s [reason:s by:s"),
    0x34: ("resume_queue", 0, "", "queue:s"),
    0x35: ("purge_queue", 8, "limit:i@0 after_task_id:q@8 up_to_task_id:q@16", "queue:s"),
    0x36: ("delete_queue", 24, "purge:bit0@0 after_task_id:q@8 up_to_task_id:q@16", "queue:s"),
    0x37: ("note_queue", 0, "", "queue:s note:s [by:s"),
    0x40: ("dlq_list", 16, "after_task_id:q@0 limit:i@8 with_payload:?@13 after_place:q@32 " + DIED.format(12), "queue:s task_type:s error:s"),
    0x41: ("dlq_groups", 24, "limit:i@0 error_is_fingerprint:?@4 by_type:?@5 died_after_ms:q@8 died_before_ms:q@16", "queue:s task_type:s error:s"),
    0x42: ("dlq_replay", 16, "limit:i@0 rate_per_second:i@4 dry_run:?@8 patches_content_only:?@10 merges_patch:?@11 canary:i@12 " + DIED.format(9),
           "queue:s task_type:s error:s task_ids:n patch:f10"),
    0x43: ("dlq_discard", 16, "limit:i@0 dry_run:?@8 " + DIED.format(9), "queue:s task_type:s error:s task_ids:n"),
    0x44: ("dlq_runs", 8, "limit:i@0", "queue:s"),
    0x45: ("dlq_stop", 8, "run_id:q@0", ""),
    0x50: ("stats", 0, "", ""),
    0x51: ("scale_hint", 16, "slots_per_worker:i@0 target_drain_ms:q@8", "queue:s"),
    0x52: ("workers", 8, "limit:i@0", ""),
    0x53: ("history", 8, "task_id:q@0", ""),
    0x54: ("snapshot", 0, "", ""),
    0x56: ("why", 8, "task_id:q@0", ""),
    0x57: ("drain_worker", 16, "session_id:q@0 undo:?@8", ""),
    0x70: ("cancel_requested", 16, LEASE, ""),
    0x81: ("welcome", 24, "version:h@0 capabilities:h@2 frame_bytes_max:i@4 broker_time_ms:q@8 session_id:q@16", "broker_version:s"),
    0x82: ("pong", 0, "", ""),
    0x8D: ("counted", 8, "count:q@0 run_id:q@8 refused:q@16", ""),
    0x8E: ("task_state", 40, LEASE + " next_run_at_ms:q@16 lease_deadline_ms:q@24 state:state@32 cancel_requested:?@33",
           "follow_up_ids:n"),
    0x8F: ("error", 8, "code:error@0 retry_after_ms:i@4", "text:s hint:s"),
    0x90: ("submitted", 24, "task_id:q@0 created_at_ms:q@8 state:state@16 duplicate:?@17 has_result:?@18",
           "result_type:s result:x"),
    0x91: ("batch_submitted", 16, "count:i@0 created_at_ms:q@8", "entries:x"),
    0x92: ("task", 88, TASK + " has_result:bit1@78",
           "queue:s type:s content_type:s idempotency_key:s headers:p payload:x result_type:s result:x last_error:s "
           "progress_note:s worker:s"),
    0x95: ("tasks", 16, "next_after:q@0 count:i@8 next_place:q@16 looked:q@24", "tasks:f92"),
    0xA0: ("deliveries", 8, "count:i@0 draining:?@4", "deliveries:d10"),
    0xB0: ("queue", 144, POLICY + " scheduled:q@72 retry_wait:q@80 active:q@88 dead:q@96 oldest_ready_age_ms:q@104 "
           "submitted:q@112 completed:q@120 died:q@136 waiters:i@128 paused:bit0@132 refuses_submits:bit1@132 "
           "high:q@48 normal:q@56 low:q@64 paused_at_ms:q@144 noted_at_ms:q@152",
           "name:s [pause_reason:s paused_by:s note:s noted_by:s"),
    0xB2: ("queues", 8, "count:i@0", "queues:fB0"),
    0xC0: ("dlq_group", 32, "count:q@0 first_seen_ms:q@8 last_seen_ms:q@16 example_task_id:q@24", "task_type:s fingerprint:s"),
    0xC1: ("dlq_group_list", 8, "count:i@0", "groups:fC0"),
    0xC4: ("dlq_run", 72, "run_id:q@0 started_at_ms:q@8 ended_at_ms:q@16 matched:q@24 replayed:q@32 skipped:q@40 "
           "rate_per_second:i@48 canary:i@52 canary_completed:i@56 canary_failed:i@60 state:run@64 error_is_fingerprint:?@65",
           "queue:s task_type:s error:s note:s"),
    0xC5: ("dlq_run_list", 8, "count:i@0", "runs:fC4"),
    0xD0: ("broker_stats", 128, " ".join(f"{name}:q@{i * 8}" for i, name in enumerate(STATS)), ""),
    0xD1: ("scale", 48, "workers_needed:i@0 drain_seconds:m@8 arrival_rate:m@16 mean_service_seconds:m@24 "
           "oldest_ready_age_seconds:m@32 ready:q@40", "queue:s"),
    0xD2: ("worker", 40, "session_id:q@0 connected_at_ms:q@8 last_seen_ms:q@16 leases:i@24 waiting_reserves:i@28 draining:?@32",
           "worker:s client_name:s address:s [version:s host:s queues:e"),
    0xD3: ("worker_list", 8, "count:i@0", "workers:fD2"),
    0xD4: ("transition", 32, "at_ms:q@0 lease_id:q@8 attempt:i@16 from:state@20 to:state@21", "by:s note:s"),
    0xD5: ("transitions", 16, "task_id:q@0 count:i@8 since_ms:q@16", "steps:fD4"),
    0xD6: ("explanation", 64, "task_id:q@0 since_ms:q@8 until_ms:q@16 position:q@24 eta_ms:q@32 ended_per_second:m@40 "
           "attempt:i@48 attempts_max:i@52 reason:reason@56 state:state@57", "sentence:s queue:s worker:s"),
    0xE0: ("tick", 8, "limit:i@0 margin_ms:i@4", ""),
    0xE1: ("disconnect", 0, "leases_max:i@0", ""),
    0xE2: ("new_term", 40, "term:q@0 semantics_version:i@8 id_blocks_left_out:i@12 secret_low:q@16 secret_high:q@24 resume_ms:i@32", ""),
    0xED: ("end_waits", 8, "limit:i@0", ""),
    0xE3: ("set_retention", 8, "retention_ms:q@0", ""),
    0xE4: ("relocate", 24, "task_id:q@0 from:q@8 part:part@16 skip:i@20", "content:x"),
    0xE5: ("set_retained_bytes", 8, "bytes_max:q@0", ""),
    0xE8: ("withdraw", 0, "", ""),
    0xE9: ("hand_over", 24, "number:q@0 source:i@8 maker:q@16", "tasks:f10"),
    0xEA: ("handed_over", 8, "number:q@0", ""),
    0xEB: ("clock", 8, "wall_offset_ms:q@0", ""),
    0xEC: ("set_queue_limits", 16, "queues_max:i@0 queues_per_client_max:i@4 idle_ttl_ms:q@8", ""),
    0xEE: ("payload_unreadable", 16, LEASE, "error:s"),
    0xEF: ("queue_maker", 8, "maker:q@0", ""),
}
BLOCK_MAX = 160
NUMBERS = {"b": "<B", "h": "<H", "i": "<i", "q": "<q"}
CODES = {
    "state": (STATES, "none"), "priority": (PRIORITIES, "normal"), "backoff": (BACKOFFS, "inherit"),
    "drain": (("none", "begins", "undone"), "none"),
    "disconnect": (DISCONNECTS, "inherit"), "dead": (DEAD, "none"), "part": (("submit", "outcome", "note"), "none"),
    "run": ("none looking canary running done stopped canary_failed interrupted".split(), "none"),
    "reason": ("none paused delayed backoff no_worker waiting running cancelling completed dead expired discarded "
               "cancelled".split(), "none"),
}


def number(kind, data, at):
    return struct.unpack_from(NUMBERS[kind], data, at)[0]


def block_field(kind, data, at):
    if kind in NUMBERS:
        return number(kind, data, at)
    if kind.startswith("hex"):
        return data[at : at + int(kind[3:])].hex()
    byte = data[at]
    if kind == "?":
        return byte != 0
    if kind.startswith("bit"):
        return bool(byte >> int(kind[3]) & 1)
    if kind in CODES:
        words, unknown = CODES[kind]
        return words[byte] if byte < len(words) else unknown
    if kind == "kept_priority":
        return None if byte == 255 else PRIORITIES[byte] if byte < len(PRIORITIES) else "normal"
    if kind == "share":
        return -1 if byte == 255 else byte
    if kind == "jitter":
        return -1 if number("h", data, at) == 0xFFFF else number("h", data, at)
    if kind == "error":
        code = number("h", data, at)
        return ERRORS[code - 1] if 1 <= code <= len(ERRORS) else None
    return number("q", data, at) / 1e6


def elements(data):
    texts, at = [], 0
    while at < len(data):
        if len(data) - at < 4:
            raise Refused()
        length = number("i", data, at)
        if length < 0 or length > len(data) - at - 4:
            raise Refused()
        texts.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return texts


def split(data, code, gap):
    """The frames inside a var field, each with what stands before it."""
    frames, at = [], 0
    while at < len(data):
        if len(data) - at < gap + HEADER:
            raise Malformed("nested frame cut")
        length = 4 + struct.unpack_from("<I", data, at + gap)[0]
        if length > len(data) - at - gap:
            raise Malformed("nested frame too long")
        frame = data[at + gap : at + gap + length]
        if frame[4] != code:
            raise Malformed("nested frame of another type")
        frames.append((data[at : at + gap], Frame(frame)))
        at += gap + length
    return frames


class Frame:
    """A frame whose lengths add up."""

    def __init__(self, data):
        if len(data) < HEADER or 4 + struct.unpack_from("<I", data)[0] != len(data):
            raise Malformed("length")
        self.code, version, block_length, self.request_id = struct.unpack_from("<BBHi", data, 4)
        if self.code not in TYPES or version != 1:
            raise Malformed("type or version")
        self.name, block_min, self.block_spec, var_spec = TYPES[self.code]
        if block_length < block_min or HEADER + block_length > len(data):
            raise Malformed("block")
        self.block = data[HEADER : HEADER + block_length] + bytes(BLOCK_MAX)
        self.vars, self.frames = {}, {}
        at = HEADER + block_length
        required, optional = (var_spec + "[").split("[")[:2]
        fields = [(field, True) for field in required.split()] + [(field, False) for field in optional.split()]
        for field, is_required in fields:
            name, kind = field.split(":")
            if at == len(data) and not is_required:
                self.vars[name] = (kind, b"")
                continue
            if len(data) - at < 4:
                raise Malformed("var field missing")
            length = number("i", data, at)
            if length < 0 or length > len(data) - at - 4:
                raise Malformed("var field too long")
            self.vars[name] = (kind, data[at + 4 : at + 4 + length])
            if kind[0] in "fd":
                self.frames[name] = split(self.vars[name][1], int(kind[1:], 16), 48 if kind[0] == "d" else 0)
            at += 4 + length
        while at != len(data):  # var fields of a newer sender
            length = number("i", data, at) if len(data) - at >= 4 else -1
            if length < 0 or length > len(data) - at - 4:
                raise Malformed("trailing bytes")
            at += 4 + length

    def get(self, name):
        for field in self.block_spec.split():
            key, kind, at = re.split("[:@]", field)
            if key == name:
                return block_field(kind, self.block, int(at))
        return self.vars[name][1]

    def decoded(self):
        fields = {"message": self.name, "request_id": self.request_id}
        for field in self.block_spec.split():
            key, kind, at = re.split("[:@]", field)
            fields[key] = block_field(kind, self.block, int(at))
        for key, (kind, data) in self.vars.items():
            fields[key] = self.var_field(key, kind, data)
        return SHAPES.get(self.name, lambda shaped, frame: shaped)(fields, self)

    def var_field(self, key, kind, data):
        if kind == "s":
            return data.decode("utf-8", "replace")
        if kind == "x":
            return data.hex()
        if kind == "n":
            return list(struct.unpack_from(f"<{len(data) // 8}q", data))
        if kind == "e":
            return [text.decode() for text in elements(data)]
        if kind == "p":
            texts = [text.decode() for text in elements(data)]
            return dict(zip(texts[::2], texts[1::2]))
        if kind[0] == "d":
            return [delivery(about, frame) for about, frame in self.frames[key]]
        return [frame.decoded() for _, frame in self.frames[key]]


def delivery(about, frame):
    names = "task_id lease_id created_at_ms lease_ms attempt crashes replays max_retries".split()
    return dict(zip(names, struct.unpack_from("<qqqiiiii", about)), submit=frame.decoded())


# ---- what the vectors show differently from the plain list of fields

def pick(fields, names):
    return {name: fields.pop(name) for name in names.split()}


def policy_shape(fields):
    return pick(fields, " ".join(field.split(":")[0] for field in POLICY.split()))


def put_queue(fields, frame):
    policy = policy_shape(fields)
    return dict(fields, policy=policy)


def queue(fields, frame):
    policy = policy_shape(fields)
    view = dict(fields, policy=policy)
    head = pick(view, "message request_id")
    view["ready"] = [view.pop("high"), view.pop("normal"), view.pop("low")]
    return dict(head, view=view)


def result(fields):
    present = fields.pop("has_result")
    content_type, data = fields.pop("result_type"), fields.pop("result")
    return {"content_type": content_type if present else "", "bytes": data if present else "", "is_present": present}


def task(fields, frame):
    fields["result"] = result(fields)
    head = pick(fields, "message request_id")
    return dict(head, task_id=fields["task_id"], view=dict(fields, lease_id=0))


def submitted(fields, frame):
    shown = result(fields)
    return dict(fields, result=shown if shown["is_present"] else None)


def batch_submitted(fields, frame):
    data = frame.vars["entries"][1]
    count = max(0, min(fields["count"], len(data) // 16))
    entries = [
        {"task_id": number("q", data, i * 16), "state": block_field("state", data, i * 16 + 8),
         "duplicate": data[i * 16 + 9] != 0}
        for i in range(count)
    ]
    return dict(fields, count=count, entries=entries)


FILTER = "queue task_type error error_is_fingerprint died_after_ms died_before_ms"


def dlq(fields, frame):
    fields["filter"] = pick(fields, FILTER)
    names = ("limit", "dry_run", "rate_per_second", "canary")
    fields["options"] = dict({"rate_per_second": 0, "canary": 0}, **{k: fields.pop(k) for k in names if k in fields})
    if "patch" in fields:
        fields["patch"] = fields["patch"][0] if fields["patch"] else None
    return fields


def dlq_list(fields, frame):
    fields["filter"] = pick(fields, FILTER)
    page = pick(fields, "after_task_id after_place limit with_payload")
    return dict(fields, page=page)


def reschedule(fields, frame):
    return dict(fields, change=pick(fields, "priority delay_ms run_at_ms"))


def dlq_groups(fields, frame):
    fields["filter"] = pick(fields, FILTER)
    return fields


SHAPES = {
    "put_queue": put_queue, "queue": queue, "task": task, "submitted": submitted, "batch_submitted": batch_submitted,
    "dlq_replay": dlq, "dlq_discard": dlq, "dlq_list": dlq_list,
    "dlq_groups": dlq_groups, "reschedule": reschedule,
}


# ---- contents

def need(holds, code="BAD_REQUEST"):
    if not holds:
        raise Refused(code)


def within(value, low, high, *also):
    need(low <= value <= high or value in also)


def check_name(data, optional=False):
    need(optional and not data or NAME.match(data))


def check_delete_queue(frame):
    check_name(frame.get("queue"))
    need(frame.get("purge") or not (frame.get("after_task_id") or frame.get("up_to_task_id")))


def at_most(data, limit):
    need(len(data) <= limit)


def check_retry(frame):
    within(frame.get("max_retries"), -1, 1000)
    within(frame.get("base_ms"), -1, YEAR)
    within(frame.get("cap_ms"), -1, YEAR)
    within(frame.get("factor_millis"), 1000, 100_000, -1)
    within(frame.get("jitter_percent"), 0, 100, -1, 0xFFFF)


def check_utf8(text):
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as e:
        raise Refused() from e


def check_submit(frame):
    need(len(frame.get("payload")) <= PAYLOAD_MAX, "PAYLOAD_TOO_LARGE")
    check_name(frame.get("queue"))
    check_name(frame.get("task_type"))
    at_most(frame.get("content_type"), 255)
    at_most(frame.get("idempotency_key"), 255)
    at_most(frame.get("headers"), 8 << 10)
    headers = elements(frame.get("headers"))
    for text in [frame.get("content_type"), frame.get("idempotency_key")] + headers:
        check_utf8(text)
    need(len(headers) % 2 == 0 and len(headers) <= 64)
    within(frame.get("delay_ms"), 0, YEAR)
    need(frame.get("run_at_ms") >= 0 and frame.get("expires_at_ms") >= 0)
    need(frame.get("delay_ms") == 0 or frame.get("run_at_ms") == 0)
    need(frame.get("expires_at_ms") == 0 or frame.get("expires_at_ms") > frame.get("run_at_ms"))
    within(frame.get("expires_in_ms"), 0, YEAR)
    need(frame.get("expires_in_ms") == 0 or frame.get("expires_at_ms") == 0)
    within(frame.get("visibility_timeout_ms"), 1000, 43_200_000, 0)
    within(frame.get("idempotency_window_ms"), 60_000, 7 * 86_400_000, 0)
    need(frame.block[0] < 3 and frame.block[1] < 4)
    check_retry(frame)


def check_nested(frame, field):
    submits = [submit for _, submit in frame.frames[field]]
    for submit in submits:
        check_submit(submit)
    need(len(submits) <= 1000)
    return len(submits)


def check_batch(frame):
    within(frame.get("count"), 1, 1000)
    need(check_nested(frame, "tasks") == frame.get("count"))


def check_reserve(frame):
    within(frame.get("max"), 1, 1000)
    within(frame.get("wait_ms"), 0, 60_000)
    at_most(frame.get("worker"), 255)
    within(frame.get("visibility_timeout_ms"), 1000, 43_200_000, 0)
    queues = elements(frame.get("queues"))
    within(len(queues), 1, 64)
    for name in queues:
        check_name(name)
    check_utf8(frame.get("worker"))
    weights = bytes.fromhex(frame.get("weights"))
    count = len(queues) if weights[0] else 0
    need(all(1 <= weight <= 100 for weight in weights[:count]) and not any(weights[count:]))


def check_ack(frame):
    at_most(frame.get("result_content_type"), 255)
    check_utf8(frame.get("result_content_type"))
    need(len(frame.get("result")) <= PAYLOAD_MAX, "PAYLOAD_TOO_LARGE")
    check_nested(frame, "follow_ups")


def check_put_queue(frame):
    check_name(frame.get("queue"))
    need(frame.block[30] < 4 and frame.block[31] < 3)
    check_retry(frame)
    within(frame.get("visibility_timeout_ms"), 1000, 43_200_000, -1)
    need(frame.get("max_tasks") >= -1)
    within(frame.get("max_crashes"), 0, 250, -1)
    within(frame.get("key_release"), 0, 1, -1)
    within(frame.get("disconnect_grace_ms"), 0, 600_000, -1)
    within(max(frame.get("minimum_share_normal"), 0) + max(frame.get("minimum_share_low"), 0), 0, 90)


def check_filter(frame):
    check_name(frame.get("queue"), optional=True)
    check_name(frame.get("task_type"), optional=True)
    at_most(frame.get("error"), 1 << 10)


def check_dlq(frame):
    need(frame.get("limit") >= 0)
    check_filter(frame)
    ids = frame.get("task_ids")
    need(len(ids) % 8 == 0 and len(ids) <= 8000)
    if "patch" in frame.vars:
        need(frame.get("rate_per_second") >= 0)
        within(frame.get("canary"), 0, 1000)
        merges = frame.get("merges_patch")
        need(not merges or frame.get("patch") and not frame.get("patches_content_only"))
        if frame.get("patch"):
            need((merges or len(ids) == 8) and check_nested(frame, "patch") == 1)
            need(not merges or len(frame.frames["patch"][0][1].get("payload")) <= 16 << 10)


def limited(low, *names, optional=False):
    def check(frame):
        within(frame.get("limit"), low, 1000 if low else 2**31 - 1)
        for name in names:
            check_name(frame.get(name), optional)
    return check


def check_nack(frame):
    within(frame.get("retry_after_ms"), -1, YEAR)
    at_most(frame.get("error"), 8 << 10)


def check_progress(frame):
    within(frame.get("percent"), 0, 100)
    at_most(frame.get("note"), 1 << 10)


def check_search(frame):
    limited(1, "queue", optional=True)(frame)
    at_most(frame.get("query"), 1 << 10)
    check_utf8(frame.get("query"))


def check_reschedule(frame):
    within(frame.get("delay_ms"), -1, YEAR)
    need(frame.get("run_at_ms") >= 0)
    ids = frame.get("task_ids")
    need(0 < len(ids) <= 8000 and len(ids) % 8 == 0)
    need(frame.get("delay_ms") == -1 or frame.get("run_at_ms") == 0)
    need(frame.get("delay_ms") >= 0 or frame.get("run_at_ms") > 0 or frame.block[16] != 0xFF)


def check_dlq_list(frame):
    limited(1)(frame)
    check_filter(frame)


def check_dlq_groups(frame):
    check_name(frame.get("queue"))
    check_dlq_list(frame)


def check_scale_hint(frame):
    within(frame.get("slots_per_worker"), 1, 100_000)
    within(frame.get("target_drain_ms"), 1, YEAR)
    check_name(frame.get("queue"))


def only_name(frame):
    check_name(frame.get("queue"))


def remark(name):
    return lambda frame: (only_name(frame), at_most(frame.get(name), 1 << 10), at_most(frame.get("by"), 255))


CHECKS = {
    "hello": lambda frame: (at_most(frame.get("client_name"), 255), at_most(frame.get("version"), 64), at_most(frame.get("host"), 255)),
    "goaway": lambda frame: at_most(frame.get("reason"), 1 << 10),
    "submit": check_submit, "submit_batch": check_batch, "reserve": check_reserve, "ack": check_ack,
    "wait": lambda frame: within(frame.get("wait_ms"), 0, 60_000),
    "list": limited(1, "queue", "task_type", optional=True), "search": check_search, "reschedule": check_reschedule, "nack": check_nack,
    "extend": lambda frame: within(frame.get("visibility_timeout_ms"), 1000, 43_200_000, 0),
    "progress": check_progress, "put_queue": check_put_queue, "get_queue": only_name, "pause_queue": remark("reason"), "note_queue": remark("note"),
    "resume_queue": only_name, "purge_queue": limited(0, "queue"), "delete_queue": check_delete_queue,
    "list_queues": limited(1, "after", optional=True), "dlq_list": check_dlq_list, "dlq_groups": check_dlq_groups,
    "dlq_replay": check_dlq, "dlq_discard": check_dlq, "dlq_runs": limited(1, "queue", optional=True), "scale_hint": check_scale_hint, "workers": limited(1),
}


def judge(data):
    try:
        frame = Frame(data)
        CHECKS.get(frame.name, lambda frame: None)(frame)
        return "ok", frame.decoded()
    except Malformed:
        return "malformed", None
    except Refused as refused:
        return refused.code, None


# ---- the files

def vectors(path):
    with open(path, encoding="ascii") as file:
        for entry in file.read().split("\n\n"):
            text = re.sub(r"\n +", " ", entry)
            lines = [line for line in text.splitlines() if line and not line.startswith("#")]
            if lines:
                yield dict(line.split(": ", 1) for line in lines)


def data_of(tokens):
    return b"".join(bytes.fromhex(token[:2]) * int(token[3:] or 1) for token in tokens.split())


def main():
    count = different = 0
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.hex"))):
        for vector in vectors(path):
            count += 1
            verdict, decoded = judge(data_of(vector["hex"]))
            expected = json.loads(vector["fields"]) if "fields" in vector else None
            if verdict != vector["verdict"] or decoded != expected:
                different += 1
                print(f"{vector['name']}: expected {vector['verdict']} {expected}, decoded {verdict} {decoded}")
    print(f"{count} vectors, {different} different")
    return 1 if different or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
