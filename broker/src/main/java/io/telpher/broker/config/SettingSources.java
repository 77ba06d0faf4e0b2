package io.telpher.broker.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Gathers what was said where: file, conf.d, environment, {@code --set}; what is said later holds. */
final class SettingSources {
    private static final List<String> KEYS = ConfigKeys.names(ConfigKeys.BROKER);
    private static final Set<String> TABLES = tables();
    private static final String PREFIX = "TELPHER_";
    private static final String FILE = "_FILE";

    /** Variables of {@code tq}, often set in the same shell. */
    private static final Set<String> OF_CLIENTS =
            Set.of("TELPHER_URL", "TELPHER_TOKEN", "TELPHER_CONTEXT", "TELPHER_CA", "TELPHER_CERT", "TELPHER_KEY");

    /** Variables that Kubernetes sets in each pod for a service named {@code telpher} or {@code telpher-...}. */
    private static final Pattern OF_KUBERNETES =
            Pattern.compile("TELPHER_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\\d+_(TCP|UDP|SCTP)(_.*)?)?)");

    private final List<String> problems;
    private final Map<String, Setting> settings = new LinkedHashMap<>();

    SettingSources(List<String> problems) {
        this.problems = problems;
    }

    private static Set<String> tables() {
        Set<String> tables = new TreeSet<>(Set.of(ConfigKeys.QUEUES));
        KEYS.stream().filter(key -> key.contains(".")).forEach(key -> tables.add(key.substring(0, key.indexOf('.'))));
        return tables;
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
            String text = Files.readString(file);
            // Some editors begin a file with a byte order mark; TOML does not know it.
            toml = Toml.parse(text.startsWith("\uFEFF") ? text.substring(1) : text);
        } catch (IOException e) {
            problems.add("TQ-1001 can't read " + file + ": " + reason(file, e));
            return;
        }
        int lineBefore = 0;
        for (TomlParseError error : toml.errors()) {
            TomlPosition at = error.position();
            // Further errors in the same line mostly follow from the first.
            if (at.line() != lineBefore) {
                problems.add("TQ-1002 " + name + ":" + at.line() + ":" + at.column() + " " + error.getMessage());
            }
            lineBefore = at.line();
        }
        for (List<String> path : toml.keyPathSet(true)) {
            TomlPosition position = toml.inputPositionOf(path);
            String where = position == null ? name : name + ":" + position.line() + ":" + position.column();
            Object value = toml.get(path);
            if (value instanceof TomlTable table) {
                acceptTable(path, table, where);
            } else if (value instanceof TomlArray && isKnown(path)) {
                problems.add("TQ-1005 " + where + " " + String.join(".", path)
                        + ": an array is not taken here, only one value");
            } else {
                accept(new Setting(path, String.valueOf(value), where));
            }
        }
    }

    /** Keys of the table are looked at one by one; an unknown table without keys is found only here. */
    private void acceptTable(List<String> path, TomlTable table, String where) {
        String name = String.join(".", path);
        if (table.isEmpty() && path.size() == 1 && !TABLES.contains(name)) {
            problems.add("TQ-1003 " + where + " unknown table \"" + name + "\"" + Suggestion.of(name, TABLES));
        }
    }

    private static boolean isKnown(List<String> path) {
        return path.get(0).equals(ConfigKeys.QUEUES) || KEYS.contains(String.join(".", path));
    }

    private static String reason(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        } else if (e instanceof AccessDeniedException) {
            return "this user may not read it";
        } else if (e instanceof CharacterCodingException) {
            return "it is not UTF-8";
        }
        return Files.isDirectory(file) ? "it is a directory" : e.toString();
    }

    /** {@code TELPHER_JOURNAL_DIR} has the value, {@code TELPHER_JOURNAL_DIR_FILE} the name of a file with it. */
    void readEnvironment(Map<String, String> environment) {
        refuseUnknown(environment.keySet());
        for (String key : KEYS) {
            String variable = variable(key);
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

    private static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    /** A typing mistake in a variable's name must not switch a setting off either. */
    private void refuseUnknown(Set<String> variables) {
        List<String> known = KEYS.stream().map(SettingSources::variable).toList();
        for (String variable : new TreeSet<>(variables)) {
            String ofKey =
                    variable.endsWith(FILE) ? variable.substring(0, variable.length() - FILE.length()) : variable;
            if (variable.startsWith(PREFIX)
                    && !known.contains(ofKey)
                    && !OF_CLIENTS.contains(variable)
                    && !OF_KUBERNETES.matcher(variable).matches()) {
                String hint = variable.startsWith(PREFIX + "QUEUES_")
                        ? "; queue policies are said in files or by --set"
                        : Suggestion.of(ofKey, known);
                problems.add("TQ-1003 env " + variable + " is the variable of no key" + hint);
            }
        }
    }

    private void readValueOf(List<String> path, String variable, String file) {
        try {
            String value = Files.readString(Path.of(file)).strip();
            if (value.isEmpty()) {
                // Not as if the variable were not there: a secret that was not filled in switches nothing off.
                problems.add("TQ-1001 env " + variable + ": \"" + file + "\" is empty; write the value into it");
            } else {
                accept(new Setting(path, value, "env " + variable));
            }
        } catch (IOException e) {
            problems.add("TQ-1001 env " + variable + ": can't read \"" + file + "\": " + reason(Path.of(file), e));
        }
    }

    void readSet(String set) {
        int equals = set.indexOf('=');
        if (equals <= 0) {
            problems.add("TQ-1004 --set " + set + " is not like --set http.port=8358");
            return;
        }
        String key = set.substring(0, equals);
        // With the empty parts at the end: of dots alone nothing would be left.
        List<String> path = List.of(key.split("\\.", -1));
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
