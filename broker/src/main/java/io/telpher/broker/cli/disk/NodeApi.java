package io.telpher.broker.cli.disk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cli.output.Exit;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Option;

/** The HTTP API of a running node: which one is asked, and by whom. */
public final class NodeApi {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TIMEOUT_MS = 10_000;
    private static final int ERRORS_FROM = 400;

    @Option(
            names = "--http",
            paramLabel = "URL",
            description = "HTTP API of a node; also from TELPHER_HTTP_URL. Default: ${DEFAULT-VALUE}",
            defaultValue = "${env:TELPHER_HTTP_URL:-http://127.0.0.1:8358}")
    private String url = "http://127.0.0.1:8358";

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "Who asks; also from TELPHER_TOKEN.",
            defaultValue = "${env:TELPHER_TOKEN:-}")
    private String token = "";

    JsonNode get(String path) {
        return call(url, token, "GET", path, "");
    }

    JsonNode post(String path, String body) {
        return call(url, token, "POST", path, body);
    }

    /** Asks the node at this URL; a refusal, or none that answers, is an exception that says so. */
    public static JsonNode call(String url, String token, String method, String path, String body) {
        try {
            HttpURLConnection http =
                    (HttpURLConnection) new URI(url + path).toURL().openConnection();
            return call(http, token, method, body);
        } catch (URISyntaxException | MalformedURLException | IllegalArgumentException | ClassCastException e) {
            throw new IllegalArgumentException("--http " + url + " is not like http://host:8358", e);
        } catch (JsonProcessingException e) {
            throw new Unanswered("what answers at " + url + " is no node", Exit.NO_BROKER);
        } catch (IOException e) {
            throw new Unanswered("no node answers at " + url + ": " + e.getMessage(), Exit.NO_BROKER);
        }
    }

    private static JsonNode call(HttpURLConnection http, String token, String method, String body) throws IOException {
        http.setConnectTimeout(TIMEOUT_MS);
        http.setReadTimeout(TIMEOUT_MS);
        http.setRequestMethod(method);
        if (!token.isEmpty()) {
            http.setRequestProperty("Authorization", "Bearer " + token);
        }
        if (!body.isEmpty()) {
            http.setDoOutput(true);
            http.setRequestProperty("Content-Type", "application/json");
            http.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        }
        int status = http.getResponseCode();
        try (InputStream in = status < ERRORS_FROM ? http.getInputStream() : http.getErrorStream()) {
            JsonNode answer = JSON.readTree(in == null ? InputStream.nullInputStream() : in);
            if (status >= ERRORS_FROM) {
                throw new Unanswered(answer.path("detail").asText() + " (" + status + ")", Exit.REFUSED);
            }
            return answer;
        }
    }

    /** The node did not do it. */
    public static final class Unanswered extends RuntimeException {
        private static final long serialVersionUID = 1;

        public final int exit;

        Unanswered(String message, int exit) {
            super(message);
            this.exit = exit;
        }
    }
}
