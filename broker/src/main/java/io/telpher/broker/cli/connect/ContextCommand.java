package io.telpher.broker.cli.connect;

import io.telpher.broker.cli.output.Output;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Brokers by name, in a file of the user's own. */
@Command(
        name = "context",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Gives brokers names. Which broker a command talks to: --url or --context; else TELPHER_URL or TELPHER_CONTEXT; else the current"
                    + " context; else tq://127.0.0.1:8357.",
            "They are kept in telpher/contexts.toml below XDG_CONFIG_HOME or ~/.config, mode 0600."
        })
public final class ContextCommand {
    private final Path file;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    ContextCommand() {
        this(Contexts.file(System.getenv()));
    }

    ContextCommand(Path file) {
        this.file = file;
    }

    private int say(String text) {
        spec.commandLine().getOut().println(text);
        spec.commandLine().getOut().flush();
        return 0;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "All of them, and which is the current one.")
    int list(@Mixin Output output) throws IOException {
        Contexts contexts = Contexts.read(file);
        List<Map<String, Object>> rows = new ArrayList<>();
        contexts.all().forEach((name, context) -> {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("context", name);
            row.put("url", shown(context.url()));
            row.put("current", name.equals(contexts.current()));
            rows.add(row);
        });
        output.rows(spec.commandLine().getOut(), rows);
        return 0;
    }

    @Command(name = "use", mixinStandardHelpOptions = true, description = "Makes it the current one.")
    int use(@Parameters(paramLabel = "NAME") String name) throws IOException {
        Contexts contexts = Contexts.read(file);
        contexts.find(name);
        new Contexts(name, contexts.all()).write(file);
        return say(name + " is the current context");
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "One of them, or the current one; no secrets.")
    int show(@Mixin Output output, @Parameters(paramLabel = "NAME", arity = "0..1") @Nullable String name)
            throws IOException {
        Contexts contexts = Contexts.read(file);
        String wanted = name == null ? contexts.current() : name;
        if (wanted == null) {
            throw new IllegalArgumentException("there is no current context; tq context use NAME chooses one");
        }
        Contexts.Context context = contexts.find(wanted);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("context", wanted);
        fields.put("current", wanted.equals(contexts.current()));
        context.fields().forEach((key, value) -> fields.put(key, key.equals("token") ? "***" : shown(value)));
        output.fields(spec.commandLine().getOut(), fields);
        return 0;
    }

    /** A URL may hold a token. */
    private static String shown(String value) {
        return value.replaceFirst("//[^/@]*@", "//***@");
    }

    /** The fields of a context, as options. */
    static final class Fields {
        @Option(names = "--url", paramLabel = "URL", description = "tq://host:port or tqs://host:port")
        private @Nullable String url;

        @Option(
                names = "--token-file",
                paramLabel = "FILE",
                description = "Where the token is, mode 0600. Better than --token, which the shell remembers.")
        private @Nullable Path tokenFile;

        @Option(names = "--token", paramLabel = "TOKEN", description = "Kept in contexts.toml itself.")
        private @Nullable String token;

        @Option(names = "--ca", paramLabel = "FILE", description = "Whose certificates are believed, PEM.")
        private @Nullable Path ca;

        @Option(names = "--cert", paramLabel = "FILE", description = "A certificate to show, PEM.")
        private @Nullable Path cert;

        @Option(names = "--key", paramLabel = "FILE", description = "Its key, PKCS#8.")
        private @Nullable Path key;

        Map<String, String> over(Map<String, String> before) {
            if (token != null && tokenFile != null) {
                throw new IllegalArgumentException("give --token-file or --token, not both");
            }
            Map<String, String> fields = new LinkedHashMap<>(before);
            if (token != null || tokenFile != null) {
                fields.remove("token");
                fields.remove("token_file");
            }
            put(fields, "url", url);
            put(fields, "token", token);
            put(fields, "token_file", absolute(tokenFile));
            put(fields, "ca", absolute(ca));
            put(fields, "cert", absolute(cert));
            put(fields, "key", absolute(key));
            return fields;
        }

        private static void put(Map<String, String> fields, String name, @Nullable String value) {
            if (value != null) {
                fields.put(name, value);
            }
        }

        private static @Nullable String absolute(@Nullable Path path) {
            return path == null ? null : path.toAbsolutePath().normalize().toString();
        }
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description = "Makes or changes one; what is not given stays. The first one becomes the current one.")
    int set(@Mixin Fields fields, @Parameters(paramLabel = "NAME") String name) throws IOException {
        Contexts contexts = Contexts.read(file);
        Contexts.Context before = contexts.all().get(name);
        Map<String, String> after = fields.over(before == null ? Map.of() : before.fields());
        String url = after.get("url");
        if (url == null) {
            throw new IllegalArgumentException("a new context needs --url, as in: --url tqs://tq.example.org");
        }
        if (!url.matches("tqs?://[^/\\s]+.*")) {
            throw new IllegalArgumentException("\"" + shown(url) + "\" is not like tq://host:8357 or tqs://host:8357");
        }
        contexts.with(name, new Contexts.Context(after)).write(file);
        return say(name + (before == null ? " is new" : " is changed"));
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Forgets one; the broker is not touched.")
    int delete(@Parameters(paramLabel = "NAME") String name) throws IOException {
        Contexts.read(file).without(name).write(file);
        return say(name + " is forgotten");
    }
}
