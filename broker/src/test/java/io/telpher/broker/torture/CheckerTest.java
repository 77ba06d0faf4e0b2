package io.telpher.broker.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.torture.Event.Kind;
import io.telpher.broker.torture.Verdict.Counted;
import io.telpher.broker.torture.Verdict.Wrong;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Histories that are in order, and falsified ones: each falsification is found, and for what it is. Times in ms. */
class CheckerTest {
    private static final long CRC = 77;
    private static final int LEASE_MS = 2_000;

    private final List<Event> history = new ArrayList<>();

    private Event add(Kind kind, long atMs) {
        Event event = Event.of(kind).at(atMs * 1_000_000);
        history.add(event);
        return event;
    }

    private void submitted(long submission, long task, long atMs) {
        add(Kind.SUBMIT, atMs).submission(submission).crc(CRC).text("keep NORMAL");
        add(Kind.ACCEPTED, atMs + 5).submission(submission).task(task).sent(atMs * 1_000_000);
    }

    private Event delivered(long submission, long task, long lease, long atMs) {
        return add(Kind.DELIVERED, atMs)
                .submission(submission)
                .task(task)
                .lease(lease)
                .crc(CRC)
                .extra(LEASE_MS)
                .sent((atMs - 5) * 1_000_000)
                .text("keep");
    }

    private Event ack(long task, long lease, long atMs) {
        return add(Kind.ACK, atMs).task(task).lease(lease);
    }

    private void acked(long task, long lease, long atMs) {
        ack(task, lease, atMs);
        add(Kind.ACKED, atMs + 5).task(task).lease(lease).sent(atMs * 1_000_000);
    }

    private Event completed(long submission, long task, long lease) {
        return add(Kind.FINAL, 100_000)
                .submission(submission)
                .task(task)
                .lease(lease)
                .crc(CRC)
                .text("COMPLETED");
    }

    private Verdict verdict() {
        Checker checker = new Checker();
        history.forEach(event -> checker.accept(Event.parse(event.line())));
        return checker.verdict();
    }

    private void assertWrong(Wrong expected) {
        Verdict verdict = verdict();
        for (Wrong wrong : Wrong.values()) {
            assertEquals(wrong == expected, verdict.of(wrong) > 0, verdict::toString);
        }
        assertTrue(verdict.toString().contains("\n  " + expected));
    }

    private void assertGood() {
        Verdict verdict = verdict();
        assertTrue(verdict.isGood(), verdict::toString);
    }

