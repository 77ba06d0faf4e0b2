package io.telpher.broker.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.MessageReader;
import io.telpher.testing.HexVector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who may send each message and what the audit log says of it, for all valid vectors, as it was when these rules still stood in a switch for each. A rule
 * that is changed on purpose changes a line of {@code broker/src/test/messages/rules.txt}.
 */
@Tag("security")
class MessageRulesTest {
    private static final Path KNOWN = Path.of("src/test/messages/rules.txt");

    private static final List<Principal> CLIENTS = List.of(
            client("all", List.of("*"), List.of()),
            client("producer", List.of("submit:default"), List.of()),
            client("worker", List.of("work", "submit:q*"), List.of()),
            client("reader", List.of("read"), List.of("read:default")),
            client("unreading", List.of("submit", "work", "admin:a*"), List.of("read")),
            client("operator", List.of("admin:q*", "read:q*"), List.of()),
            client("chief", List.of("admin"), List.of()),
            client("nobody", List.of(), List.of()));

    @TempDir
    Path directory;

    private static Principal client(String name, List<String> allow, List<String> deny) {
        return new Principal(
                "",
                "",
                name,
                allow.stream().map(Rule::parse).toList(),
                deny.stream().map(Rule::parse).toList());
    }

    @Test
    void shouldJudgeAndNoteEachMessageAsKnown() throws IOException {
        List<String> lines = new ArrayList<>();
        AuditLog log = new AuditLog(directory, Runnable::run);
        MessageReader reader = new MessageReader();
        for (HexVector vector : HexVector.all()) {
            if (vector.isValid() && isAsked(vector)) {
                ByteBuffer frame = ByteBuffer.wrap(vector.bytes()).order(ByteOrder.LITTLE_ENDIAN);
                Message message = reader.read(frame, 0);
                lines.add(vector.name() + (message.type().isRead() ? " reads" : ""));
                boolean isClients = CLIENTS.stream().anyMatch(who -> Gate.refusal(who, message) == null);
                CLIENTS.stream()
                        .filter(who -> isClients)
                        .forEach(who -> lines.add("  " + who.name() + ": " + judged(who, message)));
                lines.add("  audit: " + noted(log, message));
            }
        }
        Path now = Files.write(Path.of("target/rules.txt"), lines);
        assertEquals(
                Files.readString(KNOWN),
                Files.readString(now),
                () -> "what is judged now is in " + now.toAbsolutePath());
    }

    /** What no client may send has one line; what newer and older senders leave out or add changes nothing. */
    private static boolean isAsked(HexVector vector) {
        MessageType.Kind kind = MessageType.known(vector.typeCode()).kind();
        boolean isClients = kind != MessageType.Kind.REPLY && kind != MessageType.Kind.INTERNAL;
        return vector.name().endsWith("-least") || isClients && vector.name().endsWith("-most");
    }

    private static String judged(Principal who, Message message) {
        Problem problem = Gate.refusal(who, message);
        MessageType type = message.type();
        String asked = Stream.of("default", "q", "a")
                .map(queue -> who.allow(type, queue) ? queue : "-")
                .reduce("", (left, right) -> left + " " + right);
        return (problem == null ? "passes" : clipped(problem.code() + " " + problem.message())) + ", allowed" + asked;
    }

    private static String noted(AuditLog log, Message message) {
        long before = log.recent(1, 0).stream()
                .mapToLong(entry -> entry.path("seq").asLong())
                .sum();
        new AuditTrail(log, "here", "tcp").refused(Principal.ANYONE, message, ErrorCode.FORBIDDEN);
        return log.recent(1, 0).stream()
                .filter(entry -> entry.path("seq").asLong() > before)
                .map(entry -> clipped(entry.path("target").asText() + " | "
                        + entry.path("detail").asText()))
                .findFirst()
                .orElse("none");
    }

    /** Queues' names are up to 128 characters long, and texts longer. */
    private static String clipped(String text) {
        return text.replaceAll("q{9,}", "qq...")
                .replaceAll("(.)\\1{20,}", "$1...")
                .replace("\n", " ");
    }
}
