package io.telpher.broker.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The configuration as JSON Schema, by which editors complete and check {@code broker.toml}. */
public final class ConfigSchema {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String PROPERTIES = "properties";

    private ConfigSchema() {}

    /** The text of conf/broker.schema.json. */
    public static String text() {
        ObjectNode root = table("Telpher's broker");
        root.put("$schema", "http://json-schema.org/draft-07/schema#");
        ConfigKeys.BROKER.forEach(key -> add(root, key));
        ObjectNode queue = table("Policy of a queue; default holds for every queue that says nothing else.");
        ConfigKeys.QUEUE.forEach(key -> add(queue, key));
        ObjectNode queues = (ObjectNode) properties(root).get(ConfigKeys.QUEUES);
        queues.set("additionalProperties", queue);
        try {
            return JSON.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always JSON", e);
        }
    }

    private static ObjectNode table(String description) {
        ObjectNode table = JSON.createObjectNode();
        table.put("type", "object").put("description", description).put("additionalProperties", false);
        table.putObject(PROPERTIES);
        return table;
    }

    private static ObjectNode properties(ObjectNode table) {
        return (ObjectNode) table.get(PROPERTIES);
    }

    private static void add(ObjectNode root, ConfigKey key) {
        List<String> path = List.of(key.name().split("\\."));
        ObjectNode table = root;
        for (String section : path.subList(0, path.size() - 1)) {
            if (!properties(table).has(section)) {
                properties(table).set(section, table("The keys of " + section + "."));
            }
            table = (ObjectNode) properties(table).get(section);
        }
        properties(table).set(path.get(path.size() - 1), value(key));
    }

    private static ObjectNode value(ConfigKey key) {
        ObjectNode value = JSON.createObjectNode().put("description", key.description());
        switch (key.kind()) {
            case TEXT -> value.put("type", "string").put("default", key.byDefault());
            case NUMBER -> bounds(value.put("type", "integer"), key).put("default", Long.parseLong(key.byDefault()));
            case DECIMAL ->
                bounds(value.put("type", "number"), key).put("default", Double.parseDouble(key.byDefault()));
            case DURATION -> pattern(value, "^\\d+\\s*(ms|s|m|min|h|d)$", key);
            case SIZE -> orInteger(pattern(value, "^\\d+\\s*(B|KiB|MiB|GiB|kB|MB)?$", key), key);
            case PERCENT -> orInteger(pattern(value, "^\\d+\\s*%?$", key), key);
            case FLAG -> value.put("type", "boolean").put("default", Boolean.parseBoolean(key.byDefault()));
            case WORD ->
                key.words().forEach(value.put("default", key.byDefault()).withArray("enum")::add);
        }
        return value;
    }

    private static ObjectNode bounds(ObjectNode value, ConfigKey key) {
        number(value, "minimum", key.min());
        if (key.max() < Double.MAX_VALUE) {
            number(value, "maximum", key.max());
        }
        return value;
    }

    private static void number(ObjectNode value, String name, double bound) {
        if (bound == Math.rint(bound)) {
            value.put(name, (long) bound);
        } else {
            value.put(name, bound);
        }
    }

    private static ObjectNode pattern(ObjectNode value, String pattern, ConfigKey key) {
        return value.put("type", "string").put("pattern", pattern).put("default", key.byDefault());
    }

    /** The pattern holds for strings only. */
    private static void orInteger(ObjectNode value, ConfigKey key) {
        value.putArray("type").add("string").add("integer");
        bounds(value, key);
    }
}
