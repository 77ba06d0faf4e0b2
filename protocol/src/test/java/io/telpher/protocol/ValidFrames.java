package io.telpher.protocol;

import static io.telpher.protocol.Bytes.elements;
import static io.telpher.protocol.Bytes.filler;
import static io.telpher.protocol.Bytes.frame;
import static io.telpher.protocol.Bytes.join;
import static io.telpher.protocol.Bytes.longs;

import io.telpher.protocol.frame.MessageType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Two frames of every message: one with as little as it may hold, one with much. Written from the layouts in docs/PROTOCOL.md. */
final class ValidFrames {
    static final String NAME_MAX = "q".repeat(QueueName.CHARS_MAX);
    static final String TEXT_255 = "n".repeat(255);
    static final long ID = 0x0003_0000_0007_F3A2L;
    static final long TIME = 1_790_000_000_123L;
    static final byte[] NONE = {};

    private final Map<MessageType, byte[]> least = new LinkedHashMap<>();
    private final Map<MessageType, byte[]> most = new LinkedHashMap<>();

    ValidFrames() {
        session();
        producer();
        worker();
        queue();
        deadLetters();
        operations();
        taskReplies();
        queueReplies();
        internal();
    }

    byte[] least(MessageType type) {
        return Objects.requireNonNull(least.get(type)).clone();
    }

    byte[] most(MessageType type) {
        return Objects.requireNonNull(most.get(type)).clone();
    }

    static byte[] submit() {
        return frame(
                MessageType.SUBMIT,
                1,
                (byte) 1,
                (byte) 0,
                (short) -1,
                -1,
                0L,
                0L,
                0L,
                -1L,
                -1L,
                -1,
                0,
                0L,
                0L,
                "default",
                "a",
                "",
                "",
                NONE,
                NONE);
    }

    private static byte[] fullSubmit() {
        return frame(
                MessageType.SUBMIT,
                7,
                (byte) 2,
                (byte) 3,
                (short) 100,
                1000,
                Limits.DELAY_MS_MAX - 1, // before it expires
                0L,
                0L,
                Limits.BACKOFF_MS_MAX,
                Limits.BACKOFF_MS_MAX,
                Limits.FACTOR_MILLIS_MAX,
                Limits.VISIBILITY_TIMEOUT_MS_MAX,
                Limits.IDEMPOTENCY_WINDOW_MS_MAX,
                Limits.DELAY_MS_MAX,
                NAME_MAX,
                "A-z.0_9",
                TEXT_255,
                "\u00e9\u20ac" + "k".repeat(250),
                elements("traceparent", "00-1-2-03", "empty", ""),
                filler(3000));
    }

    private void put(MessageType type, byte[] few, byte[] many) {
        least.put(type, few);
        most.put(type, many);
    }

    private void put(MessageType type, Object... parts) {
        put(type, frame(type, 1, parts), frame(type, Integer.MAX_VALUE, parts));
    }

    private void session() {
        MessageType type = MessageType.HELLO;
        put(
                type,
                frame(type, 1, (short) 1, (short) 1, (short) 0, "", "", "", ""),
                frame(type, 2, (short) 1, (short) 9, (short) 3, "secret", TEXT_255, "1.4.2", "node-7.example.org"));
        put(MessageType.PING);
        type = MessageType.GOAWAY;
        put(
                type,
                frame(type, 0, (short) 0, ""),
                frame(type, 0, (short) 15, (byte) 1, "r".repeat(Limits.NOTE_BYTES_MAX)));
        type = MessageType.WELCOME;
        put(
                type,
                frame(type, 1, (short) 1, (short) 0, 4 << 20, 0L, 1L, ""),
                frame(type, 1, (short) 1, (short) 1, 17 << 20, TIME, 1L << 40, "0.1.0"));
        put(MessageType.PONG);
        type = MessageType.ERROR;
        put(
                type,
                frame(type, 1, (short) 1, (short) 0, 0, "", ""),
                frame(type, 1, (short) 12, (short) 0, 1000, "queue \"mail\" is full", "wait"));
    }

