"""python3 -m unittest test_telpher: the codec over the conformance vectors; with TELPHER_URL also the client over a broker."""

import asyncio
import json
import os
import pathlib
import re
import unittest
import unittest.mock
import uuid

import telpher
from telpher import codec

VECTORS = pathlib.Path(__file__).parents[2] / "protocol/src/test/resources/vectors"
URL = os.environ.get("TELPHER_URL", "")
PATIENCE = 60


def vectors(file):
    for entry in (VECTORS / file).read_text("ascii").split("\n\n"):
        lines = [line for line in re.sub(r"\n +", " ", entry).splitlines() if line and not line.startswith("#")]
        if lines:
            yield dict(line.split(": ", 1) for line in lines)


def frame_of(vector):
    return b"".join(bytes.fromhex(token[:2]) * int(token[3:] or 1) for token in vector["hex"].split())


def is_known(frame):
    return frame[4:5] and frame[4] in codec.MESSAGES


def shown(value):
    """As the vectors show it: bytes in hex, what the vectors nest taken apart."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [shown(each) for each in value]
    return {key: shown(each) for key, each in value.items()} if isinstance(value, dict) else value


def flat(fields):
    fields.update(fields.pop("view", {}))
    if "result" in fields and not isinstance(fields["result"], str):
        result = fields.pop("result") or {"content_type": "", "bytes": "", "is_present": False}
        fields.update(result_type=result["content_type"], result=result["bytes"], has_result=result["is_present"])
    return fields


class VectorsTest(unittest.TestCase):
    def test_reads_what_is_valid(self):
        count = 0
        for vector in vectors("valid.hex"):
            frame = frame_of(vector)
            if not is_known(frame):
                continue
            count += 1
            expected, fields = flat(json.loads(vector["fields"])), shown(codec.decode(frame))
            for name in expected.keys() & fields.keys():
                if name != "entries":
                    self.assertEqual(expected[name], fields[name], f"{vector['name']}: {name}")
            self.assertLessEqual(expected.keys() - fields.keys(), {"lease_id"}, vector["name"])
        self.assertGreater(count, 60)

    def test_writes_what_it_has_read(self):
        for vector in vectors("valid.hex"):
            frame = frame_of(vector)
            if is_known(frame) and frame[4] < 0x70 and vector["name"].endswith(("-least", "-most")):
                fields = codec.decode(frame)
                name, request_id = fields.pop("message"), fields.pop("request_id")
                for nested in ("tasks", "follow_ups"):
                    if nested in fields:
                        fields[nested] = [written(submit) for submit in fields[nested]]
                self.assertEqual(frame.hex(), codec.encode(name, request_id, **fields).hex(), vector["name"])

    def test_refuses_what_is_damaged(self):
        count = 0
        for vector in vectors("damaged.hex"):
            frame = frame_of(vector)
            if is_known(frame) and vector["verdict"] == "malformed":
                count += 1
                with self.assertRaises(codec.Malformed, msg=vector["name"]):
                    codec.decode(frame)
        self.assertGreater(count, 200)

    def test_reads_the_entries_of_a_batch(self):
        for vector in vectors("valid.hex"):
            if vector["name"].startswith("batch-submitted"):
                expected = [tuple(entry[key] for key in ("task_id", "state", "duplicate"))
                            for entry in json.loads(vector["fields"])["entries"]]
                self.assertEqual(expected, codec.entries(codec.decode(frame_of(vector))))

    def test_shows_and_parses_ids(self):
        for number in (0, 1, 0x7F3A2, (1 << 63) - 1, -1):
            self.assertEqual(number, codec.parse_id(codec.show_id(number)))
        for text in ("7f3a2", "t-", "t-xyz", "t-1ffffffffffffffff"):
            with self.assertRaises(ValueError):
                codec.parse_id(text)


def written(submit):
    return codec.encode(submit.pop("message"), submit.pop("request_id"), **submit)


class UrlTest(unittest.TestCase):
    def test_reads_addresses_and_token(self):
        address = telpher.link.Address("tq://se%40cret@a,b:1,[::1]:2")
        self.assertEqual(("se@cret", [("a", 8357), ("b", 1), ("::1", 2)]), (address.token, address.hosts))

    def test_refuses_what_is_none(self):
        for url in ("http://a", "tq://", "tq://a,,b", "tq://a?ca=x", "tqs://a?x=y"):
            with self.assertRaises(ValueError, msg=url):
                telpher.link.Address(url)


class Node:
    """Of a cluster, as a client sees it: says who leads, or takes submits itself while that is None."""

    def __init__(self, leader=lambda: None):
        self.leader, self.hellos, self.submits, self.writers = leader, 0, 0, []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.address = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *failure):
        self.server.close()
        for writer in self.writers:
            writer.close()

    async def serve(self, reader, writer):
        self.writers.append(writer)
        while size := await reader.read(4):
            message = codec.decode(size + await reader.readexactly(int.from_bytes(size, "little")))
            leader = self.leader()
            if message["message"] == "hello":
                self.hellos += 1
                if leader is not None:
                    writer.write(codec.encode("error", 0, code="not_leader", retry_after_ms=0, hint="",
                                              text="this node does not lead the cluster; leader=" + leader))
                    break
                writer.write(codec.encode("welcome", message["request_id"], version=1, frame_bytes_max=1 << 20,
                                          capabilities=0, broker_time_ms=0, session_id=1, broker_version="0"))
            elif message["message"] == "submit":
                self.submits += 1
                if leader is not None:  # deposed, and the reply is lost
                    writer.write(codec.encode("goaway", 0, code=17, drain="none",
                                              reason="this node does not lead the cluster; leader=" + leader))
                    break
                writer.write(codec.encode("submitted", message["request_id"], task_id=7, created_at_ms=0, state="ready",
                                          duplicate=False, has_result=False, result_type="", result=b""))
        writer.close()


class ClusterTest(unittest.IsolatedAsyncioTestCase):
    async def test_goes_to_the_node_that_leads_though_it_knows_another_one_only(self):
        async with Node() as leader, Node(lambda: leader.address) as other:
            async with telpher.Telpher("tq://" + other.address) as broker:
                self.assertEqual("t-7", (await broker.submit("a", "x")).id)
            self.assertEqual((1, 1), (other.hellos, leader.hellos))

    async def test_hops_three_times_and_then_waits(self):
        async with Node(lambda: first.address) as first:
            async with telpher.Telpher("tq://" + first.address, timeout=PATIENCE) as broker:
                waited, sleep = [], asyncio.sleep
                async def wait(seconds):
                    if seconds <= telpher.link.BACKOFF_SECONDS_MAX:
                        waited.append(first.hellos)
                        first.leader = lambda: None  # it leads from now on
                    else:
                        await sleep(seconds)
                with unittest.mock.patch.object(telpher.link.asyncio, "sleep", wait):
                    self.assertEqual("t-7", (await broker.submit("a", "x")).id)
            self.assertEqual([1 + telpher.link.HOPS_MAX], waited[:1])

    async def test_sends_a_submit_with_a_key_again_to_the_next_leader(self):
        async with Node() as second, Node() as first:
            async with telpher.Telpher("tq://" + first.address) as broker:
                await broker.submit("a", "x")
                first.leader = lambda: second.address
                self.assertEqual("t-7", (await broker.submit("a", "x", key="k")).id)
                self.assertEqual((2, 1), (first.submits, second.submits))
                second.leader = lambda: ""
                with self.assertRaises(telpher.ConnectionLost) as lost:
                    await broker.submit("a", "x")
                self.assertTrue(lost.exception.outcome_unknown)

    def test_takes_no_address_that_is_none(self):
        for text in ("this node does not lead the cluster; leader=", "no", "; leader=:1", "; leader=a:x"):
            self.assertIsNone(telpher.link.leader_of(text), text)


class Proxy:
    """Stands between the client and the broker; `cut` resets what goes through it."""

    def __init__(self, swallow=0):
        self.writers, self.serving, self.swallow = [], [], swallow

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"tq://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *failure):
        self.server.close()
        self.cut()
        await asyncio.gather(*self.serving)

    async def serve(self, reader, writer):
        self.serving.append(asyncio.current_task())
        host, _, port = URL.partition("://")[2].rpartition(":")
        back, forth = await asyncio.open_connection(host, int(port))
        self.writers += writer, forth
        await asyncio.gather(self.pump(reader, forth), self.pump(back, writer, True), return_exceptions=True)

    async def pump(self, reader, writer, is_reply=False):
        while data := await reader.read(1 << 16):
            if is_reply and data[4] == 0x90 and self.swallow:
                self.swallow -= 1
                break  # the reply to a submit is lost
            writer.write(data)
        self.cut()

    def cut(self):
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()


@unittest.skipUnless(URL, "TELPHER_URL is not set")
class BrokerTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.queue = "q-" + uuid.uuid4().hex

    async def work(self, handler, worker, broker, count=1, key=""):
        """Submits so many tasks, has them handled, and gives how they ended."""
        worker.on("*")(handler)
        async with worker:
            submitted = [await broker.submit("a", {"n": n}, queue=self.queue, key=key and f"{key}-{n}")
                         for n in range(count)]
            return [await broker.wait(each.id, PATIENCE) for each in submitted]

    async def test_submits_works_and_tells_the_result(self):
        async with telpher.Telpher(URL) as broker:
            async def double(task):
                await task.progress(50, "half")
                task.follow_up("next", "text", queue=self.queue + "-next")
                return {"twice": 2 * task.value["n"]}
            ended = await self.work(double, broker.worker(self.queue), broker, count=5)
            self.assertEqual([{"twice": 2 * n} for n in range(5)], [task.result for task in ended])
            plain = broker.worker(self.queue + "-next")
            seen = []
            plain.on("next")(lambda task: seen.append(task.value))  # a plain function, on a thread
            async with plain, asyncio.timeout(PATIENCE):
                while len(seen) < 5:
                    await asyncio.sleep(0.01)

    async def test_submits_a_batch_and_cancels(self):
        async with telpher.Telpher(URL) as broker:
            batch = await broker.submit_batch(telpher.spec("a", b"x", queue=self.queue, key=str(n % 3)) for n in range(5))
            self.assertEqual([False, False, False, True, True], [each.duplicate for each in batch])
            self.assertEqual("cancelled", await broker.cancel(batch[0].id))
            self.assertEqual("cancelled", (await broker.get(batch[0].id)).state)

    async def test_says_why_a_request_is_refused(self):
        async with telpher.Telpher(URL) as broker:
            with self.assertRaises(telpher.Refused) as caught:
                await broker.submit("a", queue="no such name")
            self.assertEqual("bad_request", caught.exception.code)
            with self.assertRaises(ValueError):
                await broker.submit("a", priority="urgent")

    async def test_failures_end_as_they_say(self):
        async with telpher.Telpher(URL) as broker:
            async def fail(task):
                if task.value["n"] == 0:
                    raise telpher.PermanentFailure("broken for good")
                if task.value["n"] == 1 and task.attempt == 1:
                    raise telpher.RetryAfter(0.01)
                return b"x" * (2 << 20) if task.value["n"] == 2 else object() if task.value["n"] == 3 else "done"
            ended = await self.work(fail, broker.worker(self.queue), broker, count=5)
            self.assertEqual("dead completed dead dead completed".split(), [task.state for task in ended])
            self.assertIn("broken for good", ended[0].last_error)
            self.assertIn("payload_too_large", ended[2].last_error)
            self.assertIn("can't be written", ended[3].last_error)
            self.assertEqual(2, ended[1].attempts)

    async def test_a_type_without_handler_is_a_dead_letter(self):
        async with telpher.Telpher(URL) as broker:
            async with broker.worker(self.queue):
                task = await broker.submit("strange", queue=self.queue)
                self.assertIn("no handler for type strange", (await broker.wait(task.id, PATIENCE)).last_error)

    async def test_a_payload_that_is_not_what_it_says_is_a_dead_letter(self):
        async with telpher.Telpher(URL) as broker:
            worker = broker.worker(self.queue)
            worker.on("a")(lambda task: task.value)
            async with worker:
                task = await broker.submit("a", "{", queue=self.queue, content_type="application/json")
                self.assertIn("no application/json", (await broker.wait(task.id, PATIENCE)).last_error)

    async def test_a_handler_agrees_to_a_cancel(self):
        async with telpher.Telpher(URL) as broker:
            began = asyncio.Event()
            worker = broker.worker(self.queue)

            @worker.on("a")
            async def long(task):
                began.set()
                await task.cancel_requested.wait()
                raise telpher.Cancelled()
            async with worker:
                task = await broker.submit("a", queue=self.queue)
                await began.wait()
                self.assertEqual("active", await broker.cancel(task.id))
                self.assertEqual("cancelled", (await broker.wait(task.id, PATIENCE)).state)

    async def test_a_keyed_submit_whose_reply_was_lost_is_one_task(self):
        async with Proxy(swallow=1) as proxy, telpher.Telpher(proxy.url) as broker:
            with self.assertRaises(telpher.ConnectionLost) as caught:
                await broker.submit("a", queue=self.queue)
            self.assertTrue(caught.exception.outcome_unknown)
            proxy.swallow = 1
            self.assertTrue((await broker.submit("a", queue=self.queue, key="k")).duplicate)

    async def test_a_cut_connection_ends_no_attempt(self):
        # The first address is one where nobody listens.
        async with Proxy() as proxy, telpher.Telpher(proxy.url.replace("//", "//127.0.0.1:1,")) as broker:
            async def cut(task):
                proxy.cut()
                return "once"
            ended = await self.work(cut, broker.worker(self.queue, concurrency=1), broker, count=3, key=self.queue)
            self.assertEqual([("completed", 1, "once")] * 3, [(task.state, task.attempts, task.result) for task in ended])

    async def test_stop_gives_back_what_is_not_done(self):
        async with telpher.Telpher(URL) as broker:
            began = asyncio.Event()
            worker = broker.worker(self.queue, stop_timeout=0.01)

            @worker.on("a")
            async def hang(task):
                began.set()
                await asyncio.Event().wait()
            async with worker:
                task = await broker.submit("a", queue=self.queue)
                await began.wait()
            given = await broker.get(task.id)
            self.assertEqual(("ready", 0), (given.state, given.attempts))

    async def test_a_call_ends_when_nobody_answers(self):
        async with telpher.Telpher("tq://127.0.0.1:1", timeout=0.2) as broker:
            with self.assertRaisesRegex(telpher.ConnectionLost, "no answer to submit within 0.2 s .*127.0.0.1:1"):
                await broker.submit("a")


if __name__ == "__main__":
    unittest.main()
