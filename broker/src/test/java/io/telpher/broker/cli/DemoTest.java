package io.telpher.broker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a newcomer types first. */
class DemoTest {
    private static final Pattern ACCOUNT =
            Pattern.compile("5\\. (\\d+) of (\\d+) results equal the same hashes computed without a queue");

    @TempDir
    Path elsewhere;

    @Test
    @Timeout(180)
    void shouldAccountForEverythingFromAnyWorkingDirectory() throws Exception {
        Path sources = Path.of("src/main/java").toAbsolutePath();
        TqProcess.Ended demo = TqProcess.run(elsewhere, "demo", "--files", sources.toString());
        assertEquals(0, demo.exit(), demo.out() + demo.errors());
        Matcher account = ACCOUNT.matcher(demo.out());
        assertTrue(account.find(), demo::out);
        assertEquals(Math.min(DemoCommand.FILES_MAX, count(sources)), Integer.parseInt(account.group(1)));
        assertEquals(account.group(2), account.group(1));
        for (String line : List.of(
                "the broker was killed with SIGKILL",
                "failed twice, then worked",
                "used up its attempts: in the dead-letter queue",
                "ran after its delay",
                "was cancelled and never ran",
                "Everything came out as it should.")) {
            assertTrue(demo.out().contains(line), () -> line + " is missing in\n" + demo.out());
        }
        try (Stream<Path> left = Files.list(elsewhere)) {
            assertEquals(List.of(), left.toList());
        }
    }

    private static int count(Path sources) throws IOException {
        try (Stream<Path> tree = Files.walk(sources)) {
            return (int) tree.filter(path -> path.toString().endsWith(".java")).count();
        }
    }
}
