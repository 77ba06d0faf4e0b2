package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.client.Telpher;
import io.telpher.protocol.frame.Frame;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client in an application that is still on Netty 4.1, and that gives Java no flag; the other tests run it on the broker's 4.2. */
class ClientOnOldestNettyTest {
    private static final Path NETTY = Path.of("target", "client-netty");

    @Test
    void shouldSubmitAndWork(@TempDir Path directory) throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts())) {
            Process application = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            classPath(),
                            OldestNettyClient.class.getName(),
                            broker.url())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String said = new String(application.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, application.waitFor());
            assertEquals(nettyVersion() + " COMPLETED hello", said.strip());
        }
    }

    private static String classPath() throws Exception {
        Stream<Path> ours = Stream.of(home(OldestNettyClient.class), home(Telpher.class), home(Frame.class));
        return Stream.concat(ours, jars().stream()).map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static Path home(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private static List<Path> jars() throws Exception {
        try (Stream<Path> jars = Files.list(NETTY)) {
            return jars.sorted().toList();
        }
    }

    private static String nettyVersion() throws Exception {
        String handler = jars().stream()
                .map(jar -> jar.getFileName().toString())
                .filter(name -> name.startsWith("netty-handler-"))
                .findFirst()
                .orElseThrow();
        return handler.substring("netty-handler-".length(), handler.length() - ".jar".length());
    }
}
