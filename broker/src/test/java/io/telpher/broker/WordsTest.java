package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Comments and messages name the thing they are about: a worker, an operator, a session, a number. Words that leave it open are counted, and their number only goes
 * down: when a change takes some away, take the cap down with them.
 */
class WordsTest {
    private static final List<Path> SOURCES =
            List.of(Path.of("../protocol/src/main/java"), Path.of("../client/src/main/java"), Path.of("src/main/java"));

    private static final Map<String, Integer> CAPS =
            Map.of("anybody", 0, "by now", 4, "everybody", 0, "nobody", 12, "so many", 10, "somebody", 3, "whoever", 9);

    @Test
    void shouldNameThingsRatherThanLeaveThemOpen() throws IOException {
        List<String> lines = new ArrayList<>();
        for (Path source : SOURCES) {
            try (Stream<Path> files = Files.walk(source)) {
                for (Path file :
                        files.filter(each -> each.toString().endsWith(".java")).toList()) {
                    int number = 0;
                    for (String line : Files.readAllLines(file)) {
                        lines.add(file + ":" + ++number + ": " + line.strip());
                    }
                }
            }
        }
        assertTrue(lines.size() > 10_000, "only " + lines.size() + " lines");
        List<String> tooMany = new ArrayList<>();
        CAPS.forEach((word, cap) -> {
            // A constant in capitals is a name.
            Pattern pattern = Pattern.compile(": .*\\b[" + Character.toUpperCase(word.charAt(0)) + word.charAt(0) + "]"
                    + word.substring(1) + "\\b");
            List<String> found =
                    lines.stream().filter(line -> pattern.matcher(line).find()).toList();
            if (found.size() > cap) {
                tooMany.add("\"" + word + "\" is in " + found.size() + " lines, at most " + cap
                        + " may have it; say who or what is meant:\n" + String.join("\n", found));
            }
        });
        assertEquals("", String.join("\n\n", tooMany));
    }
}
