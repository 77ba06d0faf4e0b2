"""A connection that comes back: requests and replies, resending, several addresses. One event loop, no threads."""

import asyncio
import logging
import os
import ssl
import struct
import urllib.parse

from . import codec

LOG = logging.getLogger("telpher")
PORT = 8357
REQUESTS_MAX = 16_384
FRAME_BYTES_MAX = (16 << 20) + (64 << 10)
HANDSHAKE_SECONDS = 10
PING_AFTER_SECONDS = 10
SILENCE_SECONDS_MAX = 30
BACKOFF_SECONDS = 0.05
BACKOFF_SECONDS_MAX = 1.0
# Of a cluster: from node to node to the one that leads, before it is waited.
HOPS_MAX = 3
NOT_LEADER = 17
RETRYABLE = {"queue_full", "overloaded", "disk_full", "draining", "queue_limit", "memory_full", "not_leader"}


class TelpherError(Exception):
    """The broker refused a request and changed nothing, or could not be asked."""


class Refused(TelpherError):
    """`code` is the name of the error in PROTOCOL.md, in lower case; `retry_after` seconds, 0 = repeating does not help."""

    def __init__(self, error):
        self.code, self.text, self.retry_after = error["code"], error["text"], error["retry_after_ms"] / 1000
        super().__init__(f"{self.code}: {error['text']}" + (f" ({error['hint']})" if error["hint"] else ""))

    @property
    def retryable(self):
        return self.code in RETRYABLE


class ConnectionLost(TelpherError):
    """The broker was not reached, or did not answer in time. `outcome_unknown`: the request may have been done."""

    def __init__(self, message, outcome_unknown=False):
        super().__init__(message + ("; it may have been done or not" if outcome_unknown else ""))
        self.outcome_unknown = outcome_unknown


class Address:
    """tq://[token@]host[:port][,host[:port]...]; tqs:// with TLS and ?ca=FILE&cert=FILE&key=FILE. TELPHER_TOKEN is the token that is not said."""

    def __init__(self, url):
        scheme, _, rest = url.partition("://")
        authority, _, query = rest.partition("?")
        token, _, hosts = authority.rstrip("/").rpartition("@")
        if scheme not in ("tq", "tqs") or not hosts:
            raise ValueError("the URL is not like tq://host:8357, tq://token@host, tq://a,b,c or tqs://host:8357")
        self.hosts = [self._host(host) for host in hosts.split(",")]
        self.token = urllib.parse.unquote(token) or os.environ.get("TELPHER_TOKEN", "")
        options = dict(urllib.parse.parse_qsl(query))
        if set(options) - {"ca", "cert", "key"} or options and scheme == "tq":
            raise ValueError("tqs:// takes the options ca, cert and key, tq:// none")
        self.tls = None
        if scheme == "tqs":
            self.tls = ssl.create_default_context(cafile=options.get("ca"))
            if "cert" in options:
                self.tls.load_cert_chain(options["cert"], options.get("key"))

    @staticmethod
    def _host(text):
        parsed = urllib.parse.urlsplit("//" + text)
        if not parsed.hostname:
            raise ValueError(f"the URL names an empty host in {text!r}")
        return parsed.hostname, parsed.port or PORT


def leader_of(text):
    """Where the node that leads takes connections, as NOT_LEADER says; None when it does not say."""
    _, is_said, leader = text.rpartition("; leader=")
    try:
        return Address._host(leader.strip()) if is_said else None
    except ValueError:
        return None


class Call:
    """A request under way. `resend`: asking twice does no harm, so it is sent again over the next connection."""

    def __init__(self, name, fields, resend):
        self.name, self.fields, self.resend = name, fields, resend
        self.reply = asyncio.get_running_loop().create_future()
        self.sent = False


