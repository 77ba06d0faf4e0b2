package io.telpher.protocol;

import static io.telpher.protocol.Bytes.elements;
import static io.telpher.protocol.Bytes.frame;
import static io.telpher.protocol.Bytes.join;
import static io.telpher.protocol.Bytes.longs;
import static io.telpher.protocol.DamagedFrames.inBlock;
import static io.telpher.protocol.DamagedFrames.sized;
import static io.telpher.protocol.DamagedFrames.with;
import static io.telpher.protocol.ValidFrames.NAME_MAX;
import static io.telpher.protocol.ValidFrames.NONE;
import static io.telpher.protocol.ValidFrames.TEXT_255;
import static io.telpher.protocol.ValidFrames.submit;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Frames that stand for one rule each: headers that lie, contents beyond a limit, damage in nested frames. */
final class RefusedFrames {
    private static final String BAD = ErrorCode.BAD_REQUEST.name();
    private static final String LARGE = ErrorCode.PAYLOAD_TOO_LARGE.name();

    private final ValidFrames valid = new ValidFrames();
    private final List<Vector> vectors = new ArrayList<>();

    static List<Vector> all() {
        RefusedFrames frames = new RefusedFrames();
        frames.headers();
        frames.submitBlock();
        frames.submitFields();
        frames.nested();
        frames.reserve();
        frames.leases();
        frames.queues();
        frames.deadLetters();
        frames.others();
        frames.repliesOfNewerBrokers();
        return frames.vectors;
    }

    private void add(String name, String verdict, byte[] frame) {
        vectors.add(new Vector(name, verdict, verdict.equals(Vector.OK) ? WriteVectors.fields(frame) : "", frame));
    }

    private void block(MessageType type, String name, int offset, Number... numbers) {
        for (Number number : numbers) {
            add(WriteVectors.word(type) + "-" + name + "-" + number, BAD, inBlock(valid.least(type), offset, number));
        }
    }

    private void headers() {
        byte[] ping = valid.least(MessageType.PING);
        add("header-no-type", Vector.MALFORMED, new byte[] {0, 0, 0, 0});
        add("header-cut", Vector.MALFORMED, sized(Arrays.copyOf(ping, Frame.HEADER_BYTES - 1)));
        add("header-length-one-less", Vector.MALFORMED, with(ping, 0, 7));
        for (int code : new int[] {0x00, 0x04, 0x16, 0x6F, 0x80, 0xE4, 0xFF}) {
            add(
                    "header-unknown-type-" + Integer.toHexString(code),
                    Vector.MALFORMED,
                    with(ping, Frame.TYPE_OFFSET, (byte) code));
        }
        add("header-request-id-highest-bit", Vector.OK, with(ping, Frame.REQUEST_ID_OFFSET, Integer.MIN_VALUE));
    }

    private void submitBlock() {
        MessageType type = MessageType.SUBMIT;
        block(type, "priority", 0, (byte) 3, (byte) -1);
        block(type, "backoff", 1, (byte) 4, (byte) -1);
        block(type, "jitter", 2, (short) 101, (short) -2);
        block(type, "max-retries", 4, -2, 1001, Integer.MIN_VALUE);
        block(type, "delay", 8, -1L, Limits.DELAY_MS_MAX + 1, Long.MIN_VALUE);
        block(type, "run-at", 16, -1L);
        block(type, "expires-at", 24, -1L);
        block(type, "base", 32, -2L, Limits.BACKOFF_MS_MAX + 1);
        block(type, "cap", 40, -2L, Limits.BACKOFF_MS_MAX + 1);
        block(type, "factor", 48, 999, 100_001, -2);
        block(type, "visibility-timeout", 52, 999, 43_200_001, -1);
        block(type, "idempotency-window", 56, 59_999L, Limits.IDEMPOTENCY_WINDOW_MS_MAX + 1, -1L);
        block(type, "expires-in", 64, -1L, Limits.DELAY_MS_MAX + 1);
        add("submit-expires-in-and-at", BAD, inBlock(inBlock(submit(), 24, Long.MAX_VALUE), 64, 1L));
        add("submit-delay-and-run-at", BAD, inBlock(inBlock(submit(), 8, 1L), 16, 1L));
        add("submit-expires-as-it-runs", BAD, inBlock(inBlock(submit(), 16, 5_000L), 24, 5_000L));
        add("submit-expires-before-it-runs", BAD, inBlock(inBlock(submit(), 16, 5_000L), 24, 4_999L));
    }

