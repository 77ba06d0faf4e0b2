package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.telpher.broker.net.RawConnection;
import io.telpher.client.ConnectionState;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.Submit;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A large payload on its way in or out holds up its own connection only: shown by the order of answers, which no machine's pace changes. */
class LargePayloadsTest {
    private static final int LARGE = 16 << 20;
    private static final int MEDIUM = 256 << 10;

    /** More than there are event loops, so that some share one with the large payload's connection. */
    private static final int OTHERS = 2 * Runtime.getRuntime().availableProcessors() + 1;

    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Broker broker;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts().withLimits(new Limits(LARGE)));
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private static byte[] submit(int id, String queue, int payloadBytes) {
        byte[] payload = new byte[payloadBytes];
        new Random(1).nextBytes(payload);
        TaskSpec task = TaskSpec.type("work").queue(queue).payload(payload);
        return Submit.write(new FrameWriter(), id, task).toBytes();
    }

    private static byte[] reserve(String queue) {
        return Reserve.write(new FrameWriter(), 1, new Reserve.Wants(1, 10_000, 0, "raw"), List.of(queue))
                .toBytes();
    }

    private static ByteBuffer answer(RawConnection connection, MessageType expected) throws IOException {
        ByteBuffer frame = connection.next();
        assertNotNull(frame, "the broker closed the connection");
        assertEquals(expected, RawConnection.type(frame));
        return frame;
    }

    private RawConnection connect() throws IOException {
        return RawConnection.welcomed(URI.create(broker.url()).getPort());
    }

    private void submitSmallOnes() throws IOException {
        for (int i = 0; i < OTHERS; i++) {
            try (RawConnection small = connect()) {
                small.send(submit(1, "small", 10));
                answer(small, MessageType.SUBMITTED);
            }
        }
    }

    /** The last byte is sent when all the small ones have been confirmed; a broker that waits for it would never confirm them. */
    @ParameterizedTest
    @ValueSource(ints = {MEDIUM, LARGE})
    void shouldConfirmSmallOnesWhileALargeOneArrives(int bytes) throws Exception {
        byte[] frame = submit(7, "large", bytes);
        try (RawConnection large = connect()) {
            large.send(Arrays.copyOf(frame, frame.length - 1));
            submitSmallOnes();
            large.send(new byte[] {frame[frame.length - 1]});
            answer(large, MessageType.SUBMITTED);
        }
    }

    /** It has reserved and reads nothing: 16 MiB are more than sockets take in between. */
    @Test
    void shouldServeOthersWhileAWorkerDoesNotTakeItsLargeOne() throws Exception {
        try (RawConnection producer = connect()) {
            producer.send(submit(1, "large", LARGE));
            answer(producer, MessageType.SUBMITTED);
        }
        try (RawConnection slow = connect();
                Telpher telpher = Telpher.connect(broker.url())) {
            slow.send(reserve("large"));
            submitSmallOnes();
            try (Worker worker = telpher.worker("small").start(task -> Result.NONE)) {
                long id = telpher.submit(TaskSpec.type("work").queue("small").payload("x"))
                        .taskId();
                assertEquals(TaskState.COMPLETED, telpher.waitFor(id, LONG).state);
                assertEquals(ConnectionState.CONNECTED, worker.state());
            }
            ByteBuffer deliveries = answer(slow, MessageType.DELIVERIES);
            assertEquals(1, new Deliveries().wrap(deliveries, 0).count());
        }
    }
}
