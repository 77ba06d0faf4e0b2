package io.telpher.broker.sim;

import io.telpher.broker.QueueNames;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import io.telpher.protocol.task.TaskStateReply;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One client of a broker with several partitions: batches over their queues, reserves that listen in all of them, acknowledgements with a follow-up
 * task elsewhere. Every task has a type of its own, by which it is known again.
 */
final class PartitionsLoad {
    private static final String FOLLOW_UP = "after-";
    private static final int LEASE_MS = 60_000;

    private final int partitions;
    private final Dice dice;
    private final List<String> queues = new ArrayList<>();
    private final Queue<SimulatedSession.Reply> inbox = new ArrayDeque<>();
    /** By request, what it asked for: the batch's types, the most tasks of a reserve, the type acknowledged. */
    private final Map<Integer, List<String>> batches = new HashMap<>();

    private final Map<Integer, Integer> reserves = new HashMap<>();
    private final Map<Integer, String> acks = new HashMap<>();
    private final List<Held> held = new ArrayList<>();
    private final Set<Long> known = new HashSet<>();
    private final List<List<String>> asked = new ArrayList<>();
    private final Set<List<String>> confirmed = new HashSet<>();
    private final Set<String> acknowledged = new HashSet<>();
    private SimulatedSession session = new SimulatedSession(1, inbox);
    private int requests;
    private int batchNumber;

    private record Held(long taskId, long leaseId, String type) {}

    PartitionsLoad(int partitions, Dice dice) {
        this.partitions = partitions;
        this.dice = dice;
        queues.addAll(QueueNames.ofEach(partitions));
    }

    /** The broker begins; what was under way will not be answered. */
    void connect(long term) {
        session.close();
        session = new SimulatedSession(term << 32 | 1, inbox);
        batches.clear();
        reserves.clear();
        acks.clear();
        held.clear();
        known.clear();
    }

    Session session() {
        return session;
    }

    /** Nothing that was asked is without an answer. */
    boolean isAnswered() {
        return batches.isEmpty() && acks.isEmpty() && reserves.isEmpty();
    }

    int confirmed() {
        return confirmed.size();
    }

    /** It is an earlier run's, or it was told. */
    boolean knows(long ofSession, long leaseId) {
        return ofSession != session.id() || known.contains(leaseId);
    }

    void act(Consumer<FrameWriter> broker) {
        int request = ++requests;
        FrameWriter out = new FrameWriter();
        if (dice.oneIn(3)) {
            batches.put(request, writeBatch(out, request));
        } else if (held.isEmpty() || dice.oneIn(2)) {
            if (reserves.size() < 4) {
                writeReserve(out, request);
            }
        } else {
            Held one = held.remove(dice.below(held.size()));
            if (dice.oneIn(6)) {
                Release.write(out, request, one.taskId(), one.leaseId());
            } else {
                acks.put(request, one.type());
                writeAck(out, request, one);
            }
        }
        if (out.size() > 0) {
            broker.accept(out);
        }
    }

    private List<String> writeBatch(FrameWriter out, int request) {
        int number = ++batchNumber;
        int size = 1 + dice.below(4);
        List<String> types = new ArrayList<>();
        FrameWriter tasks = new FrameWriter();
        for (int i = 0; i < size; i++) {
            types.add("b" + number + "-" + i);
            Submit.write(tasks, 0, TaskSpec.type(types.get(i)).queue(anyQueue()).payload("p"));
        }
        SubmitBatch.write(out, request, size, tasks.written());
        asked.add(types);
        return types;
    }

    private String anyQueue() {
        return queues.get(dice.below(partitions));
    }

    private void writeReserve(FrameWriter out, int request) {
        int max = 1 + dice.below(3);
        List<String> wanted = new ArrayList<>(queues);
        if (dice.oneIn(3)) {
            wanted.remove(dice.below(wanted.size()));
        }
        if (dice.oneIn(2)) {
            Collections.reverse(wanted);
        }
        reserves.put(request, max);
        int waitMs = dice.oneIn(3) ? 0 : dice.below(400);
        Reserve.write(out, request, new Reserve.Wants(max, waitMs, LEASE_MS, "w"), wanted);
    }

