package io.telpher.broker.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator asks about a broker: version, configuration with the source of each value, journal, JVM.
 *
 * @param directory where everything durable lies; {@code config.json} in it says what holds and who said so
 * @param sync when a confirmation waits for the disk
 */
public record BrokerFacts(String version, Path directory, String sync) {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerFacts.class);
    private static final String CONFIG = "config.json";

    /** @param stats the broker in numbers */
    ObjectNode json(ObjectNode stats) {
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        ObjectNode json = Fields.JSON.createObjectNode();
        json.put("version", version);
        json.put("pid", runtime.getPid());
        TaskJson.time(json, "started_at", runtime.getStartTime());
        json.set("stats", stats);
        ObjectNode journal = json.putObject("journal");
        journal.put("directory", directory.toAbsolutePath().normalize().toString());
        journal.put("sync", sync);
        jvm(json.putObject("jvm"), runtime);
        json.set("config", config());
        return json;
    }

    private static void jvm(ObjectNode json, RuntimeMXBean runtime) {
        Runtime here = Runtime.getRuntime();
        json.put("name", runtime.getVmName());
        json.put("version", runtime.getVmVersion());
        json.put("processors", here.availableProcessors());
        json.put("heap_used_bytes", here.totalMemory() - here.freeMemory());
        json.put("heap_max_bytes", here.maxMemory());
        json.put("threads", ManagementFactory.getThreadMXBean().getThreadCount());
        long collections = 0;
        long pausedMs = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += Math.max(0, collector.getCollectionCount());
            pausedMs += Math.max(0, collector.getCollectionTime());
        }
        json.put("collections", collections);
        json.put("collections_ms", pausedMs);
        json.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    }

    /** Null in a broker that another program started in its own process: only that program knows. */
    private JsonNode config() {
        Path file = directory.resolve(CONFIG);
        try {
            return Files.exists(file) ? Fields.JSON.readTree(Files.readAllBytes(file)) : Fields.JSON.nullNode();
        } catch (IOException e) {
            LOG.warn("can't read {}, so the configuration is not shown", file, e);
            return Fields.JSON.nullNode();
        }
    }
}
