package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules for Prometheus do what the handbook says, on series as a broker shows them. */
class PrometheusRulesTest {
    private static final Path MONITORING = Path.of("../docs/monitoring");
    private static final Path CASES = Path.of("src/test/monitoring/alerts.test.yml");
    private static final Pattern ALERT = Pattern.compile("- alert: (\\w+)");

    @TempDir
    Path directory;

    private static void promtool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "there is no promtool; it comes with Debian's package prometheus");
            throw e;
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }

    @Test
    void shouldBeRulesAndAConfigurationThatPrometheusTakes() throws Exception {
        promtool("check", "rules", text("alerts.yml"), text("scaling.yml"));
        promtool("check", "config", text("prometheus.yml"));
    }

    private static String text(String name) {
        return MONITORING.resolve(name).toString();
    }

    @Test
    void shouldFireWhenTheyShouldAndOnlyThen() throws Exception {
        promtool("test", "rules", CASES.toString());
    }

    /** An alert that nobody saw firing may be one that never does. */
    @Test
    void shouldHaveACaseAndAPageForEachAlert() throws Exception {
        String cases = Files.readString(CASES);
        String handbook = Files.readString(Path.of("../docs/OPERATIONS.md"));
        Matcher alerts = ALERT.matcher(Files.readString(MONITORING.resolve("alerts.yml")));
        int count = 0;
        while (alerts.find()) {
            String name = alerts.group(1);
            assertTrue(
                    cases.contains("alertname: " + name + "\n        exp_alerts:"),
                    "no case in which " + name + " fires");
            assertTrue(handbook.contains("| " + name + " |"), "the handbook does not say what to do about " + name);
            count++;
        }
        assertTrue(count >= 15, "only " + count + " alerts");
    }

    /** Name and names of the labels; Prometheus adds instance and job. */
    private static Set<String> shapes(String text, Pattern series) {
        Set<String> shapes = new TreeSet<>();
        Matcher each = series.matcher(text);
        while (each.find()) {
            Set<String> labels = new TreeSet<>();
            Matcher label = Pattern.compile("(\\w+)=\"").matcher(each.group(2) == null ? "" : each.group(2));
            while (label.find()) {
                labels.add(label.group(1));
            }
            labels.removeAll(Set.of("instance", "job"));
            shapes.add(each.group(1) + labels);
        }
        return shapes;
    }

    private static Set<String> tried() throws IOException {
        return shapes(Files.readString(CASES), Pattern.compile("series: '(telpher_\\w+)(\\{[^}]*})?'"));
    }

    private static Set<String> shown(String scrape) {
        return shapes(scrape, Pattern.compile("(?m)^(telpher_\\w+)(\\{[^}]*})? "));
    }

    private static boolean isOfACluster(String series) {
        return series.startsWith("telpher_raft_") || series.startsWith("telpher_node_");
    }

    /** What the rules for clusters are tried on, and this node of one does not show. */
    static Set<String> triedAndNotShown(String scrape) throws IOException {
        Set<String> tried = tried();
        tried.removeIf(series -> !isOfACluster(series));
        assertTrue(tried.size() > 5, tried::toString);
        tried.removeAll(shown(scrape));
        return tried;
    }

    @Test
    void shouldBeTriedOnSeriesAsABrokerShowsThem() throws Exception {
        Set<String> tried = tried();
        tried.removeIf(PrometheusRulesTest::isOfACluster); // ClusterTest looks for these
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            telpher.submit(TaskSpec.type("mail").queue("mail").payload("x"));
            String scrape = new HttpCaller(broker).send("GET", "/metrics", "").body();
            tried.removeAll(shown(scrape));
            assertEquals(Set.of(), tried);
        }
    }
}