    private void producer() {
        put(MessageType.SUBMIT, submit(), fullSubmit());
        MessageType type = MessageType.SUBMIT_BATCH;
        put(type, frame(type, 1, 1, submit()), frame(type, 2, 3, join(submit(), fullSubmit(), submit())));
        type = MessageType.GET;
        put(type, frame(type, 1, 0L), frame(type, 2, ID, (byte) 1));
        type = MessageType.WAIT;
        put(type, frame(type, 1, 0L, 0), frame(type, 2, Long.MAX_VALUE, 60_000));
        type = MessageType.CANCEL;
        put(type, frame(type, 1, 0L), frame(type, 2, -1L));
        type = MessageType.LIST;
        put(
                type,
                frame(type, 1, 0L, 1, (short) 0, "", ""),
                frame(type, 2, Long.MAX_VALUE, 1000, (short) -1, NAME_MAX, NAME_MAX));
        type = MessageType.SEARCH;
        put(
                type,
                frame(type, 1, 0L, 1, "", ""),
                frame(
                        type,
                        2,
                        Long.MAX_VALUE,
                        1000,
                        NAME_MAX,
                        "s".repeat(SearchQuery.BYTES_MAX - 18) + " type:a header:b=c"));
        type = MessageType.RESCHEDULE;
        put(
                type,
                frame(type, 1, 0L, 0L, (byte) -1, longs(1)),
                frame(type, 2, -1L, Long.MAX_VALUE, (byte) 2, longs(new long[Limits.BATCH_TASKS_MAX])));
    }

    private void worker() {
        MessageType type = MessageType.RESERVE;
        put(
                type,
                frame(type, 1, 1, 0, 0, "", elements("empty.1")),
                frame(
                        type,
                        2,
                        1000,
                        60_000,
                        43_200_000,
                        0,
                        (byte) 3,
                        (byte) 1,
                        (byte) 100,
                        TEXT_255,
                        elements("empty.1", "empty.2", NAME_MAX)));
        type = MessageType.ACK;
        put(
                type,
                frame(type, 1, 1L, 1L, "", NONE, NONE),
                frame(type, 2, ID, (1L << 53) - 1, "application/json", filler(2000), join(submit(), fullSubmit())));
        type = MessageType.NACK;
        put(
                type,
                frame(type, 1, 1L, 1L, -1L, (byte) 0, ""),
                frame(type, 2, ID, Long.MAX_VALUE, Limits.DELAY_MS_MAX, (byte) 1, "e".repeat(Limits.ERROR_BYTES_MAX)));
        put(MessageType.RELEASE, ID, 5L);
        type = MessageType.EXTEND;
        put(type, frame(type, 1, 1L, 1L, 0), frame(type, 2, ID, 5L, 43_200_000, (byte) 1));
        type = MessageType.PROGRESS;
        put(
                type,
                frame(type, 1, 1L, 1L, (byte) 0, ""),
                frame(type, 2, ID, 5L, (byte) 100, "p".repeat(Limits.NOTE_BYTES_MAX)));
    }

    private void queue() {
        MessageType type = MessageType.PUT_QUEUE;
        put(
                type,
                frame(type, 1, -1, -1, -1L, -1L, -1, (short) -1, (byte) 0, (byte) 0, -1L, -1, -1, "a"),
                frame(
                        type,
                        2,
                        43_200_000,
                        1000,
                        Limits.BACKOFF_MS_MAX,
                        Limits.BACKOFF_MS_MAX,
                        100_000,
                        (short) 100,
                        (byte) 3,
                        (byte) 2,
                        Long.MAX_VALUE,
                        (byte) 45,
                        (byte) 45,
                        (byte) 250,
                        (byte) 1,
                        600_000,
                        NAME_MAX));
        type = MessageType.GET_QUEUE;
        put(type, frame(type, 1, "a"), frame(type, 2, NAME_MAX));
        type = MessageType.LIST_QUEUES;
        put(type, frame(type, 1, 1, ""), frame(type, 2, 1000, NAME_MAX));
        type = MessageType.PAUSE_QUEUE;
        put(
                type,
                frame(type, 1, (byte) 0, "paused", "", ""),
                frame(type, 2, (byte) 1, "paused", "r".repeat(Limits.NOTE_BYTES_MAX), TEXT_255));
        type = MessageType.NOTE_QUEUE;
        put(type, frame(type, 1, "a", "", ""), frame(type, 2, NAME_MAX, "n".repeat(Limits.NOTE_BYTES_MAX), TEXT_255));
        type = MessageType.RESUME_QUEUE;
        put(type, frame(type, 1, "a"), frame(type, 2, NAME_MAX));
        type = MessageType.PURGE_QUEUE;
        put(type, frame(type, 1, 0, 0, 0L, 0L, "a"), frame(type, 2, Integer.MAX_VALUE, 0, ID, ID, NAME_MAX));
        type = MessageType.DELETE_QUEUE;
        put(type, frame(type, 1, 0, 0, 0L, 0L, "a"), frame(type, 2, 1, 0, ID, ID, NAME_MAX));
    }

