package io.telpher.broker.cli.launch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large a broker's heap is, or would be, whatever the heap of the command that asks.
 *
 * @param whose in words
 */
record BrokerHeap(long bytes, String whose) {
    private static final Pattern XMX = Pattern.compile("-Xmx(\\d+)([kKmMgG]?)");
    private static final String FLAGS = "telpher.broker.flags";

    /** That of the broker which runs on this directory, or else of one that {@code bin/broker} would start here and now. */
    static BrokerHeap of(Path directory) throws IOException {
        Path file = directory.resolve(LiveConfig.FILE);
        if (Files.isReadable(file)) {
            JsonNode json = new ObjectMapper().readTree(file.toFile());
            boolean runs = ProcessHandle.of(json.path("pid").asLong()).isPresent();
            if (runs && json.path(LiveConfig.HEAP).asLong() > 0) {
                return new BrokerHeap(json.path(LiveConfig.HEAP).asLong(), "of the broker that runs");
            }
        }
        String options = System.getenv("JAVA_OPTS");
        return started(System.getProperty(FLAGS, "") + " " + (options == null ? "" : options));
    }

    /** The last one counts, as it does for Java. */
    static BrokerHeap started(String flags) {
        long bytes = 0;
        Matcher sizes = XMX.matcher(flags);
        while (sizes.find()) {
            bytes = Long.parseLong(sizes.group(1)) << shift(sizes.group(2));
        }
        return bytes > 0
                ? new BrokerHeap(bytes, "as bin/broker would start one")
                : new BrokerHeap(Runtime.getRuntime().maxMemory(), "as Java chooses it");
    }

    private static int shift(String unit) {
        return switch (unit.toLowerCase(java.util.Locale.ROOT)) {
            case "k" -> 10;
            case "m" -> 20;
            case "g" -> 30;
            default -> 0;
        };
    }
}
