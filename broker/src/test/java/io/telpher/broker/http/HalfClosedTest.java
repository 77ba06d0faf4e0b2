package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.net.RawConnection;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.WaitFor;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over real sockets: clients that shut their sending side down, clients that are gone, and a broker that stops. */
class HalfClosedTest {
    private static final int GONE = 20;

    @TempDir
    Path directory;

    private Broker broker;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
        submit();
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private static String post(String path, String json) {
        return "POST /api/v1/" + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + json.length() + "\r\n\r\n" + json;
    }

    private static String reserve(String queue, int waitMs) {
        return post("queues/" + queue + "/reserve", "{\"max\":100,\"wait_ms\":" + waitMs + "}");
    }

    private String ask(String request) throws IOException {
        try (RawHttp http = new RawHttp(broker.httpPort())) {
            return http.send(request).response().body();
        }
    }

    private void submit() throws IOException {
        ask(post("tasks", "{\"type\":\"t\",\"queue\":\"mail\",\"payload\":1,\"max_retries\":0}"));
    }

    private boolean areWaiting(String queue, int count) {
        try {
            return ask("GET /api/v1/queues/" + queue + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .contains("\"waiting_workers\":" + count + ",");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void awaitWaiting(String queue, int count) {
        while (!areWaiting(queue, count)) {
            Patience.look();
        }
    }

    @Test
    void shouldAnswerAClientThatSaysNoMore() throws IOException {
        try (RawHttp http = new RawHttp(broker.httpPort())) {
            http.send(reserve("mail", 0)).saysNoMore();
            assertTrue(http.response().body().contains("\"attempt\":1"));
            assertEquals("", http.rest());
        }
    }

    @Test
    void shouldLeaseNothingToLongPollsThatAreGone() throws IOException {
        ask(reserve("mail", 0));
        List<RawHttp> gone = new ArrayList<>();
        for (int i = 0; i < GONE; i++) {
            gone.add(new RawHttp(broker.httpPort()).send(reserve("mail", 60_000)));
        }
        awaitWaiting("mail", GONE);
        for (RawHttp client : gone) {
            client.close();
        }
        awaitWaiting("mail", 0);
        for (int i = 0; i < GONE; i++) {
            submit();
        }
        String all = ask(reserve("mail", 0));
        assertEquals(GONE, all.split("\"attempt\":1,", -1).length - 1, all);
    }

    @Test
    void shouldAnswerWhatWaitsBeforeItStops() throws IOException {
        ask(reserve("mail", 0));
        try (RawHttp http = new RawHttp(broker.httpPort());
                RawConnection raw = RawConnection.welcomed(broker.port())) {
            http.send(reserve("mail", 60_000));
            Reserve.Wants wants = new Reserve.Wants(1, 60_000, 0, "raw");
            raw.send(Reserve.write(new FrameWriter(), 1, wants, List.of("mail")).toBytes());
            raw.send(WaitFor.write(new FrameWriter(), 2, 1, 60_000).toBytes());
            raw.ping();
            assertEquals(MessageType.PONG, RawConnection.type(Objects.requireNonNull(raw.next())));
            awaitWaiting("mail", 2);
            broker.close();
            assertTrue(http.response().body().contains("\"tasks\":[]"));
            List<MessageType> answers = new ArrayList<>();
            for (ByteBuffer frame = raw.next(); frame != null; frame = raw.next()) {
                answers.add(RawConnection.type(frame));
                if (RawConnection.type(frame) == MessageType.DELIVERIES) {
                    assertEquals(0, new Deliveries().wrap(frame, 0).count());
                }
            }
            assertTrue(answers.containsAll(List.of(MessageType.DELIVERIES, MessageType.TASK)), answers.toString());
        }
    }
}
