package io.telpher.protocol.lease;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.admin.WorkerView;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** RESERVE: up to max ready tasks, from the queues in order of preference or by their weights; waits for the first one. Answered by DELIVERIES. */
public final class Reserve extends Message {
    /** Where the weights begin in the block, a byte for each of the queues. */
    private static final int WEIGHTS = 16;

    public Reserve() {
        super(MessageType.RESERVE);
    }

    public Reserve wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    /**
     * What a worker asks for.
     *
     * @param visibilityTimeoutMs lease length for these deliveries, 0 = each task's own
     * @param worker its name, for people
     */
    public record Wants(int max, int waitMs, int visibilityTimeoutMs, String worker) {}

    /**
     * Writes it.
     *
     * @param queues names in order of preference; or with weights, as in {@code a:3, b:1}, where one that has none weighs 1
     * @throws IllegalArgumentException when a weight is not 1 to 100, or there are more than 64 queues with weights
     */
    public static FrameWriter write(FrameWriter out, int requestId, Wants wants, Iterable<String> queues) {
        QueueWeights weights = QueueWeights.of(queues);
        out.begin(MessageType.RESERVE, requestId, weights.isWeighted() ? MessageType.RESERVE.blockLength() : WEIGHTS)
                .i32(wants.max())
                .i32(wants.waitMs())
                .i32(wants.visibilityTimeoutMs())
                .i32(0);
        weights.write(out);
        out.pad().exact(wants.worker()).beginVar();
        weights.names().forEach(out::element);
        return out.endVar().end();
    }

    /** @throws IllegalArgumentException when these are not queues, or queues with weights, as {@link #write} takes them */
    public static void requireWeights(Iterable<String> queues) {
        QueueWeights.of(queues);
    }

    public int max() {
        return i32(0);
    }

    /** 0 = answer at once, even with nothing. */
    public int waitMs() {
        return i32(4);
    }

    /** Lease length for these deliveries, 0 = each task's own. */
    public int visibilityTimeoutMs() {
        return i32(8);
    }

    /** Whether the queues are served by their weights, and not in the order of preference. */
    public boolean hasWeights() {
        return weight(0) > 0;
    }

    /** Of the i-th queue, 1 to 100; 0 when they are not weighted. */
    public int weight(int i) {
        return i < Limits.RESERVE_QUEUES_MAX ? u8(WEIGHTS + i) : 0;
    }

    /** A byte for each queue that there may be; those behind the last are 0. */
    public byte[] weights() {
        byte[] weights = new byte[Limits.RESERVE_QUEUES_MAX];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (byte) weight(i);
        }
        return weights;
    }

    /** The queues as {@link #write} takes them. */
    public static List<String> queuesOf(Reserve reserve) {
        List<String> texts = new ArrayList<>();
        Elements queues = reserve.queues();
        while (queues.next()) {
            int weight = reserve.weight(texts.size());
            texts.add(weight == 0 ? queues.text() : queues.text() + QueueWeights.SEPARATOR + weight);
        }
        return texts;
    }

    /**
     * The queues' names as their var field has them, for a {@link WorkerView}: the first ones, which fit in {@link Limits#WORKER_QUEUES_BYTES_MAX}.
     *
     * @param known of a reserve before; returned when these are the same
     */
    public static byte[] namesOf(Reserve reserve, byte[] known) {
        int start = reserve.varOffset(1);
        if (reserve.varLength(1) == known.length && isAt(reserve.buffer(), start, known)) {
            return known;
        }
        Elements names = reserve.queues();
        int length = 0;
        while (names.next() && names.offset() + names.length() - start <= Limits.WORKER_QUEUES_BYTES_MAX) {
            length = names.offset() + names.length() - start;
        }
        if (length == known.length && isAt(reserve.buffer(), start, known)) {
            return known;
        }
        byte[] copy = new byte[length];
        reserve.buffer().get(start, copy);
        return copy;
    }

    private static boolean isAt(ByteBuffer buffer, int offset, byte[] wanted) {
        int same = 0;
        while (same < wanted.length && buffer.get(offset + same) == wanted[same]) {
            same++;
        }
        return same == wanted.length;
    }

    /** For people. */
    public String worker() {
        return string(0);
    }

    /** The queues' names. */
    public Elements queues() {
        return new Elements(buffer(), varOffset(1), varLength(1));
    }

    private @Nullable Problem queuesProblem() {
        Elements queues = queues();
        int count = 0;
        while (queues.next()) {
            count++;
            if (!QueueName.isValid(buffer(), queues.offset(), queues.length())) {
                return Problem.bad("queue \"" + queues.text() + "\" must be 1-128 of [A-Za-z0-9._-], but not . and ..");
            }
        }
        if (queues.isTorn()) {
            return Problem.bad("the list of queues does not add up");
        }
        Problem problem = Problem.within("number of queues", count, 1, Limits.RESERVE_QUEUES_MAX);
        return problem != null ? problem : weightsProblem(count);
    }

    /** All queues have one or none has. */
    private @Nullable Problem weightsProblem(int count) {
        for (int i = 0; i < Limits.RESERVE_QUEUES_MAX; i++) {
            int weight = weight(i);
            boolean isMeant = hasWeights() && i < count;
            if (isMeant ? weight < 1 || weight > Limits.WEIGHT_MAX : weight != 0) {
                return Problem.bad("weight " + i + " is " + weight + "; either each of the " + count
                        + " queues has one of 1 to " + Limits.WEIGHT_MAX + ", or none has");
            }
        }
        return null;
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        Problem problem = Problem.first(
                Problem.within("max", max(), 1, Limits.RESERVE_MAX),
                Problem.within("wait_ms", waitMs(), 0, Limits.RESERVE_WAIT_MS_MAX),
                text(0, "worker", Limits.WORKER_NAME_BYTES_MAX));
        if (problem == null && visibilityTimeoutMs() != 0) {
            problem = Submit.visibilityProblem(visibilityTimeoutMs());
        }
        return problem != null ? problem : queuesProblem();
    }
}
