package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tests of the clients in other languages, which bring their own, over one broker. */
class OtherLanguagesTest {
    private static final Path CLIENTS = Path.of("..", "clients");

    private static Broker broker;

    @BeforeAll
    static void startBroker(@TempDir Path directory) throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void shouldServeThePythonClient() throws Exception {
        run("python", List.of("python3", "-W", "error", "-B", "-m", "unittest", "test_telpher"));
    }

    @Test
    void shouldServeTheNodeClient() throws Exception {
        run("node", List.of("node", "--test"));
    }

    private static void run(String folder, List<String> command) throws Exception {
        assumeTrue(
                isThere(command.get(0)),
                "NOT CHECKED: " + command.get(0) + " is missing, so clients/" + folder + " was not tested");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(CLIENTS.resolve(folder).toFile())
                .redirectErrorStream(true);
        builder.environment().put("TELPHER_URL", broker.url());
        Process tests = builder.start();
        String output = new String(tests.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, tests.waitFor(), output);
    }

    private static boolean isThere(String tool) throws InterruptedException {
        try {
            return new ProcessBuilder(tool, "--version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
