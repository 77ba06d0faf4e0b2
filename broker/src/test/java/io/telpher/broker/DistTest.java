package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is installed comes out the same from two builds, and starts: {@code bin/dist} says so with exit code 0. */
@EnabledOnOs(OS.LINUX)
class DistTest {
    @TempDir
    Path directory;

    @Test
    @Timeout(1800)
    void shouldBuildTheSameTwiceAndStart() throws Exception {
        Path log = directory.resolve("log");
        Process dist = new ProcessBuilder("../bin/dist")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        dist.getOutputStream().close();
        int exit = dist.waitFor();
        String text = Files.readString(log);
        assertEquals(0, exit, text);
        assertTrue(text.contains("_all.deb") && text.contains("_image.tar") && text.contains(".tar.gz"), text);
    }
}
