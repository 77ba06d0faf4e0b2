"""Reserving tasks, keeping their leases, reporting how they ended."""

import asyncio
import concurrent.futures
import inspect
import logging
import os

from . import codec
from .link import ConnectionLost, Link, Refused
from .task import content, opened, spec

LOG = logging.getLogger("telpher")
RESERVE_WAIT_MS = 20_000
RETRY_SECONDS = 0.5
RESERVE_MAX = 1000
RELEASE_SECONDS = 5
ERROR_BYTES_MAX = 8 << 10
CUT = " [cut]"
NOT_OF_THE_LEASE = {"bad_request", "payload_too_large", "idempotency_mismatch", "queue_paused", "queue_not_found"}


class PermanentFailure(Exception):
    """Raised by a handler: no other attempt, the task goes to the dead letters."""


class RetryAfter(Exception):
    """Raised by a handler: this attempt failed, the next one comes in so many seconds."""

    def __init__(self, seconds, reason=""):
        super().__init__(reason or f"again in {seconds} s")
        self.seconds = seconds


class Cancelled(Exception):
    """Raised by a handler that agrees to the cancel it was asked for."""


class Reserved:
    """A task in a handler's hands. `cancel_requested` is an asyncio.Event: somebody wants it stopped."""

    def __init__(self, worker, delivery):
        submit = delivery["submit"]
        self.worker, self.number, self.lease = worker, delivery["task_id"], delivery["lease_id"]
        self.id, self.lease_ms, self.attempt = codec.show_id(self.number), delivery["lease_ms"], delivery["attempt"]
        self.type, self.queue, self.headers = submit["task_type"], submit["queue"], submit["headers"]
        self.content_type, self.payload = submit["content_type"], submit["payload"]
        self.cancel_requested = asyncio.Event()
        self.follow_ups = []
        self.renew = asyncio.Event()
        self.handling = self.lost = None
        self.is_decided = False

    @property
    def value(self):
        """The payload by its content type: JSON, text, or bytes. What is none is a permanent failure."""
        try:
            return opened(self.content_type, self.payload)
        except ValueError as e:
            raise PermanentFailure(f"the payload is no {self.content_type}: {e}") from e

    def follow_up(self, type, payload=b"", **options):
        """Submitted exactly if this attempt is acknowledged; options as of `spec`."""
        self.follow_ups.append(codec.encode("submit", **spec(type, payload, **options)))

    async def progress(self, percent, note=""):
        await self.worker.ask(self, "progress", percent=percent, note=note)