    private void deadLetters() {
        MessageType type = MessageType.DLQ_LIST;
        put(
                type,
                frame(type, 1, 0L, 1, "", "", ""),
                frame(
                        type,
                        2,
                        ID,
                        1000,
                        (byte) 1,
                        (byte) 1,
                        (short) 0,
                        TIME,
                        TIME + 1,
                        TIME + 2,
                        NAME_MAX,
                        NAME_MAX,
                        "e".repeat(Limits.NOTE_BYTES_MAX)));
        type = MessageType.DLQ_GROUPS;
        put(
                type,
                frame(type, 1, 1, 0, 0L, 0L, "a", "", ""),
                frame(type, 2, 1000, 0x101, TIME, TIME + 1, NAME_MAX, NAME_MAX, "e".repeat(Limits.NOTE_BYTES_MAX)));
        type = MessageType.DLQ_REPLAY;
        put(
                type,
                frame(type, 1, 0, 0, (byte) 1, "", "", "", NONE, NONE),
                frame(
                        type,
                        2,
                        Integer.MAX_VALUE,
                        Integer.MAX_VALUE,
                        (byte) 0,
                        (byte) 1,
                        (byte) 1,
                        (byte) 0,
                        1000,
                        TIME,
                        TIME + 1,
                        NAME_MAX,
                        NAME_MAX,
                        "timeout",
                        longs(ID),
                        fullSubmit()));
        type = MessageType.DLQ_DISCARD;
        put(
                type,
                frame(type, 1, 0, 0, (byte) 1, "", "", "", NONE),
                frame(
                        type,
                        2,
                        1000,
                        0,
                        (byte) 0,
                        (byte) 1,
                        (short) 0,
                        0,
                        TIME,
                        TIME + 1,
                        NAME_MAX,
                        NAME_MAX,
                        "timeout",
                        longs(1, 2, ID)));
        type = MessageType.DLQ_RUNS;
        put(type, frame(type, 1, 1, ""), frame(type, 2, 1000, NAME_MAX));
        put(MessageType.DLQ_STOP, ID);
    }

