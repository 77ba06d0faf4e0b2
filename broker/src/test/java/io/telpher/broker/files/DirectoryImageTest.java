package io.telpher.broker.files;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryImageTest {
    @TempDir
    Path directory;

    private void file(String path) throws IOException {
        Path file = directory.resolve(path);
        Files.createDirectories(file.resolveSibling(""));
        Files.writeString(file, path);
    }

    @Test
    @DisplayName(
            "journals come last, of all partitions, and the last file of each folder is the one that is written to")
    void orders() throws Exception {
        for (String path : List.of(
                "p1/journal/2/a.cq4",
                "p1/journal/2/b.cq4",
                "p1/snapshots/7.snapshot",
                "journal/1/a.cq4",
                "journal/2/a.cq4",
                "journal/2/metadata.cq4t",
                "policies",
                "snapshots/5.snapshot")) {
            file(path);
        }
        DirectoryImage image = DirectoryImage.of(directory);
        assertEquals(
                List.of(
                        "p1/snapshots/7.snapshot",
                        "policies",
                        "snapshots/5.snapshot",
                        "journal/1/a.cq4",
                        "journal/2/a.cq4",
                        "journal/2/metadata.cq4t",
                        "p1/journal/2/a.cq4",
                        "p1/journal/2/b.cq4"),
                image.files().stream()
                        .map(file -> directory.relativize(file.path()).toString())
                        .toList());
        assertEquals(
                List.of("journal/1/a.cq4", "journal/2/a.cq4", "p1/journal/2/b.cq4"),
                image.files().stream()
                        .filter(DirectoryImage.Entry::isWrittenTo)
                        .map(file -> directory.relativize(file.path()).toString())
                        .toList());
        assertEquals("policies".length(), image.files().get(1).bytes());
    }

    @Test
    @DisplayName("what belongs to the process that runs, and what is not finished, is not copied")
    void leavesOut() throws Exception {
        for (String path : List.of(
                "lock",
                "ports.json",
                "config.json",
                "native/x.so",
                "zeroed/1",
                "snapshots/5.unfinished",
                "node.json")) {
            file(path);
        }
        DirectoryImage image = DirectoryImage.of(directory);
        assertEquals(
                List.of(directory.resolve("node.json")),
                image.files().stream().map(DirectoryImage.Entry::path).toList());
        assertEquals(List.of(directory, directory.resolve("snapshots")), image.folders());
    }
}
