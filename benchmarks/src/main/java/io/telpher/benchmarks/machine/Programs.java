package io.telpher.benchmarks.machine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of this machine. */
public final class Programs {
    private Programs() {}

    /** On the PATH, or where Debian puts servers that it doesn't put there. */
    public static Optional<Path> find(String name) {
        Stream<String> path = Arrays.stream(
                Objects.requireNonNullElse(System.getenv("PATH"), "").split(java.io.File.pathSeparator, -1));
        return Stream.concat(path, Stream.of("/usr/sbin", "/usr/local/sbin"))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