    /** A task has one follow-up, wherever; follow-ups have none. */
    private void writeAck(FrameWriter out, int request, Held one) {
        FrameWriter followUp = new FrameWriter();
        if (!one.type().startsWith(FOLLOW_UP)) {
            Submit.write(
                    followUp,
                    0,
                    TaskSpec.type(FOLLOW_UP + one.type()).queue(anyQueue()).payload("p"));
        }
        Ack.write(out, request, one.taskId(), one.leaseId(), Result.NONE, followUp.written());
    }

    void read() {
        for (SimulatedSession.Reply reply = inbox.poll(); reply != null; reply = inbox.poll()) {
            ByteBuffer frames = reply.frames();
            for (int at = 0; at < frames.limit(); at += (int) Frame.bytes(frames, at)) {
                read(frames, at);
            }
        }
    }

    private void read(ByteBuffer frames, int at) {
        int request = Frame.requestId(frames, at);
        switch (MessageType.known(Frame.typeCode(frames, at))) {
            case BATCH_SUBMITTED -> {
                List<String> types = batches.remove(request);
                BatchSubmitted made = new BatchSubmitted().wrap(frames, at);
                require(types != null && made.count() == types.size(), "a batch is confirmed once, as a whole");
                for (int i = 0; i < made.count(); i++) {
                    require(made.taskId(i) != 0, "a batch is confirmed with the ids of all its tasks");
                }
                confirmed.add(types);
            }
            case DELIVERIES -> {
                Integer max = reserves.remove(request);
                Deliveries deliveries = new Deliveries().wrap(frames, at);
                require(max != null && deliveries.count() <= max, "a reserve is answered once, with what it asked for");
                Delivery each = deliveries.first();
                while (each.next()) {
                    held.add(new Held(
                            each.taskId(), each.leaseId(), each.submit().taskType()));
                    require(known.add(each.leaseId()), "no lease is given twice");
                }
            }
            case TASK_STATE -> {
                String type = acks.remove(request);
                TaskStateReply state = new TaskStateReply().wrap(frames, at);
                if (type != null && state.state() == TaskState.COMPLETED) {
                    acknowledged.add(type);
                    for (long id : state.followUpIds()) {
                        require(id != 0, "an acknowledgement is confirmed with the ids of its follow-ups");
                    }
                }
            }
            case ERROR -> {
                ErrorReply error = new ErrorReply().wrap(frames, at);
                acks.remove(request);
                require(
                        error.code() == ErrorCode.STALE_LEASE,
                        "nothing is refused here but late acks: " + error.message());
            }
            default -> throw new AssertionError("an answer to nothing that was asked");
        }
    }

    /**
     * At rest.
     *
     * @param tasks by type, how many there are
     */
    void check(Map<String, Integer> tasks, Map<String, TaskState> states) {
        require(isAnswered(), "everything is answered at rest");
        for (List<String> batch : asked) {
            long made = batch.stream().filter(tasks::containsKey).count();
            require(made == 0 || made == batch.size(), "of batch " + batch + " there are " + made);
            require(made > 0 || !confirmed.contains(batch), "batch " + batch + " was confirmed and is gone");
        }
        tasks.forEach((type, count) -> require(count == 1, type + " is there " + count + " times"));
        states.forEach((type, state) -> {
            boolean hasFollowUp = tasks.containsKey(FOLLOW_UP + type);
            if (!type.startsWith(FOLLOW_UP)) {
                require(
                        hasFollowUp == (state == TaskState.COMPLETED),
                        type + " is " + state + ", its follow-up " + hasFollowUp);
            }
            require(
                    state == TaskState.COMPLETED || !acknowledged.contains(type),
                    type + " was acknowledged and is " + state);
        });
        acknowledged.forEach(type -> require(tasks.containsKey(type), type + " was acknowledged and is gone"));
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
