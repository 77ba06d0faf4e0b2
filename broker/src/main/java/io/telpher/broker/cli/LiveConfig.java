package io.telpher.broker.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.telpher.broker.Broker;
import io.telpher.broker.config.ConfigException;
import io.telpher.broker.config.ConfigLoader;
import io.telpher.broker.config.LoadedConfig;
import io.telpher.broker.config.LoadedConfig.Effective;
import io.telpher.broker.security.UnusableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running broker's configuration. Reads it anew when asked (SIGHUP) and keeps {@code config.json} in the data directory: what holds, who
 * said so, and what came of the last reload.
 */
final class LiveConfig {
    static final String FILE = "config.json";
    private static final Logger LOG = LoggerFactory.getLogger(LiveConfig.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final @Nullable Path file;
    private final Map<String, String> environment;
    private final List<String> sets;
    private LoadedConfig loaded;
    private int reloads;

    LiveConfig(@Nullable Path file, Map<String, String> environment, List<String> sets) throws ConfigException {
        this.file = file;
        this.environment = environment;
        this.sets = sets;
        this.loaded = ConfigLoader.load(file, environment, sets);
    }

    /**
     * What a reload did.
     *
     * @param applied keys whose new value holds now
     * @param needRestart keys whose new value waits for the next start
     * @param problems why nothing was changed
     */
    record Outcome(List<String> applied, List<String> needRestart, List<String> problems) {
        static final Outcome NONE = new Outcome(List.of(), List.of(), List.of());
    }

    synchronized LoadedConfig loaded() {
        return loaded;
    }

    /** Reads everything again. A mistake changes nothing; a key that can't change now is named and keeps its value. */
    synchronized Outcome reload(Broker broker) throws IOException {
        Outcome outcome;
        try {
            LoadedConfig fresh = ConfigLoader.load(file, environment, sets);
            List<String> files = broker.reload(fresh.config());
            outcome = difference(loaded.effective(), fresh.effective());
            outcome.applied().addAll(files);
            Logs.apply(fresh.log());
            loaded = fresh;
        } catch (ConfigException e) {
            outcome = new Outcome(List.of(), List.of(), e.problems());
        } catch (UnusableException e) {
            outcome = new Outcome(List.of(), List.of(), List.of(String.valueOf(e.getMessage())));
        }
        reloads++;
        log(outcome);
        write(broker, outcome);
        return outcome;
    }

    private static Outcome difference(Map<String, Effective> before, Map<String, Effective> after) {
        List<String> applied = new ArrayList<>();
        List<String> needRestart = new ArrayList<>();
        TreeSet<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(after.keySet());
        for (String key : keys) {
            Effective was = before.get(key);
            Effective is = after.get(key);
            if (is == null) {
                needRestart.add(key + " is no longer given; the queue keeps it until it is set otherwise");
            } else if (was == null || !was.value().equals(is.value())) {
                (is.live() ? applied : needRestart).add(key + " = " + is.value());
            }
        }
        return new Outcome(applied, needRestart, List.of());
    }

    private static void log(Outcome outcome) {
        outcome.applied().forEach(line -> LOG.info("TQ-1020 reloaded: {}", line));
        outcome.needRestart().forEach(line -> LOG.warn("TQ-1021 not before the next start: {}", line));
        outcome.problems().forEach(line -> LOG.error("TQ-1022 nothing was reloaded: {}", line));
    }

    /** Appears whole, or not at all; the broker shows the same. */
    synchronized void write(Broker broker, Outcome last) throws IOException {
        Path directory = loaded.config().directory();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("pid", ProcessHandle.current().pid());
        json.put("reloads", reloads);
        json.put("applied", last.applied());
        json.put("need_restart", last.needRestart());
        json.put("problems", last.problems());
        json.put("keys", loaded.effective());
        Path fresh = directory.resolve(FILE + ".new");
        String text = text(json);
        Files.writeString(fresh, text);
        Files.move(fresh, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        broker.showConfig(text);
    }

    private static String text(Map<String, Object> json) {
        try {
            return JSON.writeValueAsString(json) + System.lineSeparator();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of strings is always JSON", e);
        }
    }
}
