package io.telpher.broker.cli.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.cli.Main;
import io.telpher.broker.cli.TqProcess;
import io.telpher.broker.net.StartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A broker that can't start says what is in the way and what to do, and ends with a code that the unit's restart rule knows. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class StartFailureTest {
    @TempDir
    Path directory;

    private final StringWriter err = new StringWriter();

    /** What it says; it has to end with this code. */
    private String refused(int exit, String... more) {
        List<String> arguments = new ArrayList<>(List.of("broker"));
        arguments.addAll(List.of(more));
        for (String port : List.of("listen.port", "http.port")) {
            if (arguments.stream().noneMatch(each -> each.startsWith(port))) {
                arguments.addAll(List.of("--set", port + "=0"));
            }
        }
        int ended = Main.commandLine().setErr(new PrintWriter(err)).execute(arguments.toArray(new String[0]));
        assertEquals(exit, ended, err::toString);
        return err.toString();
    }

    private String dir(Path path) {
        return "journal.dir=" + path;
    }

    @Test
    void shouldNotStartEmptyBesideADiskThatIsNotMounted() {
        Path data = directory.resolve("disk/telpher");
        String said = refused(5, "--set", dir(data));
        assertTrue(said.startsWith("TQ-1013 there is no data directory " + data), said);
        assertTrue(said.contains("mounted?") && said.contains("--create"), said);
        assertFalse(Files.exists(data.getParent()), "nothing is made");
    }

    @Test
    void shouldMakeTheDirectoryButNotTheOneItIsIn() throws Exception {
        try (TqProcess broker = TqProcess.start(
                directory,
                "broker",
                "--create",
                "--set",
                dir(directory.resolve("disk/telpher")),
                "--set",
                "listen.port=0",
                "--set",
                "http.port=0")) {
            assertTrue(broker.line().startsWith("ready "));
            assertEquals(143, broker.terminate());
        }
        try (Broker second =
                Broker.start(BrokerConfig.of(directory.resolve("disk/other")).onFreePorts())) {
            assertTrue(second.port() > 0);
        }
    }

    @Test
    void shouldNameAFileThatIsInTheWay() throws IOException {
        Path file = Files.writeString(directory.resolve("data"), "");
        assertTrue(refused(5, "--set", dir(file)).startsWith("TQ-1014 journal.dir is " + file + ", which is a file"));
        err.getBuffer().setLength(0);
        String below = refused(5, "--set", dir(file.resolve("telpher")));
        assertTrue(below.startsWith("TQ-1014 " + file + " is a file"), below);
        err.getBuffer().setLength(0);
        Path data = Files.createDirectory(directory.resolve("other"));
        Files.writeString(data.resolve("journal"), "");
        String inside = refused(5, "--set", dir(data));
        assertTrue(inside.startsWith("TQ-1014 " + data.resolve("journal")), inside);
    }

    @Test
    void shouldSayWhoHasThePort() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (String section : List.of("listen", "http")) {
                String key = section + ".port=" + taken.getLocalPort();
                String said = refused(6, "--set", dir(directory.resolve(section)), "--set", key);
                assertTrue(
                        said.startsWith("TQ-1016 " + section + ".port: 127.0.0.1:" + taken.getLocalPort()
                                + " is in use by process "
                                + ProcessHandle.current().pid() + " (java)"),
                        said);
                err.getBuffer().setLength(0);
            }
        }
    }

    @Test
    void shouldSayThatAnAddressIsNotThisMachines() {
        String said = refused(
                5,
                "--set",
                dir(directory.resolve("data")),
                "--set",
                "listen.bind=192.0.2.1",
                "--set",
                "security.insecure=true");
        assertTrue(said.startsWith("TQ-1017 can't listen on 192.0.2.1:"), said);
    }

    /** Root without its right to open everything, as the service's user is on another's files. */
    @Test
    void shouldSayWhoseTheDataIs() throws Exception {
        assumeTrue(isRoot(), "this takes root, who owns files of others");
        Path data = Files.createDirectory(
                directory.resolve("data"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.setOwner(
                data, data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
        List<String> command = new ArrayList<>(
                List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"));
        String said = runs(5, command, data);
        assertTrue(said.startsWith("TQ-1015 "), said);
        assertTrue(said.contains("belongs to nobody") && said.contains("runs as root"), said);
    }

    @Test
    void shouldSayThatTheDiskCanOnlyBeRead() throws Exception {
        assumeTrue(isRoot(), "this takes root, who can mount");
        Path data = Files.createDirectory(directory.resolve("data"));
        String mount = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"";
        List<String> command = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", mount, data.toString()));
        String said = runs(5, command, data);
        assertTrue(said.startsWith("TQ-1018 the disk of " + data), said);
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private String runs(int exit, List<String> command, Path data) throws IOException, InterruptedException {
        command.addAll(
                TqProcess.command("broker", "--set", dir(data), "--set", "listen.port=0", "--set", "http.port=0"));
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(exit, process.waitFor(), said);
        return said.lines().filter(line -> line.startsWith("TQ-")).findFirst().orElse(said);
    }

    @Test
    void shouldBeForProgramsToo() {
        StartException refused = assertThrows(
                StartException.class,
                () -> Broker.start(BrokerConfig.of(directory.resolve("a/b")).onFreePorts()));
        assertEquals(StartException.Cure.BY_HAND, refused.cure());
    }
}
