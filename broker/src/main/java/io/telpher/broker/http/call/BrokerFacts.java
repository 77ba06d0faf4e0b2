package io.telpher.broker.http.call;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.TaskJson;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.file.Path;

/** Facts about a broker for operators: version, configuration with the source of each value, journal, JVM. */
public final class BrokerFacts {
    private final String version;
    private final Path directory;
    private final String sync;
    /** Null in a broker that another program started in its own process: only that program knows. */
    private volatile JsonNode config = JsonBody.JSON.nullNode();

    /**
     * @param directory where everything durable lies
     * @param sync when a confirmation waits for the disk
     */
    public BrokerFacts(String version, Path directory, String sync) {
        this.version = version;
        this.directory = directory;
        this.sync = sync;
    }

    /** Sets the configuration to show, with the source of each value, as JSON. Any thread. */
    public void config(String json) {
        try {
            config = JsonBody.JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the configuration is not valid JSON", e);
        }
    }

    /** @param stats the broker in numbers */
    public ObjectNode json(ObjectNode stats) {
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("version", version);
        json.put("pid", runtime.getPid());
        TaskJson.time(json, "started_at", runtime.getStartTime());
        json.set("stats", stats);
        ObjectNode journal = json.putObject("journal");
        journal.put("directory", directory.toAbsolutePath().normalize().toString());
        journal.put("sync", sync);
        jvm(json.putObject("jvm"), runtime);
        json.set("config", config);
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
}