    private void operations() {
        put(MessageType.STATS);
        MessageType type = MessageType.SCALE_HINT;
        put(type, frame(type, 1, 1, 0, 1L, "a"), frame(type, 2, 100_000, 0, Limits.DELAY_MS_MAX, NAME_MAX));
        type = MessageType.WORKERS;
        put(type, frame(type, 1, 1), frame(type, 2, 1000));
        put(MessageType.HISTORY, ID);
        put(MessageType.WHY, ID);
        put(MessageType.SNAPSHOT);
        type = MessageType.DRAIN_WORKER;
        put(type, frame(type, 1, 1L), frame(type, 2, 1L << 40, (byte) 1));
        put(MessageType.CANCEL_REQUESTED, ID, 5L);
        type = MessageType.BROKER_STATS;
        put(
                type,
                frame(type, 1),
                frame(type, 1, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L, 15L, 16L, 17L, 18L));
        type = MessageType.SCALE;
        put(
                type,
                frame(type, 1, 0, 0, 0L, 0L, 0L, 0L, 0L, ""),
                frame(type, 1, 58, 0, 1_500_000L, 115_250_000L, 5_000_000L, 250_000L, 105_000L, NAME_MAX));
        type = MessageType.WORKER;
        byte[] one = frame(type, 0, 1L, TIME, TIME, 0, 0, "", "", "", "", "", NONE);
        put(
                type,
                one,
                frame(
                        type,
                        0,
                        1L << 40,
                        TIME,
                        TIME,
                        10,
                        2,
                        (byte) 1,
                        TEXT_255,
                        "mailer",
                        "127.0.0.1:41234",
                        "1.4.2",
                        "node-7",
                        elements("mail", NAME_MAX)));
        type = MessageType.WORKER_LIST;
        put(type, frame(type, 1, 0, NONE), frame(type, 1, 2, join(one, most(MessageType.WORKER))));
        type = MessageType.TRANSITION;
        one = frame(type, 0, TIME, 0L, 0, (byte) 0, (byte) 2, "", "");
        put(type, one, frame(type, 0, TIME, 5L, 3, (byte) 4, (byte) 9, "worker-1", "cancel"));
        type = MessageType.TRANSITIONS;
        byte[] steps = join(one, most(MessageType.TRANSITION));
        put(type, frame(type, 1, ID, 0, NONE), frame(type, 1, ID, 2, 0, TIME, steps));
        type = MessageType.EXPLANATION;
        put(
                type,
                frame(type, 1, ID, 0L, 0L, 0L, -1L, 0L, 0, 1, (byte) 4, (byte) 2, "nobody works on a", "a", ""),
                frame(
                        type,
                        1,
                        ID,
                        TIME,
                        TIME + 5000,
                        412L,
                        60_000L,
                        6_900_000L,
                        3,
                        4,
                        (byte) 6,
                        (byte) 4,
                        "it runs on worker-1",
                        NAME_MAX,
                        TEXT_255));
    }

    private void taskReplies() {
        put(MessageType.COUNTED, Long.MAX_VALUE, ID, 3L);
        MessageType type = MessageType.TASK_STATE;
        put(
                type,
                frame(type, 1, ID, 0L, 0L, 0L, (byte) 2, (byte) 0, NONE),
                frame(type, 1, ID, 5L, TIME, TIME, (byte) 4, (byte) 1, longs(1, 2, 3)));
        type = MessageType.SUBMITTED;
        put(
                type,
                frame(type, 1, ID, TIME, (byte) 2, (byte) 0, (byte) 0, "", NONE),
                frame(type, 1, ID, TIME, (byte) 5, (byte) 1, (byte) 1, "text/plain", filler(100)));
        type = MessageType.BATCH_SUBMITTED;
        put(type, frame(type, 1, 0, 0, TIME, NONE), frame(type, 1, 2, 0, TIME, longs(ID, 2, ID + 1, 0x105)));
        type = MessageType.TASK;
        byte[] one = frame(
                type, 0, ID, TIME, 0L, 0L, 0L, 0L, 0L, 0, 0, 0, 3, 30_000, (byte) 2, (byte) 1, (byte) 0, (byte) 0, 0,
                (byte) 0, "a", "b", "", "", NONE, NONE, "", NONE, "", "", "");
        put(
                type,
                one,
                frame(
                        type,
                        1,
                        ID,
                        TIME,
                        TIME,
                        TIME,
                        TIME,
                        TIME,
                        TIME,
                        4,
                        3,
                        2,
                        1000,
                        43_200_000,
                        (byte) 6,
                        (byte) 0,
                        (byte) 3,
                        (byte) 99,
                        3000,
                        (byte) 3,
                        NAME_MAX,
                        NAME_MAX,
                        TEXT_255,
                        TEXT_255,
                        elements("a", "b"),
                        filler(50),
                        "text/plain",
                        filler(60),
                        "boom",
                        "half",
                        TEXT_255));
        type = MessageType.TASKS;
        put(type, frame(type, 1, 0L, 0, NONE), frame(type, 1, ID, 2, 0, TIME, join(one, most(MessageType.TASK))));
        type = MessageType.DELIVERIES;
        byte[] about = join(longs(ID, 5, TIME), longs(1L << 32 | 30_000, 2L << 32 | 1, 3));
        put(type, frame(type, 1, 0, NONE), frame(type, 1, 2, 1, join(about, submit(), about, fullSubmit())));
    }

