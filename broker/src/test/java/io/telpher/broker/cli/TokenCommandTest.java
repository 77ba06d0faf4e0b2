package io.telpher.broker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.SecuredBroker;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code tq token} and {@code tq audit}: what they leave in the files, and what a broker makes of it. */
@Tag("security")
class TokenCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    private int tq(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        CommandLine tq = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return tq.execute(arguments);
    }

    private int token(String... arguments) {
        List<String> all = new ArrayList<>(List.of("token"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--file", file().toString()));
        return tq(all.toArray(String[]::new));
    }

    private Path file() {
        return SecuredBroker.file(directory);
    }

    private JsonNode printed() throws IOException {
        return JSON.readTree(out.toString());
    }

    @Test
    void shouldPrintATokenOnceAndKeepItsHashOnly() throws Exception {
        assertEquals(0, token("create", "ops", "--allow", "admin"), err::toString);
        String made = out.toString().strip();
        assertTrue(made.matches("tq_[A-Za-z0-9]+_[A-Za-z0-9_-]{40,}"), made);
        String kept = Files.readString(file());
        String secret = SecuredBroker.secretOf(made);
        assertFalse(kept.contains(secret), kept);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        assertEquals(0, token("list"));
        assertTrue(out.toString().contains("ops") && out.toString().contains("admin"), out::toString);
        assertFalse(out.toString().contains(secret), out::toString);
    }

    @Test
    void shouldMakeTokensThatABrokerTakesUntilTheyAreRevoked() throws Exception {
        assertEquals(0, token("create", "web", "--allow", "submit:orders.*", "--deny", "*:orders.secret"));
        String made = out.toString().strip();
        try (SecuredBroker secured = SecuredBroker.start(directory)) {
            String url = secured.broker().url().replace("//", "//" + made + "@");
            try (Telpher telpher = Telpher.connect(url)) {
                telpher.submit(TaskSpec.type("t").queue("orders.new").payload("p"));
                refused(ErrorCode.FORBIDDEN, telpher, "orders.secret");
                refused(ErrorCode.FORBIDDEN, telpher, "mail");
            }
            assertEquals(2, token("revoke", "web"), "not without --yes");
            assertEquals(0, token("revoke", "web", "--dry-run", "-o", "json"));
            assertTrue(printed().path("dry_run").asBoolean());
            try (Telpher telpher = Telpher.connect(url)) {
                telpher.submit(TaskSpec.type("t").queue("orders.new").payload("p"));
            }
            assertEquals(0, token("revoke", "web", "--yes"), err::toString);
            secured.token("other", List.of("admin"), List.of()); // which has the broker read the file
            TelpherException gone = assertThrows(TelpherException.class, () -> Telpher.connect(url));
            assertEquals(ErrorCode.UNAUTHENTICATED, gone.code());
        }
        assertEquals(0, tq("audit", "--dir", directory.resolve("data").toString(), "-o", "json"), err::toString);
        List<String> actions = new ArrayList<>();
        printed().forEach(entry -> actions.add(entry.path("action").asText()));
        assertTrue(actions.size() >= 2, actions::toString);
        assertEquals(0, tq("audit", "--dir", directory.resolve("data").toString(), "--limit", "1", "-o", "json"));
        assertEquals(1, printed().size());
        assertEquals(
                actions.get(actions.size() - 1), printed().get(0).path("action").asText(), "the newest");
    }

    /** The broker runs as a user of its own, and root gives out tokens. */
    @Test
    void shouldLeaveTheFileToWhomeverItBelongs() throws Exception {
        assertEquals(0, token("create", "ops", "--allow", "admin"), err::toString);
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can give a file away");
        UserPrincipal broker =
                file().getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
        Files.setOwner(file(), broker);
        assertEquals(0, token("create", "web", "--allow", "read"), err::toString);
        assertEquals(broker, Files.getOwner(file()));
        assertEquals(0, token("revoke", "web", "--yes"), err::toString);
        assertEquals(broker, Files.getOwner(file()));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    }

    private static void refused(ErrorCode code, Telpher telpher, String queue) {
        TelpherException refusal = assertThrows(
                TelpherException.class,
                () -> telpher.submit(TaskSpec.type("t").queue(queue).payload("p")));
        assertEquals(code, refusal.code());
    }

    @Test
    void shouldNameACertificateInPlaceOfASecret() throws Exception {
        assertEquals(0, token("create", "w7", "--san", "dns:w7.example.org", "--allow", "work:mail", "-o", "json"));
        assertEquals("dns:w7.example.org", printed().path("san").asText());
        assertFalse(printed().has("token"));
        assertEquals(0, token("list", "-o", "json"));
        assertEquals("dns:w7.example.org", printed().get(0).path("san").asText());
    }

    @Test
    void shouldRefuseWhatCannotBeMeantAndChangeNothing() throws Exception {
        assertEquals(0, token("create", "a", "--allow", "read"));
        assertEquals(0, token("create", "a", "--allow", "submit"));
        String before = Files.readString(file());
        assertEquals(2, token("create", "b"), "nothing allowed");
        assertTrue(token("create", "b", "--allow", "reed") != 0);
        assertTrue(err.toString().contains("reed"), err::toString);
        assertEquals(2, token("revoke", "a", "--yes"), "which of the two?");
        assertTrue(err.toString().contains("by its id"), err::toString);
        assertEquals(2, token("revoke", "nobody", "--yes"));
        assertTrue(err.toString().contains("tq token list"), err::toString);
        assertEquals(before, Files.readString(file()));
    }

    @Test
    void shouldNotTouchAFileThatOthersCanOpen() throws Exception {
        assertEquals(0, token("create", "a", "--allow", "read"));
        String before = Files.readString(file());
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
        assertTrue(token("create", "b", "--allow", "read") != 0);
        assertTrue(err.toString().contains("TQ-10"), err::toString);
        assertTrue(token("list") != 0);
        assertEquals(before, Files.readString(file()));
    }
}
