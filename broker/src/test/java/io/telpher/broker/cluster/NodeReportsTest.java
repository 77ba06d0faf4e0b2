package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is made of what nodes say of themselves. */
class NodeReportsTest {
    private static final List<String> OTHERS = List.of("n2", "n3");
    private static final UUID CLUSTER = UUID.randomUUID();
    private static final Duration SOME_TIME = Duration.ofSeconds(1);
    private static final int SKEW_MS_MAX = 500;

    private final ClusterSettings settings = new ClusterSettings(
            "test",
            "n1",
            Map.of("n1", "127.0.0.1:1"),
            InetSocketAddress.createUnresolved("127.0.0.1", 1),
            "",
            SOME_TIME,
            SOME_TIME,
            SOME_TIME,
            Duration.ofMillis(SKEW_MS_MAX),
            null);
    private final List<String> superseded = new ArrayList<>();
    private final List<String> returned = new ArrayList<>();
    private final NodeLinks links = new NodeLinks(settings);
    private final NodeReports reports = new NodeReports(settings, links, CLUSTER, superseded::add, returned::add);

    @AfterEach
    void close() {
        links.close();
    }

    private static RaftPeer at(String member, int port) {
        return RaftPeer.newBuilder()
                .setId(member)
                .setAddress("127.0.0.1:" + port)
                .build();
    }

    @Test
    void shouldHaveOneConnectionToEachMemberThatIsThere() throws IOException {
        RaftPeer second = at("n2", 2);
        assertSame(links.to(second), links.to(second));
        links.to(at("n3", 3));
        links.keep(List.of(second, at("n3.5f0c21ab", 4)));
        assertEquals(1, links.count(), "n3 was replaced");
        links.close();
        assertThrows(IOException.class, () -> links.to(second));
    }

    private void says(String member, boolean hasRoom, long skewMs) {
        reports.took(
                member,
                new NodeReport(member, "1", "follower", 1, 1, 1, hasRoom, new NodeReport.Semantics(1, 2), null),
                skewMs);
    }

    @Test
    void shouldTakeTasksWhileAMajorityHasRoom() {
        assertEquals("", reports.withoutRoom(OTHERS, false, "n1"), "nothing was heard yet");
        says("n2", true, 0);
        assertEquals("", reports.withoutRoom(OTHERS, false, "n1"), "n3 is away");
        says("n3", false, 0);
        assertEquals("", reports.withoutRoom(OTHERS, false, "n1"));
        says("n2", false, 0);
        assertEquals("n2, n3", reports.withoutRoom(OTHERS, false, "n1"));
        says("n2", true, 0);
        assertEquals("", reports.withoutRoom(OTHERS, false, "n1"));
        assertEquals("n1, n3", reports.withoutRoom(OTHERS, true, "n1"));
    }

    @Test
    void shouldCountASilentNodeWhenAnotherOneIsLow() {
        says("n2", false, 0);
        assertEquals("n2", reports.withoutRoom(OTHERS, false, "n1"), "n3 keeps nothing");
        says("n3.5f0c21ab", true, 0);
        assertEquals("", reports.withoutRoom(List.of("n2", "n3.5f0c21ab"), false, "n1"));
    }

    @Test
    void shouldTellWhichClocksDiffer() {
        says("n2", true, SKEW_MS_MAX);
        says("n3", true, -SKEW_MS_MAX - 1);
        reports.judgeClocks();
        assertEquals(
                List.of("the wall clock of node n3 is " + (SKEW_MS_MAX + 1) + " ms behind this one's"),
                reports.skews());
        says("n3", true, 0);
        reports.judgeClocks();
        assertEquals(List.of(), reports.skews());
    }

    @Test
    void shouldFindTheNewestVersionThatAllKnow() {
        NodeReport.Semantics older = new NodeReport.Semantics(2, 3);
        NodeReport.Semantics newer = new NodeReport.Semantics(3, 4);
        assertEquals(4, NodeReport.Semantics.newestOfAll(List.of(newer, newer)));
        assertEquals(3, NodeReport.Semantics.newestOfAll(List.of(newer, older, newer)));
        assertEquals(0, NodeReport.Semantics.newestOfAll(List.of(new NodeReport.Semantics(5, 6), newer)));
        assertEquals(0, NodeReport.Semantics.newestOfAll(List.of(newer, NodeReport.Semantics.UNSAID)));
        assertEquals(0, NodeReport.Semantics.newestOfAll(List.of()));
    }

    @Test
    void shouldSayWhatANodeKnows() throws IOException {
        NodeReport report = new NodeReport("n1", "1", "follower", 1, 1, 1, true, new NodeReport.Semantics(3, 4), null);
        assertEquals(report, NodeReports.read(NodeReports.write(report, 1, null)));
        NodeReport old = NodeReports.read("{\"member\":\"n1\",\"version\":\"0.2.0\"}".getBytes(StandardCharsets.UTF_8));
        assertEquals(NodeReport.Semantics.UNSAID, old.semantics());
    }

    @Test
    void shouldTellOfANodeThatAnswersAgain() throws IOException, InterruptedException {
        reports.ask(List.of(at("n2", 2)));
        long begin = System.nanoTime();
        while (returned.isEmpty()) {
            assertTrue(
                    System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(60),
                    "nobody is at port 2, and it was not noticed");
            Thread.sleep(5);
            says("n2", true, 0);
        }
        assertEquals(List.of("n2"), returned);
        says("n2", true, 0);
        assertEquals(List.of("n2"), returned, "it was there all the time");
    }

    @Test
    void shouldNotTakeWhatAnotherMemberSaysForTheOneThatWasAsked() {
        reports.took(
                "n3",
                new NodeReport("n3.5f0c21ab", "1", "follower", 1, 1, 1, true, new NodeReport.Semantics(1, 2), null),
                0);
        assertNull(reports.of("n3"));
    }
}
