package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the README shows is what is compiled here, to the letter, and short. */
class ReadmeTest {
    private static final Path ROOT = Path.of("..");
    private static final Path HERE = Path.of("src/test/java/io/telpher/client");
    private static final int LINES_MAX = 12;

    @ParameterizedTest
    @ValueSource(strings = {"HelloProducer", "HelloWorker"})
    void shouldShowCodeThatCompiles(String name) throws IOException {
        List<String> lines = Files.readAllLines(HERE.resolve(name + ".java")).stream()
                .filter(line -> !line.startsWith("package") && !line.isBlank())
                .toList();
        String code = String.join("\n", lines).replace("final class " + name, "class " + name);
        String readme = Files.readString(ROOT.resolve("README.md"));
        assertTrue(lines.size() <= LINES_MAX, name + " has " + lines.size() + " lines");
        assertEquals(true, readme.contains(code), "README.md should hold\n" + code);
    }
}