class Worker:
    """Gives tasks to handlers, at most `concurrency` at once: coroutines on the event loop, plain functions on threads. A handler's return
    value is the task's result; raising fails the attempt. Leases are renewed at a third of their length, over lost connections too; a
    handler whose lease is lost is cancelled and nothing is sent for it.

        worker = telpher.worker("mail", concurrency=8)

        @worker.on("welcome")
        async def welcome(task): ...

        async with worker:
            await worker.stopped()
    """

    def __init__(self, address, client, queues, *, concurrency=4, name=None, stop_timeout=30.0):
        if not queues or not 1 <= concurrency <= RESERVE_MAX:
            raise ValueError(f"a worker takes at least one queue and a concurrency of 1 to {RESERVE_MAX}")
        self.address, self.client, self.queues, self.concurrency = address, client, queues, concurrency
        self.name, self.stop_timeout = name or f"python-{os.getpid()}", stop_timeout
        self.handlers, self.tasks = {}, {}
        self.stopping = self.drained = False
        self.free, self.end = asyncio.Event(), asyncio.Event()

    def on(self, type):
        """Decorates the handler for tasks of a type; "*" for all that have none of their own."""
        def register(handler):
            self.handlers[type] = handler
            return handler
        return register

    async def __aenter__(self):
        self.link = Link(self.address, self.client, self._connected, self._pushed)
        self.threads = concurrent.futures.ThreadPoolExecutor(self.concurrency, "telpher-" + self.name)
        self.reserving = asyncio.create_task(self._reserve())
        return self

    async def __aexit__(self, *failure):
        await self.stop()

    async def stopped(self):
        """Until `stop`, or until an operator has drained this worker."""
        await self.end.wait()

    async def stop(self):
        """Takes nothing new, waits `stop_timeout` seconds for the handlers, gives back what is not done by then."""
        self.stopping = True
        self.free.set()
        # The broker answers at once what waits there, and what that brings is given back.
        self.link.tell("goaway", drain="begins", reason="the worker stops")
        if self.link.welcome.is_set():
            await asyncio.wait([self.reserving], timeout=RELEASE_SECONDS)
        in_hand = list(self.tasks.values())
        if in_hand:
            await asyncio.wait([task.handling for task in in_hand], timeout=self.stop_timeout)
        if self.tasks:
            await self._give_back(list(self.tasks.values()))
        self.reserving.cancel()
        await self.link.close()
        self.threads.shutdown(wait=False)
        self.end.set()

    async def _give_back(self, late):
        for task in late:
            task.handling.cancel()
        await asyncio.wait([task.handling for task in late], timeout=RELEASE_SECONDS)

    async def ask(self, task, name, **fields):
        return await self.link.call(name, timeout=task.lease_ms / 1000, task_id=task.number, lease_id=task.lease, **fields)

    # ---- reserving

    def _connected(self):
        if self.drained:
            self.link.tell("goaway", drain="begins", reason="an operator drained this worker before")
        for task in self.tasks.values():
            task.renew.set()

    def _pushed(self, message):
        if message["message"] == "cancel_requested" and message["lease_id"] in self.tasks:
            self.tasks[message["lease_id"]].cancel_requested.set()
        elif message["message"] == "goaway" and message["drain"] != "none":
            self.drained = message["drain"] == "begins"
            self._leave_when_done()

    def _leave_when_done(self):
        self.free.set()
        if self.drained and not self.tasks:
            self.end.set()

    async def _reserve(self):
        while not self.stopping:
            count = self.concurrency - len(self.tasks)
            if count <= 0 or self.drained:
                self.free.clear()
                await self.free.wait()
                continue
            try:
                # Not sent again by the link: how many are wanted has changed by then.
                reply = await self.link.call("reserve", resend=False, timeout=None, max=count, wait_ms=RESERVE_WAIT_MS,
                                             worker=self.name, queues=self.queues)
                for delivery in reply["deliveries"]:
                    await self._take(Reserved(self, delivery))
            except Refused as e:
                LOG.warning("worker %s can't reserve, and tries again: %s", self.name, e)
                await asyncio.sleep(max(RETRY_SECONDS, e.retry_after))
            except ConnectionLost as e:
                LOG.debug("worker %s: %s", self.name, e)  # the next one waits for a connection

    async def _take(self, task):
        if self.stopping:
            await self.ask(task, "release")
            return
        self.tasks[task.lease] = task
        task.handling = asyncio.create_task(self._work(task))

    # ---- one task

    async def _work(self, task):
        renewing = asyncio.create_task(self._renew(task))
        try:
            outcome, fields = await self._handle(task)
            await self._settle(task, outcome, fields)
        finally:
            renewing.cancel()
            del self.tasks[task.lease]
            self._leave_when_done()

    async def _handle(self, task):
        handler = self.handlers.get(task.type) or self.handlers.get("*")
        if handler is None:
            known = ", ".join(sorted(self.handlers)) or "none"
            return "nack", dict(permanent=True, error=f"no handler for type {task.type}; this worker has: {known}")
        try:
            if inspect.iscoroutinefunction(handler):
                result = await handler(task)
            else:
                result = await asyncio.get_running_loop().run_in_executor(self.threads, handler, task)
        except asyncio.CancelledError:
            return ("", {}) if task.lost else ("release", {})
        except Exception as e:
            LOG.info("attempt %d at task %s (%s) failed: %r", task.attempt, task.id, task.type, e)
            after = round(e.seconds * 1000) if isinstance(e, RetryAfter) else -1
            permanent = isinstance(e, PermanentFailure)
            return "nack", dict(error=_cut(f"{type(e).__name__}: {e}"), retry_after_ms=after, permanent=permanent)
        try:
            kind, data = content(result) if result is not None else ("", b"")
        except (TypeError, ValueError) as e:
            return "nack", dict(permanent=True, error=_cut(f"the result can't be written: {e}"))
        return "ack", dict(result_content_type=kind, result=data, follow_ups=task.follow_ups)

    async def _settle(self, task, outcome, fields):
        """Until it is answered, or the lease is lost: an outcome that is repeated is answered like the first."""
        task.is_decided = True
        while outcome:
            try:
                return await self.ask(task, outcome, **fields)
            except ConnectionLost as e:
                reason, is_final = e, self.link.runner.done()
            except (Refused, ValueError) as e:
                reason, is_final = e, True
                if isinstance(e, ValueError) or e.code in NOT_OF_THE_LEASE:
                    if not fields.get("permanent"):
                        outcome, fields = "nack", dict(permanent=True, error=_cut(f"the outcome is refused: {e}"))
                        continue
                elif e.retryable:
                    await asyncio.sleep(max(RETRY_SECONDS, e.retry_after))
                    continue
            if is_final:
                LOG.warning("the %s of task %s does not count: %s", outcome, task.id, reason)
                return

    async def _renew(self, task):
        loop = asyncio.get_running_loop()
        over = loop.time() + task.lease_ms / 1000
        while loop.time() < over:
            try:
                await asyncio.wait_for(task.renew.wait(), task.lease_ms / 3000)  # sooner over a new connection
            except TimeoutError:
                pass
            task.renew.clear()
            sent = loop.time()
            try:
                reply = await self.link.call("extend", timeout=max(0.001, over - sent), task_id=task.number,
                                             lease_id=task.lease, visibility_timeout_ms=task.lease_ms)
                over = sent + task.lease_ms / 1000
                if reply["cancel_requested"]:
                    task.cancel_requested.set()
            except Refused as e:
                if not e.retryable:
                    return self._lose(task, str(e))
            except ConnectionLost as e:
                LOG.debug("lease of task %s not renewed: %s", task.id, e)
        self._lose(task, "its lease ran out, since no renewal was confirmed in time")

    def _lose(self, task, reason):
        if task.is_decided and self.link.welcome.is_set():
            return  # the broker's answer to the outcome says whether it counts
        LOG.warning("what the handler of task %s does counts no more: %s", task.id, reason)
        task.lost = reason
        task.handling.cancel()


def _cut(text):
    data = text.encode("utf-8", "replace")
    return text if len(data) <= ERROR_BYTES_MAX else data[:ERROR_BYTES_MAX - len(CUT)].decode("utf-8", "ignore") + CUT