    private void queueReplies() {
        MessageType type = MessageType.QUEUE;
        byte[] one = frame(
                type,
                0,
                30_000,
                3,
                1_000L,
                600_000L,
                2_000,
                (short) 20,
                (byte) 3,
                (byte) 1,
                0L,
                (byte) 0,
                (byte) 0,
                (short) 0,
                0,
                "a",
                "",
                "",
                "",
                "");
        put(
                type,
                one,
                frame(
                        type,
                        1,
                        30_000,
                        3,
                        1_000L,
                        600_000L,
                        2_000,
                        (short) 20,
                        (byte) 1,
                        (byte) 2,
                        9L,
                        (byte) 5,
                        (byte) 6,
                        (short) 0,
                        0,
                        1L,
                        2L,
                        3L,
                        4L,
                        5L,
                        6L,
                        7L,
                        8L,
                        9L,
                        10L,
                        11,
                        (byte) 3,
                        (byte) 0,
                        (short) 0,
                        12L,
                        TIME,
                        TIME + 1,
                        NAME_MAX,
                        "the mail server is down",
                        "ann",
                        "belongs to billing",
                        "127.0.0.1"));
        type = MessageType.QUEUES;
        put(type, frame(type, 1, 0, NONE), frame(type, 1, 2, join(one, most(MessageType.QUEUE))));
        type = MessageType.DLQ_GROUP;
        one = frame(type, 0, 1L, TIME, TIME, ID, "a", "");
        put(type, one, frame(type, 0, 1L << 40, TIME, TIME, ID, NAME_MAX, "no route to #"));
        type = MessageType.DLQ_GROUP_LIST;
        put(type, frame(type, 1, 0, NONE), frame(type, 1, 2, join(one, most(MessageType.DLQ_GROUP))));
        type = MessageType.DLQ_RUN;
        one = frame(type, 0, 1L, TIME, 0L, 0L, 0L, 0L, 5, 0, 0, 0, (byte) 1, (byte) 0, "a", "", "", "");
        put(
                type,
                one,
                frame(
                        type,
                        0,
                        ID,
                        TIME,
                        TIME + 1,
                        4000L,
                        9L,
                        1L,
                        500,
                        10,
                        9,
                        1,
                        (byte) 6,
                        (byte) 1,
                        NAME_MAX,
                        NAME_MAX,
                        "no route to #",
                        "t-1 failed again"));
        type = MessageType.DLQ_RUN_LIST;
        put(type, frame(type, 1, 0, NONE), frame(type, 1, 2, join(one, most(MessageType.DLQ_RUN))));
    }

    private void internal() {
        put(MessageType.TICK, 1000, 1);
        put(MessageType.DISCONNECT, frame(MessageType.DISCONNECT, 1, 0, 0), frame(MessageType.DISCONNECT, 2, 1, 0));
        put(MessageType.NEW_TERM, 7L, 1, 0, 0x1234_5678_9abcL, -1L, 5_000);
        put(MessageType.SET_RETENTION, 86_400_000L);
        put(MessageType.SET_RETAINED_BYTES, 1L << 30);
        put(MessageType.CLOCK, -3_600_000L);
        put(MessageType.WITHDRAW);
        put(MessageType.SET_QUEUE_LIMITS, 200_000, 100_000, 86_400_000L);
        put(MessageType.QUEUE_MAKER, -5L);
        put(MessageType.END_WAITS, 5_000);
        put(MessageType.HANDED_OVER, 1L << 33);
        put(
                MessageType.PAYLOAD_UNREADABLE,
                frame(MessageType.PAYLOAD_UNREADABLE, 0, ID, 7L, ""),
                frame(MessageType.PAYLOAD_UNREADABLE, 0, ID, 1L << 40, TEXT_255));
        byte[] submits = join(least(MessageType.SUBMIT), most(MessageType.SUBMIT));
        put(
                MessageType.HAND_OVER,
                frame(MessageType.HAND_OVER, 0, 1L << 32, 1, 0, 0L, NONE),
                frame(MessageType.HAND_OVER, 0, (1L << 33) + 5, 31, 0, -7L, submits));
        MessageType type = MessageType.RELOCATE;
        put(
                type,
                frame(type, 0, ID, 1L << 40, 0, 0, filler(13)),
                frame(type, 0, ID, 9L << 40, 2, 24, filler(24 + 300)));
    }
}
