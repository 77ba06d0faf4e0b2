package io.telpher.broker.cli.connect;

import io.telpher.broker.cli.output.Printable;
import io.telpher.broker.config.Suggestion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * Brokers by name, for the user of the command: {@code contexts.toml} below {@code XDG_CONFIG_HOME} or {@code ~/.config}. It may hold
 * tokens, so only its owner may read it.
 *
 * @param current what commands use when nothing says otherwise; null = none
 */
record Contexts(@Nullable String current, Map<String, Context> all) {
    static final List<String> FIELDS = List.of("url", "token", "token_file", "ca", "cert", "key");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Set<PosixFilePermission> OF_OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    /** Fields by {@link #FIELDS}; there is always a url. */
    record Context(Map<String, String> fields) {
        String url() {
            return fields.getOrDefault("url", "");
        }

        String field(String name) {
            return fields.getOrDefault(name, "");
        }

        /** In the file, or in the file that it names; empty = none. */
        String token() throws IOException {
            String file = field("token_file");
            if (file.isEmpty()) {
                return field("token");
            }
            requirePrivate(Path.of(file));
            return Files.readString(Path.of(file)).strip();
        }
    }

    /** @param environment XDG_CONFIG_HOME counts */
    static Path file(Map<String, String> environment) {
        String base = environment.getOrDefault("XDG_CONFIG_HOME", "");
        Path config = base.isEmpty() ? Path.of(System.getProperty("user.home"), ".config") : Path.of(base);
        return config.resolve("telpher").resolve("contexts.toml");
    }

    /** None when the file is not there. */
    static Contexts read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new Contexts(null, Map.of());
        }
        requirePrivate(file);
        TomlParseResult toml = Toml.parse(file);
        if (toml.hasErrors()) {
            throw unusable(file, toml.errors().get(0).toString());
        }
        Map<String, Context> all = new TreeMap<>();
        TomlTable tables = toml.getTableOrEmpty("contexts");
        for (String name : tables.keySet()) {
            if (!(tables.get(List.of(name)) instanceof TomlTable table)) {
                throw unusable(file, "contexts." + name + " is not a table");
            }
            all.put(name, context(file, name, table));
        }
        return new Contexts(toml.getString("current"), all);
    }

    private static Context context(Path file, String name, TomlTable table) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String key : table.keySet()) {
            if (!FIELDS.contains(key)) {
                throw unusable(
                        file, "contexts." + name + " has an unknown key \"" + key + "\"" + Suggestion.of(key, FIELDS));
            }
            fields.put(key, String.valueOf(table.get(List.of(key))));
        }
        if (!fields.containsKey("url")) {
            throw unusable(file, "contexts." + name + " has no url");
        }
        return new Context(fields);
    }

    private static IllegalArgumentException unusable(Path file, String why) {
        return new IllegalArgumentException("TQ-4010 " + file + " can't be used: " + why);
    }

    private static void requirePrivate(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw unusable(file, "it is not there");
        }
        if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
            Set<PosixFilePermission> given = Files.getPosixFilePermissions(file);
            if (given.stream().anyMatch(OF_OTHERS::contains)) {
                throw unusable(file, "others can open it; type: chmod 600 " + file);
            }
        }
    }

    /** @throws IllegalArgumentException when there is none of this name; says which may have been meant */
    Context find(String name) {
        Context found = all.get(name);
        if (found == null) {
            String way = Suggestion.of(name, all.keySet());
            throw new IllegalArgumentException("there is no context \"" + name + "\""
                    + (way.isEmpty() ? "; tq context list shows them, tq context set makes one" : way));
        }
        return found;
    }

    Contexts with(String name, Context context) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a context's name is 1 to 64 of [A-Za-z0-9._-], not \"" + Printable.line(name) + "\"");
        }
        Map<String, Context> more = new TreeMap<>(all);
        more.put(name, context);
        return new Contexts(current == null ? name : current, more);
    }

    Contexts without(String name) {
        find(name);
        Map<String, Context> rest = new TreeMap<>(all);
        rest.remove(name);
        return new Contexts(name.equals(current) ? null : current, rest);
    }

    /** Appears whole, or not at all. */
    void write(Path file) throws IOException {
        StringBuilder text = new StringBuilder("# Brokers that tq knows by name; see tq context --help.\n");
        if (current != null) {
            text.append("current = ").append(quoted(current)).append('\n');
        }
        all.forEach((name, context) -> {
            text.append("\n[contexts.").append(quoted(name)).append("]\n");
            context.fields.forEach((key, value) ->
                    text.append(key).append(" = ").append(quoted(value)).append('\n'));
        });
        Path directory = file.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        // Made with 0600, before anything is in it.
        Path fresh = Files.createTempFile(directory, "contexts", ".new");
        Files.writeString(fresh, text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String quoted(String text) {
        return '"' + Toml.tomlEscape(text).toString() + '"';
    }
}