    private static byte[] task(
            String queue, String type, Object contentType, Object key, byte[] headers, byte[] payload) {
        byte[] block = Arrays.copyOf(submit(), Frame.HEADER_BYTES + MessageType.SUBMIT.blockLength());
        byte[] fields = frame(MessageType.SUBMIT, 0, 0L, queue, type, contentType, key, headers, payload);
        return sized(join(block, Arrays.copyOfRange(fields, block.length, fields.length)));
    }

    private void submitFields() {
        int payloadMax = Limits.DEFAULT.payloadBytesMax();
        for (String name : List.of("", "a b", "a/b", "\u00e9", "a\u0000", NAME_MAX + "q")) {
            add("submit-queue-bad-" + vectors.size(), BAD, task(name, "a", "", "", NONE, NONE));
            add("submit-type-bad-" + vectors.size(), BAD, task("q", name, "", "", NONE, NONE));
        }
        add("submit-content-type-256", BAD, task("q", "a", TEXT_255 + "n", "", NONE, NONE));
        add("submit-key-256", BAD, task("q", "a", "", TEXT_255 + "n", NONE, NONE));
        add("submit-headers-odd", BAD, task("q", "a", "", "", elements("name"), NONE));
        add("submit-headers-torn", BAD, task("q", "a", "", "", new byte[] {5, 0, 0, 0, 'a'}, NONE));
        add("submit-headers-negative", BAD, task("q", "a", "", "", new byte[] {-1, -1, -1, -1}, NONE));
        add("submit-headers-8-KiB-and-1", BAD, task("q", "a", "", "", elements("a", "h".repeat((8 << 10) - 8)), NONE));
        String[] pairs = Collections.nCopies(64, "x").toArray(String[]::new);
        add("submit-headers-32", Vector.OK, task("q", "a", "", "", elements(pairs), NONE));
        String[] more = Collections.nCopies(66, "x").toArray(String[]::new);
        add("submit-headers-33", BAD, task("q", "a", "", "", elements(more), NONE));
        byte[] surrogate = {(byte) 0xED, (byte) 0xA0, (byte) 0x80};
        add("submit-key-surrogate", BAD, task("q", "a", "", surrogate, NONE, NONE));
        add("submit-content-type-not-utf-8", BAD, task("q", "a", new byte[] {(byte) 0xC3}, "", NONE, NONE));
        add(
                "submit-header-not-utf-8",
                BAD,
                task("q", "a", "", "", join(elements("a"), new byte[] {1, 0, 0, 0, -1}), NONE));
        add("submit-payload-1-over", LARGE, task("q", "a", "", "", NONE, Bytes.filler(payloadMax + 1)));
        add("submit-not-utf-8", Vector.OK, task("q", "a", "", "", NONE, new byte[] {(byte) 0xFF, (byte) 0xC0}));
    }

