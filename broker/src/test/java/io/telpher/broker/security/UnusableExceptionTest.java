package io.telpher.broker.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is said of a file of tokens or certificates that can't be read. */
@Tag("security")
class UnusableExceptionTest {
    private static final Path FILE = Path.of("/etc/telpher/tls.key");

    @Test
    void shouldSayWhoMayNotReadItAndWhatToType() {
        String said = UnusableException.unreadable(FILE, new AccessDeniedException(FILE.toString()));
        String user = System.getProperty("user.name");
        assertTrue(said.contains("may not be read by " + user), said);
        assertTrue(said.endsWith("type: chown " + user + " /etc/telpher/tls.key"), said);
    }

    @Test
    void shouldTellAMissingFileFromABrokenOne() {
        assertEquals("does not exist", UnusableException.unreadable(FILE, new NoSuchFileException(FILE.toString())));
        assertEquals(
                "can't be read: Input/output error",
                UnusableException.unreadable(FILE, new IOException("Input/output error")));
    }
}
