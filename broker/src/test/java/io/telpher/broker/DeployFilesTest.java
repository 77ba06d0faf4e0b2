package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files of {@code docs/deploy} against the schemas of Kubernetes, KEDA, the Prometheus operator and Compose: {@code src/test/manifests},
 * for which {@code bin/test} installs what it needs.
 */
class DeployFilesTest {
    private static final Path CHECK = Path.of("src/test/manifests/check.mjs");
    private static final Path DEPLOY = Path.of("../docs/deploy");

    @TempDir
    Path directory;

    private record Checked(int exit, String said) {}

    @BeforeEach
    void assumeTheSchemas() {
        boolean areThere = Files.isDirectory(CHECK.resolveSibling("node_modules"));
        if (!areThere) {
            System.err.println("SKIPPED: docs/deploy was NOT checked; bin/test installs the schemas that it needs");
        }
        Assumptions.assumeTrue(areThere, "no node_modules beside " + CHECK);
    }

    private static Checked check(List<Path> files) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("node", CHECK.toString()));
        files.forEach(file -> command.add(file.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Checked(process.waitFor(), said);
    }

    @Test
    void shouldFitTheSchemasOfThoseWhoReadThem() throws Exception {
        List<Path> files;
        try (Stream<Path> all = Files.walk(DEPLOY)) {
            files = all.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
        assertTrue(files.size() >= 5, "only " + files);
        assertEquals(new Checked(0, ""), check(files));
    }

    /** A check that finds nothing says something only if it would find what is wrong. */
    @Test
    void shouldFindWhatIsWrong() throws Exception {
        Path unknown = spoilt("kubernetes/telpher.yaml", "livenessProbe", "livenesProbe");
        Path type = spoilt("kubernetes/hpa.yaml", "maxReplicas: 20", "maxReplicas: many");
        Path compose = spoilt("compose.yaml", "restart:", "restrat:");
        Checked checked = check(List.of(unknown, type, compose));
        assertEquals(1, checked.exit(), checked.said());
        for (Path each : List.of(unknown, type, compose)) {
            assertTrue(checked.said().contains(each + ": "), each + " in " + checked.said());
        }
    }

    private Path spoilt(String file, String what, String by) throws IOException {
        String text = Files.readString(DEPLOY.resolve(file));
        assertTrue(text.contains(what), what);
        Path copy = directory.resolve(Path.of(file).getFileName());
        return Files.writeString(copy, text.replace(what, by));
    }
}
