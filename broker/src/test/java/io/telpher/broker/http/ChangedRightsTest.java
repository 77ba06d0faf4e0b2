package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.SecuredBroker;
import io.telpher.broker.net.RawConnection;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.admin.Stats;
import io.telpher.protocol.admin.WorkerList;
import io.telpher.protocol.admin.Workers;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.WaitFor;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What waits when rights change ends at once, as far as it is covered no more; the rest goes on. With one partition, and with several. */
@Tag("security")
class ChangedRightsTest {
    private static final int WAIT_MS = 60_000;
    private static final List<String> NOTHING = List.of();
    private static final Reserve.Wants WANTS = new Reserve.Wants(10, WAIT_MS, 0, "w");

    @TempDir
    Path directory;

    @SuppressWarnings("NullAway.Init") // each test says with how many partitions it starts
    private SecuredBroker secured;

    @SuppressWarnings("NullAway.Init")
    private RawConnection admin;

    private void start(int partitions) throws Exception {
        secured = SecuredBroker.start(directory, partitions);
        String token = secured.token("admin", List.of("admin"), NOTHING);
        admin = RawConnection.welcomed(secured.broker().port(), token);
    }

    @AfterEach
    void stop() throws IOException {
        admin.close();
        secured.close();
    }

    private RawConnection connection(String name, String... allow) throws Exception {
        return RawConnection.welcomed(secured.broker().port(), secured.token(name, List.of(allow), NOTHING));
    }

    private static ByteBuffer next(RawConnection connection) throws IOException {
        ByteBuffer frame = connection.next();
        if (frame == null) {
            throw new AssertionError("the broker hung up");
        }
        return frame;
    }

    private ByteBuffer ask(FrameWriter frame) throws IOException {
        admin.send(frame.toBytes());
        return next(admin);
    }

    private static ErrorCode error(ByteBuffer frame, int requestId) {
        assertEquals(requestId, Frame.requestId(frame, 0));
        assertEquals(MessageType.ERROR, RawConnection.type(frame));
        return Objects.requireNonNull(new ErrorReply().wrap(frame, 0).code());
    }

    private long submit(String queue) throws IOException {
        TaskSpec spec = TaskSpec.type("t").queue(queue).payload("secret");
        return new Submitted()
                .wrap(ask(Submit.write(new FrameWriter(), 1, spec)), 0)
                .taskId();
    }

    private TaskView get(long taskId) throws IOException {
        return new Task()
                .wrap(ask(Get.write(new FrameWriter(), 1, taskId, false)), 0)
                .view();
    }

    private void await(BrokerStats.Field field, long atLeast) throws IOException {
        while (new BrokerStats().wrap(ask(Stats.write(new FrameWriter(), 1)), 0).get(field) < atLeast) {
            Patience.look();
        }
    }

    /** Nobody had it: it is there as it was submitted. */
    private void requireUntouched(long taskId) throws IOException {
        TaskView task = get(taskId);
        while (task.state == TaskState.ACTIVE) {
            Patience.look(); // being given back
            task = get(taskId);
        }
        assertEquals(TaskState.READY, task.state);
        assertEquals(0, task.attempts);
    }

    private RawHttp http(String token, String method, String path, String body) throws IOException {
        return new RawHttp(secured.broker().httpPort()).send(request(token, method, path, body));
    }

    private static String request(String token, String method, String path, String body) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private RawHttp longPoll(String token, String queue) throws IOException {
        return http(token, "POST", "/api/v1/queues/" + queue + "/reserve", "{\"wait_ms\":" + WAIT_MS + "}");
    }

