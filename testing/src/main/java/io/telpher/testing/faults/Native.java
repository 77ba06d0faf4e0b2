package io.telpher.testing.faults;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The parts that are written in C: compiled where and when they are used, from this package's resources. */
final class Native {
    private Native() {}

    /** The first of these commands that does not work, and what it said; null when all do. */
    static @Nullable String missing(List<List<String>> probes) {
        for (List<String> probe : probes) {
            try {
                run(probe);
            } catch (IOException e) {
                return e.getMessage();
            }
        }
        return null;
    }

    static Path compile(String source, Path output, List<String> options) throws IOException {
        Path copy = output.resolveSibling(source);
        try (InputStream in = Native.class.getResourceAsStream(source)) {
            Files.copy(Objects.requireNonNull(in, source), copy);
        }
        List<String> command = new ArrayList<>(List.of("gcc", "-std=gnu11", "-O2", "-Wall", copy.toString()));
        command.addAll(List.of("-o", output.toString()));
        command.addAll(options);
        run(command);
        return output;
    }

    /** The output; a command that fails, or is not there, is an error. */
    static String run(List<String> command) throws IOException {
        Process run = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (run.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + " failed: " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted: " + String.join(" ", command), e);
        }
        return output;
    }
}