    private void nested() {
        MessageType type = MessageType.SUBMIT_BATCH;
        block(type, "count", 0, 0, 2, -1, 1001);
        byte[] inner = submit();
        batch("submit-batch-empty-field", BAD, 1, NONE);
        batch("submit-batch-one-unsaid", BAD, 1, join(inner, inner));
        batch("submit-batch-second-bad", BAD, 2, join(inner, task("", "a", "", "", NONE, NONE)));
        for (byte[] damaged : DamagedFrames.of(inner).values()) {
            batch("submit-batch-damaged-" + vectors.size(), Vector.MALFORMED, 1, damaged);
            add(
                    "ack-damaged-" + vectors.size(),
                    Vector.MALFORMED,
                    frame(MessageType.ACK, 1, 1L, 1L, "", NONE, damaged));
            add(
                    "dlq-replay-damaged-" + vectors.size(),
                    Vector.MALFORMED,
                    frame(MessageType.DLQ_REPLAY, 1, 0, 0, "", "", "", longs(1), damaged));
        }
        batch("submit-batch-length-lies", Vector.MALFORMED, 1, with(inner, 0, inner.length));
        batch("submit-batch-one-byte", Vector.MALFORMED, 1, new byte[1]);
        batch("submit-batch-of-a-ping", Vector.MALFORMED, 1, valid.least(MessageType.PING));
        batch("submit-batch-of-a-batch", Vector.MALFORMED, 1, valid.least(type));
        batch("submit-batch-newer-inside", Vector.OK, 1, DamagedFrames.newer(inner));
        byte[] tooMany = join(Collections.nCopies(1001, inner).toArray(byte[][]::new));
        add("ack-1001-follow-ups", BAD, frame(MessageType.ACK, 1, 1L, 1L, "", NONE, tooMany));
        add("ack-follow-up-bad", BAD, frame(MessageType.ACK, 1, 1L, 1L, "", NONE, task("q", " ", "", "", NONE, NONE)));
        add(
                "ack-result-1-over",
                LARGE,
                frame(MessageType.ACK, 1, 1L, 1L, "", Bytes.filler(Limits.DEFAULT.payloadBytesMax() + 1), NONE));
        add("ack-content-type-256", BAD, frame(MessageType.ACK, 1, 1L, 1L, TEXT_255 + "n", NONE, NONE));
    }

    private void batch(String name, String verdict, int count, byte[] frames) {
        add(name, verdict, frame(MessageType.SUBMIT_BATCH, 1, count, frames));
    }

    private void reserve() {
        MessageType type = MessageType.RESERVE;
        block(type, "max", 0, 0, -1, 1001);
        block(type, "wait", 4, -1, 60_001);
        block(type, "visibility-timeout", 8, 999, 43_200_001, -1);
        add("reserve-worker-256", BAD, frame(type, 1, 1, 0, 0, TEXT_255 + "n", elements("q")));
        add("reserve-no-queue", BAD, frame(type, 1, 1, 0, 0, "", NONE));
        add("reserve-queue-empty", BAD, frame(type, 1, 1, 0, 0, "", elements("q", "")));
        add("reserve-queues-torn", BAD, frame(type, 1, 1, 0, 0, "", new byte[] {2, 0, 0, 0, 'q'}));
        String[] queues = Collections.nCopies(65, "q").toArray(String[]::new);
        String[] two = {"a", "b"};
        add("reserve-weights", Vector.OK, frame(type, 1, 1, 0, 0, 0, (byte) 100, (byte) 1, "", elements(two)));
        add("reserve-weight-101", BAD, frame(type, 1, 1, 0, 0, 0, (byte) 101, (byte) 1, "", elements(two)));
        add("reserve-weight-missing", BAD, frame(type, 1, 1, 0, 0, 0, (byte) 1, (byte) 0, "", elements(two)));
        add("reserve-weight-before-missing", BAD, frame(type, 1, 1, 0, 0, 0, (byte) 0, (byte) 1, "", elements(two)));
        add("reserve-weight-of-none", BAD, frame(type, 1, 1, 0, 0, 0, (byte) 1, (byte) 1, (byte) 1, "", elements(two)));
        add("reserve-65-queues", BAD, frame(type, 1, 1, 0, 0, "", elements(queues)));
    }

    private void leases() {
        block(MessageType.NACK, "retry-after", 16, -2L, Limits.DELAY_MS_MAX + 1);
        add(
                "nack-error-1-over",
                BAD,
                frame(MessageType.NACK, 1, 1L, 1L, -1L, (byte) 0, "e".repeat(Limits.ERROR_BYTES_MAX + 1)));
        block(MessageType.EXTEND, "visibility-timeout", 16, 999, 43_200_001, -1);
        block(MessageType.PROGRESS, "percent", 16, (byte) 101, (byte) -1);
        add(
                "progress-note-1-over",
                BAD,
                frame(MessageType.PROGRESS, 1, 1L, 1L, (byte) 0, "p".repeat(Limits.NOTE_BYTES_MAX + 1)));
    }

