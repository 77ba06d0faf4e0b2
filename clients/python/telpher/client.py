"""Submitting tasks and asking about them."""

import asyncio
import os
import socket
from dataclasses import dataclass

from . import codec
from .link import Address, Link
from .task import opened, spec
from .worker import Worker

WAIT_SECONDS_MAX = 60
WAIT_MARGIN_SECONDS = 10
FINAL = {"completed", "dead", "expired", "discarded", "cancelled"}


@dataclass(frozen=True)
class Submitted:
    """The broker has the task, durably. `duplicate`: the key was there already, nothing new was made."""

    id: str
    state: str
    duplicate: bool


@dataclass(frozen=True)
class Task:
    """A task as it stands. `fields` has all that the protocol says of it."""

    id: str
    state: str
    attempts: int
    last_error: str
    result: object
    fields: dict

    @property
    def is_final(self):
        return self.state in FINAL


def _task(fields):
    result = opened(fields["result_type"], fields["result"]) if fields["has_result"] else None
    return Task(codec.show_id(fields["task_id"]), fields["state"], fields["attempts"], fields["last_error"], result, fields)


class Telpher:
    """A broker, as a program sees it: `async with Telpher("tq://a,b,c") as telpher`. It connects by itself, again and again;
    every call ends within `timeout` seconds. For one event loop."""

    def __init__(self, url, *, client_name=None, version="", timeout=30.0):
        self.address, self.timeout = Address(url), timeout
        # What operators see of it.
        self.client = dict(client_name=client_name or f"python-client pid {os.getpid()}", version=version, host=socket.gethostname())
        self.link = None

    async def __aenter__(self):
        self.link = Link(self.address, self.client)
        return self

    async def __aexit__(self, *failure):
        await self.link.close()

    async def submit(self, type, payload=b"", **options):
        """Returns when the task is durable; options as of `spec`. With a `key` it is sent again after a lost connection; without one
        ConnectionLost.outcome_unknown says that it may be there."""
        task = spec(type, payload, **options)
        reply = await self.link.call("submit", resend=bool(task["idempotency_key"]), timeout=self.timeout, **task)
        return Submitted(codec.show_id(reply["task_id"]), reply["state"], reply["duplicate"])

    async def submit_batch(self, specs):
        """1 to 1000 tasks made by `spec`, at most 4 MiB; all are accepted or none."""
        specs = list(specs)
        frames = [codec.encode("submit", **task) for task in specs]
        resend = all(task["idempotency_key"] for task in specs)
        reply = await self.link.call("submit_batch", resend=resend, timeout=self.timeout, count=len(frames), tasks=frames)
        return [Submitted(codec.show_id(task_id), state, duplicate) for task_id, state, duplicate in codec.entries(reply)]

    async def get(self, task_id, *, with_payload=False):
        number = codec.parse_id(task_id)
        return _task(await self.link.call("get", timeout=self.timeout, task_id=number, with_payload=with_payload))

    async def wait(self, task_id, timeout):
        """Waits until the task is final, at most `timeout` seconds, and gives it as it stands then."""
        number, loop = codec.parse_id(task_id), asyncio.get_running_loop()
        end = loop.time() + timeout
        while True:
            left = min(max(0.0, end - loop.time()), WAIT_SECONDS_MAX)
            task = _task(await self.link.call("wait", timeout=left + WAIT_MARGIN_SECONDS, task_id=number,
                                              wait_ms=round(left * 1000)))
            if task.is_final or loop.time() >= end:
                return task

    async def cancel(self, task_id):
        """Its state afterwards: `cancelled`, or `active` while the worker still has to agree."""
        reply = await self.link.call("cancel", timeout=self.timeout, task_id=codec.parse_id(task_id))
        return reply["state"]

    def worker(self, *queues, **options):
        """Options as of Worker. It has a connection of its own."""
        return Worker(self.address, self.client, list(queues), **options)
