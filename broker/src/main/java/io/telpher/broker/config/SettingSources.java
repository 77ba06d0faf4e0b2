package io.telpher.broker.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;

/** Gathers what was said where: file, conf.d, environment, {@code --set}; what is said later holds. */
final class SettingSources {
    private static final List<String> KEYS = ConfigKeys.names(ConfigKeys.BROKER);

    private final List<String> problems;
    private final Map<String, Setting> settings = new LinkedHashMap<>();

    SettingSources(List<String> problems) {
        this.problems = problems;
    }

    Map<String, Setting> settings() {
        return settings;
    }

    /** The file, then {@code conf.d/*.toml} beside it in the order of their names. */
    void readFiles(Path file) {
        readFile(file, file.getFileName().toString());
        Path directory = file.resolveSibling("conf.d");
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            entries.filter(entry -> entry.toString().endsWith(".toml"))
                    .sorted()
                    .forEach(entry -> readFile(entry, "conf.d/" + entry.getFileName()));
        } catch (IOException e) {
            problems.add("TQ-1001 can't read " + directory + ": " + e);
        }
    }

    private void readFile(Path file, String name) {
        TomlParseResult toml;
        try {
            toml = Toml.parse(Files.readString(file));
        } catch (IOException e) {
            problems.add("TQ-1001 can't read " + file + ": " + e);
            return;
        }
        toml.errors()
                .forEach(error -> problems.add("TQ-1002 " + name + ":"
                        + error.position().line() + ":" + error.position().column() + " " + error.getMessage()));
        for (List<String> path : toml.keyPathSet()) {
            TomlPosition position = toml.inputPositionOf(path);
            String where = position == null ? name : name + ":" + position.line() + ":" + position.column();
            accept(new Setting(path, String.valueOf(toml.get(path)), where));
        }
    }

    /** {@code TELPHER_JOURNAL_DIR} has the value, {@code TELPHER_JOURNAL_DIR_FILE} the name of a file with it. */
    void readEnvironment(Map<String, String> environment) {
        for (String key : KEYS) {
            String variable = "TELPHER_" + key.toUpperCase(Locale.ROOT).replace('.', '_');
            String value = environment.get(variable);
            String file = environment.get(variable + "_FILE");
            List<String> path = List.of(key.split("\\."));
            if (value != null && file != null) {
                problems.add(
                        "TQ-1007 env " + variable + " and " + variable + "_FILE are both set; which one is meant?");
            } else if (value != null) {
                accept(new Setting(path, value, "env " + variable));
            } else if (file != null) {
                readValueOf(path, variable + "_FILE", file);
            }
        }
    }

    private void readValueOf(List<String> path, String variable, String file) {
        try {
            accept(new Setting(path, Files.readString(Path.of(file)).strip(), "env " + variable));
        } catch (IOException e) {
            problems.add("TQ-1001 env " + variable + ": can't read " + file + ": " + e);
        }
    }

    void readSet(String set) {
        int equals = set.indexOf('=');
        if (equals <= 0) {
            problems.add("TQ-1004 --set " + set + " is not like --set http.port=8358");
            return;
        }
        String key = set.substring(0, equals);
        List<String> path = List.of(key.split("\\."));
        if (path.size() > 2 && path.get(0).equals(ConfigKeys.QUEUES)) {
            // A queue's name may hold dots; the field after the last one does not.
            int last = key.lastIndexOf('.');
            path = List.of(
                    ConfigKeys.QUEUES, key.substring(ConfigKeys.QUEUES.length() + 1, last), key.substring(last + 1));
        }
        accept(new Setting(path, set.substring(equals + 1), "--set"));
    }

    private void accept(Setting setting) {
        if (setting.isOfQueue() || KEYS.contains(setting.key())) {
            settings.put(setting.key(), setting);
        } else {
            problems.add("TQ-1003 " + setting.where() + " unknown key \"" + setting.key() + "\""
                    + Suggestion.of(setting.key(), KEYS));
        }
    }
}
