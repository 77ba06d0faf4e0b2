package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.fail;

import io.telpher.client.PermanentFailure;
import io.telpher.client.ReservedTask;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The web page in a headless Chromium: {@code src/test/browser}, each of whose cases counts here. {@code bin/test} installs what it needs. */
class BrowserTest {
    private static final Path SCRIPTS = Path.of("src/test/browser").toAbsolutePath();
    private static final Path CHROMIUM = Path.of(System.getenv().getOrDefault("CHROMIUM", "/usr/bin/chromium"));
    private static final int SECONDS_MAX = 300;

    @TempDir
    Path directory;

    /** Where to leave what was seen; empty = nowhere. */
    private static final String PICTURES = System.getenv().getOrDefault("PAGE_PICTURES", "");

    @TestFactory
    @Timeout(SECONDS_MAX + 60)
    Stream<DynamicTest> shouldWorkInABrowser() throws Exception {
        assumeABrowser();
        try (Broker broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
                Telpher telpher = Telpher.builder(broker.url()).version("2.0.1").connect();
                Telpher older = Telpher.builder(broker.url()).version("2.0.0").connect();
                Worker previous = older.worker("mail").name("worker-0").start(task -> work(task));
                Worker worker = telpher.worker("mail", "thumbnails")
                        .name("worker-1")
                        .concurrency(2)
                        .start(task -> work(task))) {
            makeWork(broker, telpher);
            return cases(List.of("page.mjs", "http://" + broker.httpAddress(), PICTURES));
        }
    }

    private static Result work(ReservedTask task) {
        if (task.text().contains("bad")) {
            throw new PermanentFailure("550 no such mailbox: user" + task.id() + "@example.org");
        }
        return Result.of("text/plain", "sent".getBytes(StandardCharsets.UTF_8));
    }

    @TestFactory
    @Timeout(SECONDS_MAX + 60)
    Stream<DynamicTest> shouldOfferWhatATokenAllows() throws Exception {
        assumeABrowser();
        try (SecuredBroker secured = SecuredBroker.start(directory)) {
            return cases(List.of(
                    "tokens.mjs",
                    "http://" + secured.broker().httpAddress(),
                    secured.token("reader", List.of("read"), List.of()),
                    secured.token("operator", List.of("admin"), List.of()),
                    secured.token("team", List.of("read", "admin:mail"), List.of())));
        }
    }

    private static void assumeABrowser() {
        boolean isThere = Files.isExecutable(CHROMIUM) && Files.isDirectory(SCRIPTS.resolve("node_modules"));
        if (!isThere) {
            System.err.println(
                    "SKIPPED: the web page was NOT tested; bin/test installs chromium and the node_modules that it"
                            + " needs");
        }
        Assumptions.assumeTrue(isThere, "no Chromium, or no node_modules in " + SCRIPTS);
    }

    private static void makeWork(Broker broker, Telpher telpher) throws Exception {
        String last = "";
        for (int i = 0; i < 60; i++) {
            String payload = i % 5 == 0 ? "bad address " + i : "hello " + i;
            last = telpher.submit(TaskSpec.type("welcome").queue("mail").payload(payload))
                    .id();
            telpher.submit(TaskSpec.type("resize").queue("reports").payload("report " + i));
        }
        telpher.submit(TaskSpec.type("report").queue("reports").payload("later").delayMs(3_600_000));
        telpher.submit(TaskSpec.type("none").queue("idle").payload("none").delayMs(3_600_000));
        HttpCaller caller = new HttpCaller(broker);
        while (!HttpCaller.json(caller.send("GET", "/api/v1/tasks/" + last, ""))
                .get("state")
                .asText()
                .equals(TaskState.COMPLETED.word())) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** @param script with its arguments; empty ones are left out */
    private static Stream<DynamicTest> cases(List<String> script) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("node"));
        script.stream().filter(argument -> !argument.isEmpty()).forEach(command::add);
        Process node = new ProcessBuilder(command)
                .directory(SCRIPTS.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<DynamicTest> cases = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("ok ")) {
                    cases.add(DynamicTest.dynamicTest(line.substring("ok ".length()), () -> {}));
                } else if (line.startsWith("not ok ")) {
                    String what = line.substring("not ok ".length());
                    cases.add(DynamicTest.dynamicTest(what, () -> fail(what)));
                } else {
                    System.out.println(line);
                }
            }
        }
        int status = node.waitFor();
        if (cases.isEmpty() || status > 1) {
            cases.add(DynamicTest.dynamicTest("ran to its end", () -> fail("node ended with " + status)));
        }
        return cases.stream();
    }
}