    // ---- reserves

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void shouldRefuseAReserveThatWaitsWhenItsQueueIsCoveredNoMore(int partitions) throws Exception {
        start(partitions);
        try (RawConnection worker = connection("worker", "work:mail", "work:fax", "work:sms")) {
            worker.send(Reserve.write(new FrameWriter(), 2, WANTS, List.of("mail", "fax", "sms"))
                    .toBytes());
            worker.send(
                    Reserve.write(new FrameWriter(), 3, WANTS, List.of("mail")).toBytes());
            await(BrokerStats.Field.WAITERS, 2);
            secured.change("worker", List.of("work:mail"), NOTHING);
            assertEquals(ErrorCode.FORBIDDEN, error(next(worker), 2));
            long fax = submit("fax");
            long mail = submit("mail");
            ByteBuffer delivered = next(worker);
            assertEquals(3, Frame.requestId(delivered, 0));
            Delivery delivery = new Deliveries().wrap(delivered, 0).first();
            assertTrue(delivery.next());
            assertEquals(mail, delivery.taskId());
            requireUntouched(fax);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void shouldEndAConnectionWhoseTokenIsRevokedAndWhatItWaitsFor(int partitions) throws Exception {
        start(partitions);
        try (RawConnection worker = connection("worker", "work")) {
            worker.send(Reserve.write(new FrameWriter(), 2, WANTS, List.of("mail", "fax", "sms"))
                    .toBytes());
            await(BrokerStats.Field.WAITERS, 1);
            secured.revoke("worker");
            ByteBuffer last = next(worker);
            while (Frame.requestId(last, 0) != 0) {
                assertEquals(ErrorCode.FORBIDDEN, error(last, 2));
                last = next(worker);
            }
            assertEquals(ErrorCode.UNAUTHENTICATED, error(last, 0));
            assertNull(worker.next(), "and nothing after it");
            requireUntouched(submit("mail"));
            requireUntouched(submit("fax"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void shouldAnswerALongPollWhoseTokenIsRevokedAtOnce(int partitions) throws Exception {
        start(partitions);
        String token = secured.token("poller", List.of("work:mail"), NOTHING);
        try (RawHttp poll = longPoll(token, "mail")) {
            await(BrokerStats.Field.WAITERS, 1);
            poll.send(request(token, "POST", "/api/v1/queues/mail/reserve", "{}"));
            secured.revoke("poller");
            RawHttp.Response refused = poll.response();
            assertEquals(401, refused.status(), refused.body());
            assertTrue(refused.body().contains("UNAUTHENTICATED"), refused.body());
            assertEquals(401, poll.response().status(), "what came behind it");
            requireUntouched(submit("mail"));
        }
    }

    @Test
    void shouldAnswerALongPollWhoseRuleIsNarrowedAtOnce() throws Exception {
        start(1);
        String token = secured.token("poller", List.of("work:mail", "work:fax"), NOTHING);
        try (RawHttp poll = longPoll(token, "mail")) {
            await(BrokerStats.Field.WAITERS, 1);
            secured.change("poller", List.of("work:fax"), NOTHING);
            assertEquals(403, poll.response().status());
            requireUntouched(submit("mail"));
            long fax = submit("fax");
            poll.send(request(token, "POST", "/api/v1/queues/fax/reserve", "{}"));
            RawHttp.Response served = poll.response();
            assertEquals(200, served.status());
            assertTrue(served.body().contains(TaskId.format(fax)), served.body());
        }
    }

    @Test
    void shouldEndWhatWaitsWhenItsTokenExpires() throws Exception {
        start(1);
        String token = secured.token("poller", List.of("work:mail"), NOTHING);
        try (RawHttp poll = longPoll(token, "mail");
                RawConnection worker = connection("worker", "work:mail")) {
            worker.send(
                    Reserve.write(new FrameWriter(), 2, WANTS, List.of("mail")).toBytes());
            await(BrokerStats.Field.WAITERS, 2);
            Instant soon = Instant.now().plusSeconds(2);
            secured.expire("poller", soon);
            secured.expire("worker", soon);
            assertEquals(401, poll.response().status());
            ByteBuffer last = next(worker);
            while (Frame.requestId(last, 0) != 0) {
                last = next(worker);
            }
            assertEquals(ErrorCode.UNAUTHENTICATED, error(last, 0));
            requireUntouched(submit("mail"));
        }
    }

    @Test
    void shouldNotGoOnWithATokenWhoseSecretWasReplaced() throws Exception {
        start(1);
        String token = secured.token("poller", List.of("work:mail"), NOTHING);
        try (RawHttp poll = longPoll(token, "mail")) {
            await(BrokerStats.Field.WAITERS, 1);
            secured.renew("poller");
            assertEquals(401, poll.response().status());
        }
    }

    @Test
    void shouldLeaveAloneWhatOthersWaitFor() throws Exception {
        start(1);
        String token = secured.token("poller", List.of("work:mail"), NOTHING);
        try (RawHttp poll = longPoll(token, "mail")) {
            await(BrokerStats.Field.WAITERS, 1);
            secured.token("other", List.of("work"), NOTHING);
            secured.change("other", List.of("read"), NOTHING);
            secured.revoke("other");
            submit("mail");
            assertEquals(200, poll.response().status());
        }
    }

    @Test
    void shouldRefuseTheReserveOfAWorkerThatDrains() throws Exception {
        start(1);
        try (RawConnection worker = connection("worker", "work:mail")) {
            worker.send(
                    Reserve.write(new FrameWriter(), 2, WANTS, List.of("mail")).toBytes());
            await(BrokerStats.Field.WAITERS, 1);
            var workers = new WorkerList()
                    .wrap(ask(Workers.write(new FrameWriter(), 1, 1)), 0)
                    .workers();
            assertTrue(workers.next());
            long session = new io.telpher.protocol.admin.WorkerView()
                    .wrap(workers.buffer(), workers.offset())
                    .sessionId();
            ask(DrainWorker.write(new FrameWriter(), 1, session, false));
            ByteBuffer frame = next(worker);
            while (RawConnection.type(frame) != MessageType.DELIVERIES) {
                frame = next(worker); // it is told that it drains
            }
            worker.send(
                    Reserve.write(new FrameWriter(), 3, WANTS, List.of("mail")).toBytes());
            worker.ping(); // answered by the connection: the reserve was handed on
            assertEquals(MessageType.PONG, RawConnection.type(next(worker)));
            secured.change("worker", List.of("work:fax"), NOTHING);
            assertEquals(ErrorCode.FORBIDDEN, error(next(worker), 3));
        }
    }

    // ---- results and events

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void shouldRefuseAWaitForAResultThatIsCoveredNoMore(int partitions) throws Exception {
        start(partitions);
        long mail = submit("mail");
        long fax = submit("fax");
        try (RawConnection reader = connection("reader", "read:mail", "read:fax")) {
            reader.send(WaitFor.write(new FrameWriter(), 2, mail, WAIT_MS).toBytes());
            reader.send(WaitFor.write(new FrameWriter(), 3, fax, WAIT_MS).toBytes());
            reader.send(Get.write(new FrameWriter(), 4, mail, false).toBytes());
            reader.send(Get.write(new FrameWriter(), 5, fax, false).toBytes());
            next(reader);
            next(reader); // so both wait
            secured.change("reader", List.of("read:mail"), NOTHING);
            assertEquals(ErrorCode.FORBIDDEN, error(next(reader), 3));
            ask(io.telpher.protocol.task.Cancel.write(new FrameWriter(), 1, mail));
            ByteBuffer result = next(reader);
            assertEquals(2, Frame.requestId(result, 0));
            assertEquals(MessageType.TASK, RawConnection.type(result));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAnswerAnHttpWaitAtOnce(boolean isRevoked) throws Exception {
        start(1);
        long mail = submit("mail");
        String token = secured.token("reader", List.of("read:mail"), NOTHING);
        await(BrokerStats.Field.CONNECTIONS, 1);
        try (RawHttp wait = http(token, "GET", "/api/v1/tasks/" + TaskId.format(mail) + "?wait=60s", "")) {
            await(BrokerStats.Field.CONNECTIONS, 2);
            get(mail);
            if (isRevoked) {
                secured.revoke("reader");
            } else {
                secured.change("reader", List.of("read:fax"), NOTHING);
            }
            assertEquals(isRevoked ? 401 : 403, wait.response().status());
        }
    }

    /** It was granted, and stands behind another answer. */
    @Test
    void shouldGiveBackWhatWasNotSaidYet() throws Exception {
        start(1);
        long mail = submit("mail");
        long other = submit("other");
        String token = secured.token("both", List.of("read:mail", "work:other"), NOTHING);
        try (RawHttp both = http(token, "GET", "/api/v1/tasks/" + TaskId.format(mail) + "?wait=60s", "")) {
            both.send(request(token, "POST", "/api/v1/queues/other/reserve", "{}"));
            await(BrokerStats.Field.ACTIVE, 1);
            secured.revoke("both");
            assertEquals(401, both.response().status());
            assertEquals(401, both.response().status());
            requireUntouched(other);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldEndAStreamOfEventsWithTheRightToIt(boolean isRevoked) throws Exception {
        start(1);
        String token = secured.token("reader", List.of("read"), NOTHING);
        try (RawHttp stream = http(token, "GET", "/api/v1/events?queue=mail", "")) {
            assertEquals(200, stream.head().status());
            if (isRevoked) {
                secured.revoke("reader");
            } else {
                secured.change("reader", List.of("read:mail"), NOTHING);
            }
            String told = stream.rest();
            String code = isRevoked ? "UNAUTHENTICATED" : "FORBIDDEN";
            assertTrue(told.contains("event: refused\ndata: {\"code\":\"" + code + "\"}"), told);
        }
    }
}