    private void queues() {
        MessageType type = MessageType.PUT_QUEUE;
        block(type, "visibility-timeout", 0, 0, 999, 43_200_001, -2);
        block(type, "max-retries", 4, -2, 1001);
        block(type, "base", 8, -2L);
        block(type, "cap", 16, Limits.BACKOFF_MS_MAX + 1);
        block(type, "factor", 24, 0, 999);
        block(type, "jitter", 28, (short) 101);
        block(type, "backoff", 30, (byte) 4, (byte) -1);
        block(type, "on-disconnect", 31, (byte) 3, (byte) -1);
        block(type, "max-tasks", 32, -2L);
        block(type, "share", 40, (byte) 91, (byte) -2);
        block(type, "max-crashes", 42, (byte) 251, (byte) -2);
        block(type, "key-release", 43, (byte) 2, (byte) -2);
        block(type, "disconnect-grace", 44, -2, Limits.DISCONNECT_GRACE_MS_MAX + 1);
        add("put-queue-shares-91", BAD, inBlock(inBlock(valid.least(type), 40, (byte) 45), 41, (byte) 46));
        add("put-queue-no-name", BAD, frame(type, 1, -1, -1, -1L, -1L, -1, (short) -1, (short) 0, -1L, -1, -1, ""));
        for (MessageType named : List.of(MessageType.GET_QUEUE, MessageType.RESUME_QUEUE)) {
            add(WriteVectors.word(named) + "-no-name", BAD, frame(named, 1, ""));
            add(WriteVectors.word(named) + "-bad-name", BAD, frame(named, 1, "a b"));
        }
        add("pause-queue-bad-name", BAD, frame(MessageType.PAUSE_QUEUE, 1, 0L, "*", "", ""));
        String over = "n".repeat(Limits.NOTE_BYTES_MAX + 1);
        add("pause-queue-reason-1-over", BAD, frame(MessageType.PAUSE_QUEUE, 1, 0L, "a", over, ""));
        add("pause-queue-by-256", BAD, frame(MessageType.PAUSE_QUEUE, 1, 0L, "a", "", TEXT_255 + "n"));
        add("note-queue-bad-name", BAD, frame(MessageType.NOTE_QUEUE, 1, "*", "", ""));
        add("note-queue-1-over", BAD, frame(MessageType.NOTE_QUEUE, 1, "a", over, ""));
        add("note-queue-by-256", BAD, frame(MessageType.NOTE_QUEUE, 1, "a", "", TEXT_255 + "n"));
        add("purge-queue-bad-name", BAD, frame(MessageType.PURGE_QUEUE, 1, 0, 0, 0L, 0L, "*"));
        block(MessageType.PURGE_QUEUE, "limit", 0, -1);
        add("delete-queue-bad-name", BAD, frame(MessageType.DELETE_QUEUE, 1, 0, 0, 0L, 0L, ".."));
        add("delete-queue-range-without-purge", BAD, frame(MessageType.DELETE_QUEUE, 1, 0, 0, 0L, 5L, "a"));
        add("get-queue-dot", BAD, frame(MessageType.GET_QUEUE, 1, "."));
        block(MessageType.LIST_QUEUES, "limit", 0, 0, 1001, -1);
        add("list-queues-bad-after", BAD, frame(MessageType.LIST_QUEUES, 1, 1, "*"));
    }