    /** One task, done as it should be. */
    private void oneGoodTask() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50);
        acked(10, 100, 60);
        completed(1, 10, 100);
    }

    @Test
    void shouldFindNothingWhereAllIsGood() {
        oneGoodTask();
        assertGood();
        assertEquals(1, verdict().of(Counted.ACKED));
    }

    @Test
    void shouldAllowWhatFaultsMayCause() {
        oneGoodTask();
        add(Kind.SUBMIT, 200).submission(2).crc(CRC).text("keep NORMAL");
        add(Kind.UNKNOWN, 300).submission(2); // and it came to nothing
        add(Kind.SUBMIT, 200).submission(3).crc(CRC).text("keep NORMAL");
        add(Kind.UNKNOWN, 300).submission(3); // and it did
        delivered(3, 12, 101, 400);
        add(Kind.POWER_CUT, 500); // forgets that delivery
        delivered(3, 12, 5_000, 700);
        ack(12, 5_000, 800);
        completed(3, 12, 5_000);
        assertGood();
    }

    @Test
    void shouldFindALostTask() {
        submitted(1, 10, 0);
        assertWrong(Wrong.LOST);
    }

    @Test
    void shouldFindATaskThatWasNeverFinished() {
        submitted(1, 10, 0);
        add(Kind.FINAL, 100_000).task(10).submission(1).crc(CRC).text("READY");
        assertWrong(Wrong.LOST);
    }

    @Test
    void shouldFindATaskThatNobodySubmitted() {
        oneGoodTask();
        delivered(9, 11, 101, 300);
        ack(11, 101, 350);
        completed(9, 11, 101);
        assertWrong(Wrong.PHANTOM);
    }

    @Test
    void shouldFindATaskWhoseSubmitWasRefused() {
        add(Kind.SUBMIT, 0).submission(1).crc(CRC).text("keep NORMAL");
        add(Kind.REFUSED, 5).submission(1).extra(1).text("DISK_FULL");
        delivered(1, 10, 100, 50);
        acked(10, 100, 60);
        completed(1, 10, 100);
        assertWrong(Wrong.PHANTOM);
    }

    @Test
    void shouldFindACompletionThatNobodyAcknowledged() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50);
        completed(1, 10, 100);
        assertWrong(Wrong.PHANTOM);
    }

    @Test
    void shouldFindADeliveryWithOtherBytes() {
        oneGoodTask();
        history.get(2).crc(CRC + 1);
        assertWrong(Wrong.MISMATCHED);
    }

    @Test
    void shouldFindATaskKeptWithOtherBytes() {
        oneGoodTask();
        history.get(5).crc(CRC + 1);
        assertWrong(Wrong.MISMATCHED);
    }

    @Test
    void shouldFindTwoTasksOfOneKey() {
        oneGoodTask();
        delivered(1, 11, 101, 300);
        ack(11, 101, 350);
        completed(1, 11, 101);
        assertWrong(Wrong.DOUBLED);
    }

    @Test
    void shouldFindALeaseGivenWhileAnotherGoesOn() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50);
        delivered(1, 10, 101, 1_900);
        acked(10, 101, 2_000);
        completed(1, 10, 101);
        assertWrong(Wrong.OVERLAPPING_LEASES);
    }

    @Test
    void shouldAllowALeaseWhenTheOneBeforeMayHaveRunOut() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50);
        delivered(1, 10, 101, 2_050);
        acked(10, 101, 2_060);
        completed(1, 10, 101);
        assertGood();
    }

    /** Seen in a run: the first of three leases of a task arrived 6 s late, between the other two. */
    @Test
    void shouldAllowADeliveryThatWasOvertaken() {
        submitted(1, 10, 0);
        delivered(1, 10, 200, 5_000);
        add(Kind.NACK, 5_010).task(10).lease(200);
        delivered(1, 10, 100, 5_020).sent(100_000_000);
        delivered(1, 10, 300, 5_100);
        acked(10, 300, 5_150);
        completed(1, 10, 300);
        assertGood();
    }

    @Test
    void shouldFindALeaseGivenAlthoughTheOneBeforeWasExtended() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50);
        add(Kind.EXTENDED, 1_510).task(10).lease(100).sent(1_500_000_000L).extra(LEASE_MS);
        delivered(1, 10, 101, 2_500);
        acked(10, 101, 2_600);
        completed(1, 10, 101);
        assertWrong(Wrong.OVERLAPPING_LEASES);
    }

    /** Where a lost connection gives leases back, a fault explains it; where it does not, only the lease's end does. */
    @Test
    void shouldTakeAFaultForAnExcuseOnlyWhereItIsOne() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50).text("release");
        add(Kind.FAULT, 100).text("DROP");
        delivered(1, 10, 101, 300).text("release");
        acked(10, 101, 400);
        completed(1, 10, 101);
        assertGood();
        history.get(2).text("keep");
        assertWrong(Wrong.OVERLAPPING_LEASES);
    }

    @Test
    void shouldFindALeaseIdThatWasGivenTwice() {
        oneGoodTask();
        submitted(2, 11, 200);
        delivered(2, 11, 100, 250);
        acked(11, 100, 260);
        completed(2, 11, 100);
        assertWrong(Wrong.OVERLAPPING_LEASES);
    }

    @Test
    void shouldAllowTheSameLeaseIdInAnotherPartition() {
        oneGoodTask();
        long task = (1L << 48) + 11;
        submitted(2, task, 200);
        delivered(2, task, 100, 250);
        acked(task, 100, 260);
        completed(2, task, 100);
        assertGood();
    }

    @Test
    void shouldFindADeliveryAfterTheAck() {
        oneGoodTask();
        delivered(1, 10, 101, 3_000);
        assertWrong(Wrong.FINISHED_THEN_DELIVERED);
    }

    @Test
    void shouldFindADeliveryAfterTheCancel() {
        submitted(1, 10, 0);
        add(Kind.CANCEL, 10).task(10);
        add(Kind.CANCELLED, 20).task(10).text("CANCELLED");
        delivered(1, 10, 100, 50);
        add(Kind.FINAL, 100_000).task(10).submission(1).text("CANCELLED");
        assertWrong(Wrong.FINISHED_THEN_DELIVERED);
    }

    @Test
    void shouldFindAnAckThatCountedAfterTheTaskWasLeasedAgain() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50);
        delivered(1, 10, 101, 3_000);
        acked(10, 100, 3_100);
        completed(1, 10, 100);
        assertWrong(Wrong.STALE_ACK_COUNTED);
    }

    @Test
    void shouldFindTheResultOfAnotherAckThanTheConfirmedOne() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50);
        ack(10, 100, 2_060);
        delivered(1, 10, 101, 3_000);
        acked(10, 101, 3_100);
        completed(1, 10, 100);
        assertWrong(Wrong.WRONG_END);
    }

    @Test
    void shouldFindAConfirmedAckThatWasForgotten() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50);
        acked(10, 100, 60);
        add(Kind.NACK, 3_000).task(10).lease(101).extra(1);
        add(Kind.FINAL, 100_000).task(10).submission(1).text("DEAD");
        assertWrong(Wrong.WRONG_END);
    }

    @Test
    void shouldFindAConfirmedFailureThatWasForgotten() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50);
        add(Kind.NACK, 60).task(10).lease(100).extra(1);
        add(Kind.NACKED, 70).task(10).lease(100).extra(1);
        ack(10, 101, 3_000);
        completed(1, 10, 101);
        assertWrong(Wrong.WRONG_END);
    }

    @Test
    void shouldLetACancelOfARunningTaskEndItWhenItFails() {
        submitted(1, 10, 0);
        delivered(1, 10, 100, 50);
        add(Kind.CANCEL, 55).task(10);
        add(Kind.CANCELLED, 58).task(10).text("ACTIVE");
        add(Kind.NACK, 60).task(10).lease(100).extra(1);
        add(Kind.NACKED, 70).task(10).lease(100).extra(1);
        add(Kind.FINAL, 100_000).task(10).submission(1).text("CANCELLED");
        assertGood();
    }

    @Test
    void shouldFindADeadTaskThatNobodyGaveUp() {
        submitted(1, 10, 0);
        add(Kind.FINAL, 100_000).task(10).submission(1).text("DEAD");
        assertWrong(Wrong.PHANTOM);
    }

    @Test
    void shouldFindAFollowUpThatIsMissing() {
        submitted(1, 10, 0);
        add(Kind.SUBMIT, 40).submission(2).crc(CRC).text("keep NORMAL");
        delivered(1, 10, 100, 50);
        acked(10, 100, 60);
        history.get(4).extra(2);
        completed(1, 10, 100);
        assertWrong(Wrong.FOLLOW_UP_APART);
    }

    @Test
    void shouldFindAFollowUpWhoseAckDidNotCount() {
        submitted(1, 10, 0);
        add(Kind.SUBMIT, 40).submission(2).crc(CRC).text("keep NORMAL");
        delivered(1, 10, 100, 50);
        ack(10, 100, 2_060).extra(2);
        delivered(1, 10, 101, 3_000);
        acked(10, 101, 3_100);
        completed(1, 10, 101);
        delivered(2, 11, 102, 4_000);
        ack(11, 102, 4_010);
        completed(2, 11, 102);
        assertWrong(Wrong.FOLLOW_UP_APART);
    }

    @Test
    void shouldFindADelayedTaskThatComesEarly() {
        oneGoodTask();
        history.get(0).extra(1_000);
        assertWrong(Wrong.EARLY);
    }

    @Test
    void shouldForgiveADelayToAStartUnderAnotherClock() {
        oneGoodTask();
        history.get(0).extra(1_000);
        history.add(2, Event.of(Kind.STARTED).at(20_000_000).extra(1));
        assertGood();
    }

    @Test
    void shouldCountOrderInversionsAndRedeliveries() {
        submitted(1, 10, 0);
        submitted(2, 11, 10);
        delivered(2, 11, 100, 50);
        delivered(1, 10, 101, 60);
        delivered(1, 10, 102, 3_000);
        acked(11, 100, 70);
        acked(10, 102, 3_100);
        completed(1, 10, 102);
        completed(2, 11, 100);
        assertGood();
        assertEquals(1, verdict().of(Counted.ORDER_INVERSIONS));
        assertEquals(1, verdict().of(Counted.REDELIVERED));
    }

    @Test
    void shouldReadBackTheHistoryThatWasWritten(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("history");
        try (History written = new History(file)) {
            written.add(Event.of(Kind.FAULT).text("a\tfault\nof two lines"));
            written.add(Event.of(Kind.DELIVERED)
                    .task(1)
                    .lease(2)
                    .submission(3)
                    .crc(4)
                    .extra(5)
                    .sent(6)
                    .text("keep"));
        }
        List<Event> read = new ArrayList<>();
        History.read(file, read::add);
        assertEquals("a fault of two lines", read.get(0).text);
        assertEquals(
                List.of(1L, 2L, 3L, 4L, 5L, 6L),
                List.of(
                        read.get(1).task,
                        read.get(1).lease,
                        read.get(1).submission,
                        read.get(1).crc,
                        read.get(1).extra,
                        read.get(1).sent));
        assertTrue(read.get(1).at >= read.get(0).at);
    }
}
