package io.telpher.broker.partition.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.protocol.frame.MessageType;
import io.telpher.testing.HexVector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Which partition each valid vector goes to, and whether its reply promises durability, as it was when these rules still stood in a switch for each: see
 * {@code MessageRulesTest}.
 */
class MessageRoutesTest {
    private static final Path KNOWN = Path.of("src/test/messages/routes.txt");

    @Test
    void shouldSendEachMessageWhereItWentBefore() throws IOException {
        List<String> lines = new ArrayList<>();
        for (HexVector vector : HexVector.all()) {
            MessageType type = MessageType.of(vector.typeCode());
            if (vector.isValid() && type != null) {
                ByteBuffer frame = ByteBuffer.wrap(vector.bytes()).order(ByteOrder.LITTLE_ENDIAN);
                lines.add(vector.name() + ": " + (type.isDurable() ? "durable" : "not durable")
                        + ", goes to " + route(1, frame) + " " + route(2, frame) + " " + route(3, frame) + " "
                        + route(64, frame));
            }
        }
        Path now = Files.write(Path.of("target/routes.txt"), lines);
        assertEquals(Files.readString(KNOWN), Files.readString(now), () -> "as it is now: " + now.toAbsolutePath());
    }

    private static String route(int partitions, ByteBuffer frame) {
        try {
            int partition = new Routes(partitions).partitionOf(frame, 0);
            return partition == Routes.SEVERAL ? "several" : String.valueOf(partition);
        } catch (IllegalStateException e) {
            return "none"; // not for the partitions
        }
    }
}
