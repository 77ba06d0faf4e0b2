package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the start scripts do before Java runs. */
@EnabledOnOs(OS.LINUX)
class BinTest {
    @TempDir
    Path home;

    @ParameterizedTest
    @CsvSource({
        "17.0.15, ''",
        "23, ''",
        "24, --sun-misc-unsafe-memory-access=allow",
        "25.0.3, --sun-misc-unsafe-memory-access=allow",
        "'', ''"
    })
    void shouldGiveJavaTheFlagsThatItsVersionKnows(String version, String flags) throws Exception {
        Path java = Files.createDirectory(home.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        if (!version.isEmpty()) {
            Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n");
        }
        assertEquals(flags, bash(". ../bin/lib.sh; java_flags"));
    }

    /** {@code nohup bin/broker &} is how many start it; {@code tq config reload} should work all the same. */
    @Test
    void shouldHearAHangUpAlsoUnderNohup() throws Exception {
        String deaf = "sh -c 'kill -HUP $$; echo deaf'";
        assertEquals("deaf", bash("trap '' HUP; " + deaf));
        assertEquals(
                "ended 129",
                bash("exec 2>/dev/null; trap '' HUP; (. ../bin/lib.sh; hear_hangup " + deaf + ") || echo ended $?"));
    }

    private String bash(String line) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-euo", "pipefail", "-c", line);
        builder.environment().put("JAVA_HOME", home.toString());
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output.strip();
    }
}
