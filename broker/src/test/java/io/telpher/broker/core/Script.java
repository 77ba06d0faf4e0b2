package io.telpher.broker.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A golden script: what happens when, and what comes of it. Lines that start with {@code ->} are what must come. */
final class Script {
    private static final String ANSWER = "->";
    private static final String INDENT = "        ";

    private final Path file;
    private final List<String> lines;

    Script(Path file) throws IOException {
        this.file = file;
        this.lines = Files.readAllLines(file);
    }

    static List<Path> all() throws IOException {
        try (var files = Files.list(Path.of("src/test/scripts"))) {
            return files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        }
    }

    /** What the script says, without trailing blanks. */
    List<String> expected() {
        return lines.stream().map(String::stripTrailing).toList();
    }

    /** The script as it should read after running its steps: the same lines, with what really came. */
    List<String> play(ScriptStage stage) {
        List<String> actual = new ArrayList<>();
        for (String line : lines) {
            if (line.strip().startsWith(ANSWER)) {
                continue;
            }
            actual.add(line.stripTrailing());
            if (!line.isBlank() && !line.startsWith("#")) {
                for (String answer : stage.play(line)) {
                    actual.add(INDENT + ANSWER + " " + answer);
                }
            }
        }
        return actual;
    }

    void rewrite(List<String> actual) throws IOException {
        Files.write(file, actual);
    }
}
