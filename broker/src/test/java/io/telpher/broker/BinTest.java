package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** What stands in for Java writes the archive that it is told to, or fails. */
    @ParameterizedTest
    @CsvSource({
        "17.0.15, exit 0, '', telpher-broker-17.0.15.jsa -XX:SharedArchiveFile=H/telpher-broker-17.0.15.jsa -Xshare:auto",
        "24, exit 0, '', telpher-broker-24.jsa -XX:SharedArchiveFile=H/telpher-broker-24.jsa -Xshare:auto",
        "25.0.3, exit 0, '', telpher-broker-25.0.3.aot -XX:AOTCache=H/telpher-broker-25.0.3.aot",
        "25.0.3, exit 0, -XX:+UseParallelGC, telpher-broker-25.0.3.aot -XX:AOTCache=H/telpher-broker-25.0.3.aot",
        "25.0.3, exit 0, -Xint -Xshare:off, telpher-broker-25.0.3.aot",
        "25.0.3, exit 0, -XX:AOTMode=off, telpher-broker-25.0.3.aot",
        "17.0.15, exit 1, '', telpher-broker-17.0.15.jsa",
        "25.0.3, exit 1, '', telpher-broker-25.0.3.aot"
    })
    void shouldKeepAnArchiveOnceThatItsJavaReads(String version, String end, String options, String expected)
            throws Exception {
        Path java = Files.createDirectory(home.resolve("bin")).resolve("java");
        Files.writeString(java, """
                #!/bin/sh
                for word; do
                  case $word in -XX:AOTCacheOutput=* | -XX:ArchiveClassesAtExit=*) echo half >"${word#*=}" ;; esac
                done
                """ + end + "\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        String script = ". ../bin/lib.sh; JAVA_OPTS='" + options + "'; jar=$JAVA_HOME/telpher.jar; "
                + "[ -f \"$jar\" ] || touch -d '1 minute ago' \"$jar\"; require_broker_archive; "
                + "ls $JAVA_HOME | grep -E 'jsa|aot' | grep -v lock; printf '%s\\n' \"${broker_archive_flags[@]}\"";
        String first = bash(script);
        assertTrue(first.startsWith("archiving the broker's classes"), first);
        String second = bash(script).replace(home.toString(), "H").replaceAll("\\s+-Xlog:\\S+", "");
        assertEquals(expected, second.replaceAll("\\s+", " "));
    }

    /** The image has a broker like that of {@code bin/broker}; only its heap is a share of the container's memory. */
    @Test
    void shouldGiveTheImagesJavaTheSameFlags() throws Exception {
        Set<String> ofTheScript = words(bash(". ../bin/lib.sh; printf '%s\\n' $broker_flags"));
        ofTheScript.removeIf(flag -> flag.startsWith("-Xms") || flag.startsWith("-Xmx"));
        ofTheScript.add("-XX:+ExitOnOutOfMemoryError"); // bin/broker, not each command that starts one
        String pom = Files.readString(Path.of("pom.xml"));
        String entry = pom.substring(pom.indexOf("<entrypoint>"), pom.indexOf("</entrypoint>"));
        Set<String> ofTheImage = words(entry.replaceAll("<!--.*?-->|</?arg>|</?entrypoint>", " "));
        ofTheImage.removeIf(word -> !word.startsWith("-X") || word.startsWith("-XX:MaxRAMPercentage="));
        assertEquals(ofTheScript, ofTheImage);
    }

    private static Set<String> words(String text) {
        return new TreeSet<>(List.of(text.strip().split("\\s+")));
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

    /** None of them begins anything: they would take minutes. */
    @ParameterizedTest
    @ValueSource(strings = {"mutants", "simulate", "torture", "crash-images", "fuzz", "alerts", "openapi", "overload"})
    void shouldOnlySayWhatItDoesWhenAskedForHelp(String script) throws Exception {
        String first = Files.readAllLines(Path.of("../bin", script)).get(1);
        String said = bash("../bin/" + script + " --help");
        assertEquals(first.substring("# ".length()), said.lines().findFirst().orElse(""));
    }

    @ParameterizedTest
    @CsvSource({
        "simulate --sede 5, --sede",
        "simulate --cluster --seed, --seed",
        "mutants --only, --only",
        "mutants 3, 3",
        "torture --cluster --minute 1, --minute"
    })
    void shouldRefuseWhatItDoesNotUnderstand(String line, String what) throws Exception {
        String said = bash("../bin/" + line + " && echo done || echo ended $?");
        assertEquals(
                "not understood, or without its value: " + what,
                said.lines().findFirst().orElse(""));
        assertEquals("ended 2", said.lines().reduce("", (before, last) -> last));
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
