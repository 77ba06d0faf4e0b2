package io.telpher.broker.cli.connect;

import io.telpher.client.Telpher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which broker to talk to: options of every command that does. An option counts more than the environment, that more than the current context. */
public final class Connect {
    private static final String DEFAULT = "tq://127.0.0.1:8357";

    @Option(
            names = {"-u", "--url"},
            paramLabel = "URL",
            description =
                    "tq://[token@]host:port; tqs:// with TLS and ?ca=FILE&cert=FILE&key=FILE; also from TELPHER_URL, the token from"
                            + " TELPHER_TOKEN. Default: that of the current context, or " + DEFAULT)
    private @Nullable String url;

    @Option(
            names = "--context",
            paramLabel = "NAME",
            description = "One of tq context list; also from TELPHER_CONTEXT.")
    private @Nullable String context;

    public Connect() {}

    public Connect(@Nullable String url, @Nullable String context) {
        this.url = url;
        this.context = context;
    }

    public Telpher connect() {
        return Telpher.connect(
                url(System.getenv()), "tq pid " + ProcessHandle.current().pid());
    }

    /** The URL without what may be a secret. */
    public String address() {
        return withoutSecrets(url(System.getenv()));
    }

    public static String withoutSecrets(String url) {
        return url.replaceFirst("//[^/@]*@", "//").replaceFirst("\\?.*", "");
    }

    /** The client's URL: of the options, else of the environment, else of the current context. */
    String url(Map<String, String> environment) {
        if (url != null && context != null) {
            throw new IllegalArgumentException("give --url or --context, not both");
        }
        if (url != null) {
            return url;
        }
        try {
            String ofEnvironment = environment.getOrDefault("TELPHER_URL", "");
            if (context == null && !ofEnvironment.isEmpty()) {
                return ofEnvironment;
            }
            Contexts contexts = Contexts.read(Contexts.file(environment));
            String named = context != null ? context : environment.getOrDefault("TELPHER_CONTEXT", "");
            if (!named.isEmpty()) {
                return url(contexts.find(named), Map.of());
            }
            return contexts.current() == null ? DEFAULT : url(contexts.find(contexts.current()), environment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param over what of it says the same as the context counts more */
    private static String url(Contexts.Context context, Map<String, String> over) throws IOException {
        String url = context.url();
        boolean hasToken = url.matches("[^/]*//[^/]*@.*")
                || !over.getOrDefault("TELPHER_TOKEN", "").isEmpty();
        String token = hasToken ? "" : context.token();
        if (!token.isEmpty()) {
            url = url.replaceFirst("//", "//" + encoded(token) + "@");
        }
        List<String> options = new ArrayList<>();
        for (String file : List.of("ca", "cert", "key")) {
            String variable = "TELPHER_" + file.toUpperCase(java.util.Locale.ROOT);
            if (!context.field(file).isEmpty()
                    && over.getOrDefault(variable, "").isEmpty()) {
                options.add(file + "=" + encoded(context.field(file)));
            }
        }
        return options.isEmpty() ? url : url + (url.contains("?") ? "&" : "?") + String.join("&", options);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