class Link:
    """`connected()` is called after each welcome, `pushed(message)` for what nobody asked for."""

    def __init__(self, address, client, connected=lambda: None, pushed=lambda message: None):
        self.address, self.client = address, client
        self.connected, self.pushed = connected, pushed
        self.calls = {}  # by request id, in the order asked
        self.room = asyncio.Semaphore(REQUESTS_MAX)
        self.next_id = 0
        self.writer = None
        self.leader = None  # where to go next, when a node said so
        self.welcome = asyncio.Event()
        self.trouble = "not connected yet"
        self.runner = asyncio.create_task(self._run())

    # ---- asking

    async def call(self, name, *, resend=True, timeout=30.0, **fields):
        """The reply's fields. Raises Refused, or ConnectionLost when there is none within `timeout` seconds."""
        call = Call(name, fields, resend)
        try:
            async with asyncio.timeout(timeout):
                async with self.room:
                    return await self._ask(call)
        except TimeoutError:
            lost = ConnectionLost(f"no answer to {name} within {timeout} s ({self.trouble or 'connected'})", call.sent)
            raise lost from None

    async def _ask(self, call):
        if self.runner.done():
            raise ConnectionLost("the client is closed")
        self.next_id = self.next_id % 0x7FFFFFFF + 1
        request_id = self.next_id
        frame = codec.encode(call.name, request_id, **call.fields)  # what is wrong with it is said before anything is sent
        self.calls[request_id] = call
        call.frame = frame
        try:
            if self.welcome.is_set():
                self._send(call)
                await self.writer.drain()
            return await call.reply
        except ConnectionError:  # of drain; the reader sees it too, and settles the call
            return await call.reply
        finally:
            self.calls.pop(request_id, None)

    def _send(self, call):
        call.sent = True
        self.writer.write(call.frame)

    def tell(self, name, **fields):
        if self.welcome.is_set():
            self.writer.write(codec.encode(name, **fields))

    # ---- the connection

    async def _run(self):
        wait, turn, hops = BACKOFF_SECONDS, 0, 0
        while True:
            host, port = self.leader or self.address.hosts[turn % len(self.address.hosts)]
            turn += self.leader is None
            self.leader = None
            try:
                await self._connect(host, port)
                wait, hops = BACKOFF_SECONDS, 0
                await self._read()
            except Refused as e:
                reason = f"{host}:{port}: {e}"
                if e.code == "not_leader":
                    self.leader = leader_of(e.text)
                if not e.retryable:
                    self._fail(e)
            except asyncio.IncompleteReadError:
                reason = f"{host}:{port} closed the connection"
            except (OSError, TimeoutError, codec.Malformed) as e:
                reason = f"{host}:{port}: {str(e) or type(e).__name__}"
            finally:
                self._disconnect()
            if reason != self.trouble:
                LOG.warning("no connection to the broker: %s", reason)
            self.trouble = reason
            self._lost()
            if self.leader and hops < HOPS_MAX:
                hops += 1
                continue
            hops, self.leader = 0, None
            await asyncio.sleep(wait)
            wait = min(2 * wait, BACKOFF_SECONDS_MAX)

    async def _connect(self, host, port):
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            self.reader, self.writer = await asyncio.open_connection(
                host, port, ssl=self.address.tls, limit=1 << 20)
            self.writer.write(codec.encode("hello", version_min=1, version_max=1, capabilities=1, token=self.address.token,
                                           **self.client))
            answer = await self._frame()
        if answer["message"] != "welcome":
            raise Refused(answer) if answer["message"] == "error" else codec.Malformed("no welcome")
        self.welcome.set()
        if self.trouble:
            LOG.info("connected to %s:%d", host, port)
        self.trouble = ""
        for call in self.calls.values():
            self._send(call)
        self.connected()

    async def _frame(self):
        length = await self.reader.readexactly(4)
        size = struct.unpack("<I", length)[0]
        if not codec.HEADER - 4 <= size <= FRAME_BYTES_MAX:
            raise codec.Malformed(f"a frame of {size} bytes")
        return codec.decode(length + await self.reader.readexactly(size))

    async def _read(self):
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                message = await self._frame()
                self.is_silent_for = 0
                self._take(message)
        finally:
            watching.cancel()

    async def _watch(self):
        self.is_silent_for = 0
        while self.is_silent_for < SILENCE_SECONDS_MAX:
            await asyncio.sleep(PING_AFTER_SECONDS)
            self.is_silent_for += PING_AFTER_SECONDS
            self.writer.write(codec.encode("ping"))
        LOG.warning("the broker has been silent for %d s", self.is_silent_for)
        self.writer.transport.abort()

    def _take(self, message):
        call = self.calls.get(message["request_id"])
        if call is None or call.reply.done():
            if message["message"] == "error" and message["request_id"] == 0:
                raise Refused(message)
            if message["message"] == "goaway" and message["code"] == NOT_LEADER:
                self.leader = leader_of(message["reason"])  # it closes the connection next
            self.pushed(message)
        else:
            if message["message"] == "error":
                call.reply.set_exception(Refused(message))
            else:
                call.reply.set_result(message)

    def _disconnect(self):
        self.welcome.clear()
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    def _fail(self, failure):
        for call in self.calls.values():
            if not call.reply.done():
                call.reply.set_exception(failure)

    def _lost(self):
        for call in self.calls.values():
            if call.sent and not call.resend and not call.reply.done():
                call.reply.set_exception(ConnectionLost(f"the connection was lost ({self.trouble})", True))

    async def close(self):
        """Requests that have no answer yet fail."""
        self.runner.cancel()
        await asyncio.gather(self.runner, return_exceptions=True)
        self._disconnect()
        for call in self.calls.values():
            if not call.reply.done():
                call.reply.set_exception(ConnectionLost("the client was closed", call.sent))