    private void deadLetters() {
        block(MessageType.DLQ_LIST, "limit", 8, 0, 1001);
        add("dlq-list-bad-queue", BAD, frame(MessageType.DLQ_LIST, 1, 0L, 1, "*", "", ""));
        add("dlq-list-bad-type", BAD, frame(MessageType.DLQ_LIST, 1, 0L, 1, "", "*", ""));
        add(
                "dlq-list-filter-1-over",
                BAD,
                frame(MessageType.DLQ_LIST, 1, 0L, 1, "", "", "e".repeat(Limits.NOTE_BYTES_MAX + 1)));
        block(MessageType.DLQ_GROUPS, "limit", 0, 0, 1001);
        add("dlq-groups-no-name", BAD, frame(MessageType.DLQ_GROUPS, 1, 1, 0, 0L, 0L, "", "", ""));
        add("dlq-groups-type", BAD, frame(MessageType.DLQ_GROUPS, 1, 1, 0, 0L, 0L, "a", "a b", ""));
        MessageType type = MessageType.DLQ_REPLAY;
        block(type, "limit", 0, -1);
        block(type, "rate", 4, -1);
        block(type, "canary", 12, -1, 1001);
        byte[] patch = submit();
        add("dlq-replay-ids-odd", BAD, frame(type, 1, 0, 0, "", "", "", new byte[9], NONE));
        add("dlq-replay-1001-ids", BAD, frame(type, 1, 0, 0, "", "", "", new byte[1001 * 8], NONE));
        add("dlq-replay-patch-without-id", BAD, frame(type, 1, 0, 0, "", "", "", NONE, patch));
        byte[] object = task("q", "a", "", "", NONE, new byte[] {'{', '}'});
        add("dlq-replay-merge-all", Vector.OK, merge(0, NONE, object));
        add("dlq-replay-merge-two", Vector.OK, merge(0, longs(1, 2), object));
        add("dlq-replay-merge-nothing", BAD, merge(0, NONE, NONE));
        add("dlq-replay-merge-and-content", BAD, merge(1, longs(1), object));
        byte[] large = task("q", "a", "", "", NONE, Bytes.filler(Limits.MERGE_PATCH_BYTES_MAX + 1));
        add("dlq-replay-merge-16-KiB-and-1", BAD, merge(0, NONE, large));
        add("dlq-replay-patch-for-two", BAD, frame(type, 1, 0, 0, "", "", "", longs(1, 2), patch));
        add("dlq-replay-two-patches", BAD, frame(type, 1, 0, 0, "", "", "", longs(1), join(patch, patch)));
        add("dlq-replay-bad-patch", BAD, frame(type, 1, 0, 0, "", "", "", longs(1), task("", "a", "", "", NONE, NONE)));
        type = MessageType.DLQ_DISCARD;
        block(type, "limit", 0, -1);
        add("dlq-discard-ids-odd", BAD, frame(type, 1, 0, 0, "", "", "", new byte[7]));
        add("dlq-discard-1001-ids", BAD, frame(type, 1, 0, 0, "", "", "", new byte[1001 * 8]));
        block(MessageType.DLQ_RUNS, "limit", 0, 0, 1001);
        add("dlq-runs-bad-queue", BAD, frame(MessageType.DLQ_RUNS, 1, 1, "*"));
    }

    private static byte[] merge(int contentOnly, byte[] ids, byte[] patch) {
        return frame(
                MessageType.DLQ_REPLAY,
                1,
                0,
                0,
                (byte) 1,
                (byte) 0,
                (byte) contentOnly,
                (byte) 1,
                "",
                "",
                "",
                ids,
                patch);
    }

