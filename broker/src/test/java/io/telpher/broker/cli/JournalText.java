package io.telpher.broker.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Where a text lies in the files of a journal: the first run of a directory may go on to a second file at any time. */
public record JournalText(Path file, long at) {
    public static JournalText find(Path data, String text) throws IOException {
        List<Path> files;
        try (Stream<Path> tree = Files.walk(data.resolve("journal"))) {
            files = tree.filter(path -> path.toString().endsWith(".cq4"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            int at = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).indexOf(text);
            if (at >= 0) {
                return new JournalText(file, at);
            }
        }
        throw new AssertionError("\"" + text + "\" is in none of " + files);
    }
}
