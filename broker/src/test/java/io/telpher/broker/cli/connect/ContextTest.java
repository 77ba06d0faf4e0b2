package io.telpher.broker.cli.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Brokers by name: what is kept, who may read it, and what counts when several say something. */
class ContextTest {
    @TempDir
    Path home;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    private Path file() {
        return Contexts.file(environment());
    }

    private Map<String, String> environment(String... more) {
        Map<String, String> environment = new java.util.HashMap<>(Map.of("XDG_CONFIG_HOME", home.toString()));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    private int context(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        CommandLine command = Main.commandLine(new ContextCommand(file()));
        return command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
    }

    private String url(@Nullable String url, @Nullable String context, String... environment) {
        return new Connect(url, context).url(environment(environment));
    }

    @Test
    void shouldKeepThemInAFileThatOnlyItsOwnerReads() throws Exception {
        assertEquals(
                0, context("set", "prod", "--url", "tqs://tq.example.org", "--token", "tq_a_secret"), err::toString);
        assertEquals(0, context("set", "test", "--url", "tq://127.0.0.1:9"), err::toString);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        context("list", "-o", "jsonl");
        assertEquals("""
                {"context":"prod","url":"tqs://tq.example.org","current":true}
                {"context":"test","url":"tq://127.0.0.1:9","current":false}
                """, out.toString());
        context("show", "prod");
        assertFalse(out.toString().contains("secret"), out::toString);
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
        assertEquals(2, context("list"));
        assertTrue(err.toString().contains("TQ-4010") && err.toString().contains("chmod 600"), err::toString);
    }

    @Test
    void shouldChangeOnlyWhatIsGiven() {
        context("set", "prod", "--url", "tq://a", "--ca", "/etc/ca.pem", "--token", "x");
        assertEquals(0, context("set", "prod", "--url", "tq://b"));
        assertEquals("tq://x@b?ca=%2Fetc%2Fca.pem", url(null, "prod"));
        assertEquals("tq://x@b", url(null, null, "TELPHER_CA", "/env.pem"), "the client takes the environment's");
        assertEquals("tq://x@b?ca=%2Fetc%2Fca.pem", url(null, "prod", "TELPHER_CA", "/env.pem"));
        assertEquals(0, context("delete", "prod"));
        assertEquals("tq://127.0.0.1:8357", url(null, null));
        assertEquals(2, context("show"));
    }

    @Test
    void shouldLetTheNearerWordCount() {
        context("set", "prod", "--url", "tq://prod", "--token", "of-prod");
        context("set", "test", "--url", "tq://test", "--token", "of-test");
        assertEquals("tq://of-prod@prod", url(null, null));
        assertEquals("tq://of-test@test", url(null, null, "TELPHER_CONTEXT", "test"));
        assertEquals("tq://env", url(null, null, "TELPHER_CONTEXT", "test", "TELPHER_URL", "tq://env"));
        assertEquals("tq://of-test@test", url(null, "test", "TELPHER_CONTEXT", "prod", "TELPHER_URL", "tq://env"));
        assertEquals("tq://flag", url("tq://flag", null, "TELPHER_CONTEXT", "prod", "TELPHER_URL", "tq://env"));
        assertEquals("tq://prod", url(null, null, "TELPHER_TOKEN", "env"), "the environment's token counts more");
        assertEquals("tq://of-test@test", url(null, "test", "TELPHER_TOKEN", "env"), "but not more than an option");
        assertThrows(IllegalArgumentException.class, () -> url("tq://flag", "test"));
        context("use", "test");
        assertEquals("tq://of-test@test", url(null, null));
    }

    @Test
    void shouldTakeTheTokenFromAFileOfItsOwn() throws Exception {
        Path token = Files.writeString(home.resolve("token"), "tq_a_b\n");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        assertEquals(0, context("set", "prod", "--url", "tq://prod", "--token-file", token.toString()));
        assertEquals("tq://tq_a_b@prod", url(null, null));
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-rw----"));
        assertThrows(IllegalArgumentException.class, () -> url(null, null));
    }

    @Test
    void shouldProposeWhatMayHaveBeenMeant() throws Exception {
        context("set", "prod", "--url", "tq://prod");
        assertEquals(2, context("use", "prdo"));
        assertEquals(
                "there is no context \"prdo\"; did you mean \"prod\"?",
                err.toString().strip());
        assertEquals(2, context("set", "x", "--token", "t"));
        assertTrue(err.toString().contains("needs --url"), err::toString);
        assertEquals(2, context("set", "x", "--url", "http://prod"));
        assertEquals(2, context("set", "a b", "--url", "tq://prod"));
        Files.writeString(file(), "[contexts.prod]\nurl = \"tq://a\"\ntoken_flie = \"x\"\n");
        assertEquals(2, context("list"));
        assertTrue(err.toString().contains("did you mean \"token_file\"?"), err::toString);
        Files.writeString(file(), "[contexts.prod\n");
        assertEquals(2, context("list"));
        assertTrue(err.toString().contains("TQ-4010"), err::toString);
    }

    @Test
    void shouldKeepNamesAndValuesThatTomlQuotes() throws Exception {
        context("set", "eu.1", "--url", "tq://prod", "--token", "a\"b\\c");
        assertEquals("a\"b\\c", Contexts.read(file()).find("eu.1").token());
    }
}
