package io.telpher.benchmarks.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** One file with text, figures, and the plots' library inside: it opens without a network, and can be sent as it is. */
public final class HtmlPage {
    private static final ObjectMapper JSON = new ObjectMapper();

    private HtmlPage() {}

    /** A run of {@code bin/bench rivals}. */
    public static void ofRivals(Path file, RunFile run, String command) throws IOException {
        List<Map<String, String>> standings = Standing.of(run.rows()).stream()
                .map(each -> Map.of(
                        "workload", each.workload().key(),
                        "figure", each.figure().text(),
                        "through", each.through(),
                        "telpher", each.telpher(),
                        "best", each.bestText(),
                        "ratio", each.ratioText()))
                .toList();
        List<Map<String, Object>> workloads = Stream.of(Workload.values())
                .map(each -> Map.<String, Object>of(
                        "key",
                        each.key(),
                        "text",
                        each.text(),
                        "figures",
                        each.figures().stream()
                                .map(figure -> Map.of("key", figure.key(), "text", figure.text()))
                                .toList()))
                .toList();
        write(
                file,
                "Telpher beside other brokers",
                "rivals.js",
                Map.of(
                        "command", command,
                        "machine", run.machine().text(),
                        "rows", run.rows(),
                        "standings", standings,
                        "workloads", workloads));
    }

    /**
     * Writes one.
     *
     * @param script among this package's resources; it finds {@code data} and fills the element {@code main}
     */
    public static void write(Path file, String title, String script, Map<String, Object> data) throws IOException {
        // "</script>" inside a string would end the page's script.
        String json = JSON.writeValueAsString(data).replace("</", "<\\/");
        Files.writeString(
                file,
                resource("page.html")
                        .replace("@TITLE@", title)
                        .replace("@CSS@", resource("uPlot.min.css"))
                        .replace("@UPLOT@", resource("uPlot.iife.min.js"))
                        .replace("@DATA@", json)
                        .replace("@SCRIPT@", resource(script)));
    }

    private static String resource(String name) throws IOException {
        // Not beside the classes by package name alone: uPlot's files are unpacked there by the build.
        try (InputStream in = HtmlPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(
                        "expected " + name + " in the jar; build it again: mvn -pl benchmarks -am package");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
