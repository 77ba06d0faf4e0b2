package io.telpher.broker.config;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telpher.broker.Held;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Configuration from any file, environment and arguments: NUL ends the file, then each line is one of the others. */
class ConfigFuzzTest {
    /** The parser makes an exception of each character that is out of place, which is 6 KiB, and more where Jazzer counts branches. */
    private static final Held HELD = new Held(1 << 20, 16 << 10);

    private static final Pattern CODE_AND_TEXT = Pattern.compile("(?s)TQ-10\\d\\d .+");

    @TempDir
    static Path directory;

    static {
        // An assertion of the parser's own fails behind a broken table header; without it, as in a broker, it reports
        // the header.
        ConfigFuzzTest.class.getClassLoader().setPackageAssertionStatus("org.tomlj", false);
    }

    static List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        String shipped = Files.readString(Path.of("../conf/broker.toml"));
        seeds.add(shipped.getBytes(StandardCharsets.UTF_8));
        for (String text : new String[] {
            "retention = \"24h\"\n[queues.\"a.b\"]\nmax_tasks = 5\njitter = \"20%\"\nfactor = 1.5\n\0http.port=0\nqueues.x.y.cap=9m",
            "[limits]\nmax_payload = \"64KiB\"\n\0TELPHER_JOURNAL_SYNC=interval\nTELPHER_JOURNAL_SYNC_INTERVAL=5ms\njournal.dir=/x",
            "\0TELPHER_HTTP_BIND=::1\nlisten.bind=127.0.0.1\nlimits.max_connections=7\nlisten.port=70000\nqueues.default.backoff=fixed",
            "a = [1, 2, {x = 1979-05-27T07:32:00Z}]\n\"\" = '''x'''\n",
        }) {
            seeds.add(text.getBytes(StandardCharsets.UTF_8));
        }
        return seeds;
    }

    @MethodSource("seeds")
    @FuzzTest
    void shouldTakeAnyTextOrSayWhatIsWrongWithIt(byte[] input) {
        HELD.during(input.length, () -> load(input));
    }

    private static void load(byte[] input) {
        int end = 0;
        while (end < input.length && input[end] != 0) {
            end++;
        }
        Map<String, String> environment = new HashMap<>();
        List<String> sets = new ArrayList<>();
        String rest = new String(
                input, Math.min(end + 1, input.length), Math.max(0, input.length - end - 1), StandardCharsets.UTF_8);
        for (String line : rest.split("\n")) {
            int equals = line.indexOf('=');
            // A file that is named could be one that has no end.
            if (line.startsWith("TELPHER_")
                    && equals > 0
                    && !line.substring(0, equals).endsWith("_FILE")) {
                environment.put(line.substring(0, equals), line.substring(equals + 1));
            } else {
                sets.add(line);
            }
        }
        try {
            Path file = fresh("broker.toml", Arrays.copyOf(input, end));
            Map<String, QueuePolicyFields> queues =
                    ConfigLoader.load(file, environment, sets).config().queues();
            shouldSayTheSameAgain(queues);
        } catch (ConfigException e) {
            e.problems().forEach(ConfigFuzzTest::shouldHaveACode);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In place of the one before, and not written over it: ext4 waits for the disk when a file was cut to nothing first. */
    private static Path fresh(String name, byte[] content) throws IOException {
        Path file = directory.resolve(name);
        Files.deleteIfExists(file);
        return Files.write(file, content, StandardOpenOption.CREATE_NEW);
    }

    private static void shouldHaveACode(String problem) {
        if (!CODE_AND_TEXT.matcher(problem).matches()) {
            throw new AssertionError("no code: " + problem);
        }
    }

    /** What is exported is what was read. */
    private static void shouldSayTheSameAgain(Map<String, QueuePolicyFields> queues) throws IOException {
        StringBuilder text = new StringBuilder();
        queues.forEach((name, policy) -> text.append(PolicyText.table(name, policy)));
        if (text.length() == 0) {
            return;
        }
        Path file = fresh("exported.toml", text.toString().getBytes(StandardCharsets.UTF_8));
        try {
            Map<String, QueuePolicyFields> again = new HashMap<>(
                    ConfigLoader.load(file, Map.of(), List.of()).config().queues());
            Map<String, QueuePolicyFields> wanted = new HashMap<>(queues);
            wanted.values().removeIf(policy -> policy.equals(QueuePolicyFields.NOTHING));
            if (!again.equals(wanted)) {
                throw new AssertionError(wanted + " became " + again + " by " + text);
            }
        } catch (ConfigException e) {
            throw new AssertionError("what was exported can't be read: " + e.problems() + " in " + text, e);
        }
    }
}
