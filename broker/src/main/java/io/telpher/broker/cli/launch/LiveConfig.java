package io.telpher.broker.cli.launch;

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
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running broker's configuration. Reads it anew when asked (SIGHUP) and keeps {@code config.json} in the data directory: what holds, who
 * said so, and what came of the last reload.
 */
public final class LiveConfig {
    static final String FILE = "config.json";
    /** Of the running broker. */
    static final String HEAP = "heap_max_bytes";

    private static final Logger LOG = LoggerFactory.getLogger(LiveConfig.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final @Nullable Path file;
    private final Map<String, String> environment;
    private final List<String> sets;
    private final LoadedConfig loaded;
    private Map<String, Effective> holding;
    private int reloads;

    public LiveConfig(@Nullable Path file, Map<String, String> environment, List<String> sets) throws ConfigException {
        this.file = file;
        this.environment = environment;
        this.sets = sets;
        this.loaded = ConfigLoader.load(file, environment, sets);
        this.holding = loaded.effective();
    }

    /**
     * The outcome of a reload.
     *
     * @param applied keys whose new value holds now
     * @param needRestart keys whose new value waits for the next start
     * @param refused queues whose policy the broker did not take, and why; they stay as they were while the rest holds
     * @param problems why nothing was changed
     */
    record Outcome(List<String> applied, List<String> needRestart, List<String> refused, List<String> problems) {
        static final Outcome NONE = new Outcome(List.of(), List.of(), List.of(), List.of());

        static Outcome nothing(List<String> problems) {
            return new Outcome(List.of(), List.of(), List.of(), problems);
        }
    }

    /** As it was at the start. */
    public LoadedConfig loaded() {
        return loaded;
    }

    /**
     * Reads everything again. A mistake changes nothing; a key that can't change now, and a queue whose policy is refused, are named and keep what
     * they had.
     */
    synchronized Outcome reload(Broker broker) throws IOException {
        Outcome outcome;
        try {
            LoadedConfig fresh = ConfigLoader.load(file, environment, sets);
            Broker.Reloaded reloaded = broker.reload(fresh.config());
            outcome = takeUp(fresh.effective(), reloaded);
            outcome.applied().addAll(reloaded.files());
            Logs.apply(fresh.log());
        } catch (ConfigException e) {
            outcome = Outcome.nothing(e.problems());
        } catch (UnusableException e) {
            outcome = Outcome.nothing(List.of(String.valueOf(e.getMessage())));
        }
        reloads++;
        log(outcome);
        write(broker, outcome);
        return outcome;
    }

    private Outcome takeUp(Map<String, Effective> wanted, Broker.Reloaded reloaded) {
        List<String> applied = new ArrayList<>();
        List<String> needRestart = new ArrayList<>();
        Map<String, Effective> holds = new LinkedHashMap<>(wanted);
        TreeSet<String> keys = new TreeSet<>(holding.keySet());
        keys.addAll(wanted.keySet());
        for (String key : keys) {
            Effective was = holding.get(key);
            Effective is = wanted.get(key);
            if (isOfOne(key, reloaded.refused().keySet())) {
                keep(key, was, holds);
            } else if (is == null) {
                needRestart.add(key + " is no longer given; the queue keeps it until it is set otherwise");
            } else if (was == null || !was.value().equals(is.value())) {
                (is.live() ? applied : needRestart).add(key + " = " + is.value());
                if (!is.live()) {
                    keep(key, was, holds);
                }
            }
        }
        holding = holds;
        List<String> refused = new ArrayList<>();
        reloaded.refused().forEach((queue, why) -> refused.add("queues." + queue + " stays as it was: " + why));
        if (!reloaded.isAnswered()) {
            refused.add("queues: the broker did not answer in time; reload again to see what holds");
        }
        return new Outcome(applied, needRestart, refused, List.of());
    }

    private static void keep(String key, @Nullable Effective was, Map<String, Effective> holds) {
        if (was == null) {
            holds.remove(key);
        } else {
            holds.put(key, was);
        }
    }

    /** A queue's name may hold dots; the field behind it does not. */
    private static boolean isOfOne(String key, Set<String> queues) {
        String prefix = "queues.";
        int field = key.lastIndexOf('.');
        // queues.idle_ttl is the broker's own.
        return key.startsWith(prefix)
                && field >= prefix.length()
                && queues.contains(key.substring(prefix.length(), field));
    }

    private static void log(Outcome outcome) {
        outcome.applied().forEach(line -> LOG.info("TQ-1020 reloaded: {}", line));
        outcome.needRestart().forEach(line -> LOG.warn("TQ-1021 not before the next start: {}", line));
        outcome.refused().forEach(line -> LOG.error("TQ-1024 not in effect: {}", line));
        outcome.problems().forEach(line -> LOG.error("TQ-1022 nothing was reloaded: {}", line));
    }

    /** Appears whole, or not at all; the broker shows the same. */
    synchronized void write(Broker broker, Outcome last) throws IOException {
        Path directory = loaded.config().directory();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("pid", ProcessHandle.current().pid());
        json.put(HEAP, Runtime.getRuntime().maxMemory());
        json.put("reloads", reloads);
        json.put("applied", last.applied());
        json.put("need_restart", last.needRestart());
        json.put("refused", last.refused());
        json.put("problems", last.problems());
        json.put("keys", holding);
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
