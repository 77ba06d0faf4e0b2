package io.telpher.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.config.ConfigKey.Kind;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What an editor with the schema calls right, the broker takes, and what it calls wrong, it refuses: of every number there is, at its bounds. */
class BoundsTest {
    private static final Set<Kind> NUMBERS = Set.of(Kind.NUMBER, Kind.DECIMAL, Kind.PERCENT);

    @TempDir
    Path directory;

    static Stream<Arguments> bounds() throws Exception {
        JsonNode schema = new ObjectMapper().readTree(ConfigSchema.text());
        Stream<Arguments> ofBroker = ConfigKeys.BROKER.stream()
                .filter(key -> NUMBERS.contains(key.kind()))
                .map(key ->
                        Arguments.of(key.name(), at(schema, List.of(key.name().split("\\.")))));
        JsonNode queue = schema.path("properties").path("queues").path("additionalProperties");
        Stream<Arguments> ofQueues = ConfigKeys.QUEUE.stream()
                .filter(key -> NUMBERS.contains(key.kind()))
                .map(key -> Arguments.of("queues.mail." + key.name(), at(queue, List.of(key.name()))));
        return Stream.concat(ofBroker, ofQueues);
    }

    private static JsonNode at(JsonNode table, List<String> path) {
        JsonNode found = table;
        for (String part : path) {
            found = found.path("properties").path(part);
        }
        return found;
    }

    @ParameterizedTest
    @MethodSource("bounds")
    void shouldHoldForTheSchemaAndTheBrokerAlike(String key, JsonNode inSchema) throws Exception {
        assertTrue(inSchema.has("minimum"), () -> key + " in the schema: " + inSchema);
        BigDecimal min = inSchema.get("minimum").decimalValue();
        BigDecimal step = inSchema.path("type").asText().equals("number") ? new BigDecimal("0.001") : BigDecimal.ONE;
        assertEquals(List.of(), problems(key, min));
        assertEquals(1, problems(key, min.subtract(step)).size(), key + " below " + min);
        if (inSchema.has("maximum")) {
            BigDecimal max = inSchema.get("maximum").decimalValue();
            assertEquals(List.of(), problems(key, max));
            assertEquals(1, problems(key, max.add(step)).size(), key + " above " + max);
        } else {
            assertEquals(List.of(), problems(key, new BigDecimal(Integer.MAX_VALUE)));
        }
    }

    private List<String> problems(String key, BigDecimal value) throws Exception {
        Path file = Files.writeString(directory.resolve("broker.toml"), key + " = " + value.toPlainString() + "\n");
        try {
            ConfigLoader.load(file, Map.of(), List.of());
            return List.of();
        } catch (ConfigException e) {
            return e.problems();
        }
    }
}
