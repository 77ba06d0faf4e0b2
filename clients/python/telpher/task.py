"""What a task carries: payloads and results by their content type, and what a submit says."""

import json


def content(value):
    """Content type and bytes: bytes and text as they are, anything else as JSON."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "", bytes(value)
    if isinstance(value, str):
        return "text/plain", value.encode()
    return "application/json", json.dumps(value).encode()


def opened(content_type, data):
    """The other way round: JSON as what it stands for, text as text, anything else as bytes."""
    if content_type.partition(";")[0] == "application/json":
        return json.loads(data)
    return data.decode() if content_type.startswith("text/") else data


def spec(type, payload=b"", *, queue="default", key="", headers=None, priority="normal", delay=0.0, expires_in=0.0,
         max_retries=-1, content_type=None):
    """A task to submit; times in seconds. `key`: one task per key and queue, so it is safe to submit again."""
    kind, data = content(payload)
    return dict(task_type=type, queue=queue, payload=data, content_type=kind if content_type is None else content_type,
                idempotency_key=key, headers=headers or {}, priority=priority, delay_ms=round(delay * 1000),
                expires_in_ms=round(expires_in * 1000), max_retries=max_retries)
