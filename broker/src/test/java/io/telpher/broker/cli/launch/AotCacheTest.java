package io.telpher.broker.cli.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.ChildJava;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;

/** What {@code bin/broker} does from Java 25 on: a rehearsal with load leaves a cache, and a broker starts from it and works. */
@EnabledForJreRange(minVersion = 25)
class AotCacheTest {
    private static final String MAIN = "io.telpher.broker.cli.Main";

    @TempDir
    Path directory;

    @Test
    @Timeout(120)
    void shouldWorkFromTheCacheOfARehearsal() throws Exception {
        Path cache = directory.resolve("broker.aot");
        List<String> rehearsal =
                ChildJava.plainCommand(List.of("-Xmx256m", "-XX:+UseG1GC", "-XX:AOTCacheOutput=" + cache), MAIN);
        rehearsal.addAll(List.of("broker", "--rehearse", "--rehearse-seconds", "1"));
        Process rehearsing = new ProcessBuilder(rehearsal)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("rehearsal.txt").toFile())
                .start();
        assertEquals(0, rehearsing.waitFor());

        // Unlike bin/broker, Java must not start when it can't use the cache.
        List<String> start = ChildJava.plainCommand(
                List.of("-Xmx256m", "-XX:+UseG1GC", "-XX:AOTMode=on", "-XX:AOTCache=" + cache, "-Xlog:aot*=off"), MAIN);
        start.addAll(List.of("broker", "--set", "journal.dir=" + directory.resolve("data")));
        start.addAll(List.of("--set", "listen.port=0", "--set", "http.port=0"));
        Process broker = new ProcessBuilder(start)
                .redirectError(directory.resolve("log.txt").toFile())
                .start();
        try (BufferedReader out = broker.inputReader(StandardCharsets.UTF_8)) {
            String ready = String.valueOf(out.readLine());
            assertTrue(ready.startsWith("ready binary="), ready);
            try (Telpher telpher = Telpher.connect("tq://" + ready.replaceFirst("ready binary=(\\S+) .*", "$1"))) {
                telpher.submit(TaskSpec.type("mail").queue("mail").payload("from the cache"));
                assertEquals(1, telpher.operations().queue("mail").submitted);
            }
            broker.destroy();
            assertTrue(broker.waitFor(60, TimeUnit.SECONDS), "it did not stop");
        } finally {
            broker.destroyForcibly().waitFor();
        }
    }
}
