package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.cluster.ClusterStatus.Verdict;
import io.telpher.broker.cluster.NodeReport.Check;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.MemoryJournal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of the hashes that nodes tell. */
class StateChecksTest {
    private static final int LOOKS_MANY = 20;

    @TempDir
    Path directory;

    private final List<Throwable> failures = new ArrayList<>();

    /** By n1, n2 and so on; of check 7 at record 100. */
    private static Map<String, @Nullable Check> said(@Nullable Long... hashes) {
        Map<String, @Nullable Check> said = new HashMap<>();
        for (int i = 0; i < hashes.length; i++) {
            Long hash = hashes[i];
            said.put("n" + (i + 1), hash == null ? null : new Check(7, 100, hash));
        }
        return said;
    }

    private static String verdicts(Map<String, @Nullable Check> said) {
        return new TreeMap<>(StateChecks.verdicts(said, 7)).values().toString();
    }

    @Test
    void shouldGoByTheMajorityOfAllMembers() {
        assertEquals("[EQUAL, EQUAL, EQUAL]", verdicts(said(1L, 1L, 1L)));
        assertEquals("[DIFFERENT, EQUAL, EQUAL]", verdicts(said(2L, 1L, 1L)));
        assertEquals("[EQUAL, EQUAL, NOT_ANSWERED]", verdicts(said(1L, 1L, null)));
        assertEquals("[UNDECIDED, UNDECIDED, UNDECIDED]", verdicts(said(1L, 2L, 3L)));
        assertEquals("[UNDECIDED, UNDECIDED, NOT_ANSWERED]", verdicts(said(1L, 2L, null)));
        assertEquals("[UNDECIDED, NOT_ANSWERED, NOT_ANSWERED]", verdicts(said(1L, null, null)));
        assertEquals(
                "[UNDECIDED, UNDECIDED, UNDECIDED, UNDECIDED, NOT_ANSWERED]", verdicts(said(1L, 1L, 2L, 2L, null)));
    }

    @Test
    void shouldCompareOnlyWhatIsOfTheSameRecord() {
        Map<String, @Nullable Check> said = said(1L, 1L, 1L);
        said.put("n3", new Check(7, 101, 9));
        assertEquals("[EQUAL, EQUAL, NOT_ANSWERED]", verdicts(said), "it was started, and was further already");
        said.put("n3", new Check(7, 99, 9));
        assertEquals("[EQUAL, EQUAL, DIFFERENT]", verdicts(said), "it lacks a record");
        said.put("n3", new Check(6, 100, 9));
        assertEquals("[EQUAL, EQUAL, NOT_ANSWERED]", verdicts(said), "an earlier check");
    }

    @Test
    void shouldCompareOnlyBrokersOfTheSameVersion() {
        Check check = new Check(7, 100, 1);
        NodeReport report =
                new NodeReport("n2", "0.2.0", "follower", 2, 3, 4, true, new NodeReport.Semantics(1, 2), check);
        NodeReport.Seen seen = new NodeReport.Seen(report, 0, 0);
        assertEquals(check, StateChecks.comparable(seen, "0.2.0"));
        assertNull(StateChecks.comparable(seen, "0.3.0"));
        assertNull(StateChecks.comparable(null, "0.2.0"));
    }

    /** Of n1, whose state has this hash at check 7. */
    private StateChecks checks(long hash) throws InterruptedException {
        StateChecks checks = new StateChecks(directory, "n1", failures::add);
        MemoryJournal journal = new MemoryJournal();
        AgreedLog log = new AgreedLog(0, journal, () -> 0, () -> 1, version -> true, new Nobody(), () -> {});
        List<LongConsumer> told = new ArrayList<>();
        checks.hashesBy(told::add);
        checks.agreed(7, log);
        log.poll(record -> {}, 1);
        told.get(0).accept(hash);
        assertEquals(new Check(7, 0, hash), checks.own());
        return checks;
    }

    @Test
    void shouldStopForGoodWhenAMajorityIsInAnotherState() throws Exception {
        StateChecks.requireSound(directory, "n1");
        StateChecks checks = checks(5);
        for (int i = 0; i < LOOKS_MANY; i++) {
            checks.judge(said(5L, 1L, 1L));
        }
        assertEquals(1, failures.size());
        assertTrue(failures.get(0).toString().contains("TQ-5033"), () -> failures.toString());
        assertTrue(checks.isDiffering("n1"));
        JournalException refused =
                assertThrows(JournalException.class, () -> StateChecks.requireSound(directory, "n1"));
        assertTrue(refused.toString().contains("tq cluster replace n1"), refused::toString);
    }

    @Test
    void shouldStopNobodyElse() throws Exception {
        StateChecks checks = checks(1);
        for (Map<String, @Nullable Check> each :
                List.of(said(1L, 2L, 1L), said(1L, 2L, 3L), said(1L, 2L, null), said(1L, null, null))) {
            for (int i = 0; i < LOOKS_MANY; i++) {
                checks.judge(each);
            }
        }
        assertEquals(List.of(), failures);
        StateChecks.requireSound(directory, "n1");
    }

    @Test
    void shouldRememberWhoDifferedUntilItDoesNotOrIsGone() throws Exception {
        StateChecks checks = checks(1);
        checks.judge(said(1L, 2L, 1L));
        assertTrue(checks.isDiffering("n2"));
        checks.judge(said(1L, null, 1L));
        assertTrue(checks.isDiffering("n2"));
        checks.judge(said(1L, 1L, 1L));
        assertFalse(checks.isDiffering("n2"));
        checks.judge(said(1L, 2L, 1L));
        checks.judge(Map.of("n1", new Check(7, 100, 1), "n2.5f0c21ab", new Check(7, 100, 1)));
        assertFalse(checks.isDiffering("n2"));
    }

    @Test
    void shouldSayWhatItSaysOfItselfToOthers() throws IOException {
        NodeReport report = new NodeReport(
                "n1",
                "1",
                "follower",
                2,
                3,
                4,
                true,
                new NodeReport.Semantics(1, 2),
                new Check(7, 100, Long.MIN_VALUE));
        assertEquals(report, NodeReports.read(NodeReports.write(report, 0, null)));
        NodeReport none = new NodeReport("n1", "1", "follower", 2, 3, 4, true, new NodeReport.Semantics(1, 2), null);
        assertEquals(none, NodeReports.read(NodeReports.write(none, 0, null)));
        assertEquals(
                Verdict.NOT_ANSWERED,
                StateChecks.verdicts(Map.of("n1", report.check()), 8).get("n1"));
    }
}
