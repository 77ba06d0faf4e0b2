package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.broker.HttpCaller;
import io.telpher.broker.SecuredBroker;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.Stats;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.PurgeQueue;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Submit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the audit log says of an action is what became of this one, whatever numbers the client gives its requests. */
@Tag("security")
class AuditTrailTest {
    private static final int SAME_ID = 7;

    @TempDir
    Path directory;

    private static void send(RawConnection connection, FrameWriter... frames) throws IOException {
        ByteArrayOutputStream together = new ByteArrayOutputStream();
        for (FrameWriter frame : frames) {
            together.writeBytes(frame.toBytes());
        }
        connection.send(together.toByteArray());
    }

    /** So many replies by their types, all to the one id. */
    private static Map<MessageType, Integer> replies(RawConnection connection, int count) throws IOException {
        Map<MessageType, Integer> types = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            ByteBuffer reply = connection.next();
            assertNotNull(reply, "the broker hung up");
            assertEquals(SAME_ID, Frame.requestId(reply, 0));
            types.merge(RawConnection.type(reply), 1, Integer::sum);
        }
        return types;
    }

    private static List<String> audited(SecuredBroker secured, String token) throws Exception {
        JsonNode page = HttpCaller.json(
                new HttpCaller(secured.broker()).send("GET", "/api/v1/audit", "", "Authorization", "Bearer " + token));
        List<String> entries = new ArrayList<>();
        for (JsonNode entry : page.path("entries")) {
            String action = entry.path("action").asText();
            if (!action.startsWith("TOKEN")) {
                entries.add(
                        0,
                        action + " " + entry.path("target").asText() + " "
                                + entry.path("outcome").asText());
            }
        }
        return entries;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldNotTakeTheReplyToAnotherRequestOfTheSameNumber(int partitions) throws Exception {
        try (SecuredBroker secured = SecuredBroker.start(directory, partitions)) {
            String token = secured.token("ops", List.of("admin"), List.of());
            try (RawConnection ops = RawConnection.welcomed(secured.broker().port(), token)) {
                send(
                        ops,
                        Submit.write(
                                new FrameWriter(),
                                SAME_ID,
                                TaskSpec.type("t").queue("q").payload("p")));
                replies(ops, 1);
                send(
                        ops,
                        Cancel.write(new FrameWriter(), SAME_ID, 0xFFFF),
                        PurgeQueue.write(new FrameWriter(), SAME_ID, "q", 10),
                        Cancel.write(new FrameWriter(), SAME_ID, 0xFFFF),
                        PauseQueue.write(new FrameWriter(), SAME_ID, "q", false),
                        DlqDiscard.write(
                                new FrameWriter(),
                                SAME_ID,
                                DlqReplay.Options.ALL,
                                DlqFilter.queue("none"),
                                new long[0]),
                        Cancel.write(new FrameWriter(), SAME_ID, 0xFFFF));
                Map<MessageType, Integer> types = replies(ops, 6);
                assertEquals(Map.of(MessageType.ERROR, 4, MessageType.COUNTED, 1, MessageType.QUEUE, 1), types);
                List<String> entries = audited(secured, token);
                assertEquals(
                        List.of("DLQ_DISCARD none QUEUE_NOT_FOUND", "PAUSE_QUEUE q OK", "PURGE_QUEUE q OK"),
                        entries.stream().sorted().toList());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldCountAConnectionOnceWhateverItsRequestsGoBy(int partitions) throws Exception {
        try (SecuredBroker secured = SecuredBroker.start(directory, partitions)) {
            String token = secured.token("ops", List.of("admin"), List.of());
            try (RawConnection ops = RawConnection.welcomed(secured.broker().port(), token)) {
                for (int i = 0; i < 5; i++) {
                    send(ops, PauseQueue.write(new FrameWriter(), SAME_ID, "q" + i, false));
                    replies(ops, 1);
                }
                send(ops, Stats.write(new FrameWriter(), SAME_ID));
                ByteBuffer reply = ops.next();
                assertNotNull(reply);
                assertEquals(1, new BrokerStats().wrap(reply, 0).get(BrokerStats.Field.CONNECTIONS));
            }
        }
    }
}
