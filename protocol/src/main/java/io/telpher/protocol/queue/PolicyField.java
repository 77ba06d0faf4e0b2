package io.telpher.protocol.queue;

import io.telpher.protocol.Limits;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a queue's policy, each described once: its names, its bounds, its default, and its place in the 48 bytes that PUT_QUEUE and QUEUE carry. The wire,
 * the configuration, JSON, snapshots and the state's hash walk these, so a new field is a line here, the code that uses it, and its documentation.
 *
 * <p>All values are whole numbers: milliseconds, thousandths, percent, codes of words, 0 or 1 for flags. {@link QueuePolicyFields#UNSET} follows the queue {@code default}.
 */
public enum PolicyField {
    VISIBILITY_TIMEOUT(
            "How long a worker may be silent.",
            Kind.DURATION,
            0,
            4,
            30_000,
            Limits.VISIBILITY_TIMEOUT_MS_MIN,
            Limits.VISIBILITY_TIMEOUT_MS_MAX),
    MAX_RETRIES("Attempts after the first.", Kind.COUNT, 4, 4, 3, 0, Limits.RETRIES_MAX),
    BACKOFF(
            "How the time between attempts grows.",
            30,
            io.telpher.protocol.Backoff.EXPONENTIAL,
            words(io.telpher.protocol.Backoff.values())),
    BASE("Time before the first retry.", Kind.DURATION, 8, 8, 1_000, 0, Limits.BACKOFF_MS_MAX),
    FACTOR(
            "Growth of an exponential backoff.",
            Kind.FACTOR,
            24,
            4,
            2_000,
            Limits.FACTOR_MILLIS_MIN,
            Limits.FACTOR_MILLIS_MAX),
    CAP("Longest time between attempts.", Kind.DURATION, 16, 8, 600_000, 0, Limits.BACKOFF_MS_MAX),
    JITTER("How far a backoff may lie from its computed time.", Kind.PERCENT, 28, 2, 20, 0, 100),
    /** Live tasks the queue takes before QUEUE_FULL; 0 = no limit. */
    MAX_TASKS(
            "Unfinished tasks above which submits are refused; 0 = no limit.", Kind.COUNT, 32, 8, 0, 0, Long.MAX_VALUE),
    ON_DISCONNECT(
            "What becomes of a worker's tasks when its connection closes.",
            31,
            OnDisconnect.RELEASE,
            words(OnDisconnect.values())),
    /** How long the leases of a closed connection wait for their client to come back. */
    DISCONNECT_GRACE(
            "How long they wait for the same client to come back.",
            Kind.DURATION,
            44,
            4,
            2_000,
            0,
            Limits.DISCONNECT_GRACE_MS_MAX),
    /** Crashes after which a task is a dead letter, whatever its retries; 0 = the first one. */
    MAX_CRASHES(
            "Crashes of its workers after which a task is a dead letter.",
            Kind.COUNT,
            42,
            1,
            10,
            0,
            Limits.CRASHES_MAX),
    /** The key of a cancelled, purged, discarded or expired task is free at once. */
    KEY_RELEASE("A task that ends unworked frees its idempotency key at once.", Kind.FLAG, 43, 1, 1, 0, 1),
    /** Percent of deliveries that low tasks get even while higher ones wait; 0 = strict. */
    MINIMUM_SHARE(
            "Deliveries that low priority gets although higher ones wait.",
            Kind.PERCENT,
            41,
            1,
            0,
            0,
            QueuePolicyFields.SHARES_PERCENT_MAX),
    /** The same for normal ones. */
    MINIMUM_SHARE_NORMAL(
            "The same for normal priority.", Kind.PERCENT, 40, 1, 0, 0, QueuePolicyFields.SHARES_PERCENT_MAX);

    /** How people write a value. */
    public enum Kind {
        /** Milliseconds. */
        DURATION,
        COUNT,
        /** Thousandths; people write 2.5. */
        FACTOR,
        PERCENT,
        /** The index of one of {@link PolicyField#words}; 0 = unset on the wire. */
        WORD,
        FLAG
    }

    private static final PolicyField[] ALL = values();

    private final String about;
    private final Kind kind;
    private final int offset;
    private final int bytes;
    private final long byDefault;
    private final long min;
    private final long max;

    @SuppressWarnings("ImmutableEnumChecker") // made by toList() or List.of()
    private final List<String> words;

    PolicyField(String about, Kind kind, int offset, int bytes, long byDefault, long min, long max) {
        this(about, kind, offset, bytes, byDefault, min, max, List.of());
    }

    PolicyField(String about, int offset, Enum<?> byDefault, List<String> words) {
        this(about, Kind.WORD, offset, 1, byDefault.ordinal(), 1, words.size() - 1, words);
    }

    PolicyField(
            String about, Kind kind, int offset, int bytes, long byDefault, long min, long max, List<String> words) {
        this.about = about;
        this.kind = kind;
        this.offset = offset;
        this.bytes = bytes;
        this.byDefault = byDefault;
        this.min = min;
        this.max = max;
        this.words = words;
    }

    private static List<String> words(Enum<?>[] values) {
        return Stream.of(values)
                .map(each -> each.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** The field with this name in the configuration; null when there is none. */
    public static @Nullable PolicyField named(String name) {
        for (PolicyField field : ALL) {
            if (field.word().equals(name)) {
                return field;
            }
        }
        return null;
    }

    public static int count() {
        return ALL.length;
    }

    /** As the configuration calls it: {@code visibility_timeout}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** As JSON calls it: a duration's name ends in its unit. */
    public String jsonName() {
        return kind == Kind.DURATION ? word() + "_ms" : word();
    }

    /** For people, in a sentence. */
    public String about() {
        return about;
    }

    public Kind kind() {
        return kind;
    }

    public long byDefault() {
        return byDefault;
    }

    public long min() {
        return min;
    }

    public long max() {
        return max;
    }

    /** Of a {@link Kind#WORD}, by code; the first stands for unset. */
    public List<String> words() {
        return words;
    }

    /** Why the value is refused; null when it is valid or unset. */
    @Nullable
    Problem problem(long value) {
        if (value == QueuePolicyFields.UNSET) {
            return null;
        }
        if (kind == Kind.WORD) {
            return value >= min && value <= max
                    ? null
                    : Problem.bad(word() + " code " + value + " is unknown; use "
                            + String.join(" or ", words.subList(1, words.size())));
        }
        String unit = kind == Kind.FACTOR ? " (thousandths)" : kind == Kind.PERCENT ? " (percent)" : "";
        return Problem.within(jsonName() + unit, value, min, max);
    }

    /** Code of an unset field in the frame. */
    private long unsetCode() {
        return kind == Kind.WORD ? 0 : bytes == 1 ? 0xFF : bytes == 2 ? 0xFFFF : QueuePolicyFields.UNSET;
    }

    /** A word's code that this version does not know is kept: {@link #problem} tells. */
    long read(Message from, int at) {
        long value =
                switch (bytes) {
                    case 1 -> from.u8(at + offset);
                    case 2 -> from.u16(at + offset);
                    case 4 -> from.i32(at + offset);
                    default -> from.i64(at + offset);
                };
        return value == unsetCode() ? QueuePolicyFields.UNSET : value;
    }

    /**
     * Into a policy's block, which begins at {@code at}.
     *
     * @throws IllegalArgumentException when the value does not fit into its bytes: it would become another one there
     */
    void write(FrameWriter out, int at, long value) {
        boolean isSet = value != QueuePolicyFields.UNSET;
        boolean fits = bytes == Long.BYTES || value >= 0 && value < 1L << Byte.SIZE * bytes && value != unsetCode();
        if (isSet && !fits) {
            throw new IllegalArgumentException(jsonName() + " is " + value + "; it must be " + min + " to " + max);
        }
        long code = isSet ? value : unsetCode();
        for (int i = 0; i < bytes; i++) {
            out.u8At(at + offset + i, (int) (code >>> (Byte.SIZE * i)) & 0xFF);
        }
    }
}