    private void others() {
        add("hello-client-name-256", BAD, hello(TEXT_255 + "n", "", ""));
        add("hello-version-65", BAD, hello("", "v".repeat(Limits.CLIENT_VERSION_BYTES_MAX + 1), ""));
        add("hello-host-256", BAD, hello("", "", TEXT_255 + "n"));
        add("goaway-reason-1-over", BAD, frame(MessageType.GOAWAY, 0, 0, "r".repeat(Limits.NOTE_BYTES_MAX + 1)));
        block(MessageType.WAIT, "wait", 8, -1, 60_001);
        block(MessageType.LIST, "limit", 8, 0, -1, 1001);
        add("list-bad-queue", BAD, frame(MessageType.LIST, 1, 0L, 1, (short) 0, "*", ""));
        add("list-bad-type", BAD, frame(MessageType.LIST, 1, 0L, 1, (short) 0, "", "*"));
        block(MessageType.SEARCH, "limit", 8, 0, -1, 1001);
        add("search-bad-queue", BAD, frame(MessageType.SEARCH, 1, 0L, 1, "*", ""));
        add("search-1-over", BAD, frame(MessageType.SEARCH, 1, 0L, 1, "", "s".repeat(SearchQuery.BYTES_MAX + 1)));
        MessageType type = MessageType.RESCHEDULE;
        add("reschedule-no-task", BAD, frame(type, 1, 0L, 0L, (byte) -1, ""));
        add("reschedule-half-an-id", BAD, frame(type, 1, 0L, 0L, (byte) -1, "1234"));
        add("reschedule-nothing", BAD, frame(type, 1, -1L, 0L, (byte) -1, "12345678"));
        add("reschedule-both-times", BAD, frame(type, 1, 0L, 1L, (byte) -1, "12345678"));
        add("reschedule-delay", BAD, frame(type, 1, Limits.DELAY_MS_MAX + 1, 0L, (byte) -1, "12345678"));
        add("reschedule-time", BAD, frame(type, 1, -1L, -1L, (byte) -1, "12345678"));
        block(MessageType.SCALE_HINT, "slots", 0, 0, -1, 100_001);
        block(MessageType.SCALE_HINT, "target-drain", 8, 0L, -1L, Limits.DELAY_MS_MAX + 1);
        block(MessageType.WORKERS, "limit", 0, 0, 1001);
    }

    private static byte[] hello(String clientName, String version, String host) {
        return frame(MessageType.HELLO, 1, (short) 1, (short) 1, "", clientName, version, host);
    }

    /** A client made before these codes must get through; what it does not know reads as none, normal or inherit. */
    private void repliesOfNewerBrokers() {
        add("task-unknown-state", Vector.OK, inBlock(valid.most(MessageType.TASK), 76, (byte) 10));
        add("task-unknown-priority", Vector.OK, inBlock(valid.most(MessageType.TASK), 77, (byte) 200));
        add("task-unknown-dead-reason", Vector.OK, inBlock(valid.most(MessageType.TASK), 84, (byte) 4));
        add("task-state-unknown-state", Vector.OK, inBlock(valid.most(MessageType.TASK_STATE), 32, (byte) -1));
        add("submitted-unknown-state", Vector.OK, inBlock(valid.most(MessageType.SUBMITTED), 16, (byte) -1));
        add("transition-unknown-states", Vector.OK, inBlock(valid.most(MessageType.TRANSITION), 20, (short) -1));
        add("queue-unknown-codes", Vector.OK, inBlock(valid.most(MessageType.QUEUE), 30, (short) 0x0909));
        add("error-unknown-code", Vector.OK, inBlock(valid.most(MessageType.ERROR), 0, (short) 99));
        add("batch-submitted-count-lies", Vector.OK, inBlock(valid.most(MessageType.BATCH_SUBMITTED), 0, 1000));
        add("batch-submitted-count-negative", Vector.OK, inBlock(valid.most(MessageType.BATCH_SUBMITTED), 0, -1));
        add("tasks-of-a-ping", Vector.MALFORMED, frame(MessageType.TASKS, 1, 0L, 1, valid.least(MessageType.PING)));
        add("queues-cut", Vector.MALFORMED, frame(MessageType.QUEUES, 1, 1, new byte[11]));
        add(
                "workers-length-lies",
                Vector.MALFORMED,
                frame(MessageType.WORKER_LIST, 1, 1, with(valid.least(MessageType.WORKER), 0, 1 << 30)));
        add("deliveries-without-frame", Vector.MALFORMED, frame(MessageType.DELIVERIES, 1, 1, new byte[48]));
        add(
                "deliveries-cut",
                Vector.MALFORMED,
                frame(MessageType.DELIVERIES, 1, 1, join(new byte[48], Arrays.copyOf(submit(), 90))));
    }
}
