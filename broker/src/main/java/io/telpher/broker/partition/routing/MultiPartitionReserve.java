package io.telpher.broker.partition.routing;

import io.telpher.broker.core.state.Placement;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.record.Withdraw;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A reserve for queues of several partitions. First they are asked in turn, in the order of preference, and the first that has something answers.
 * With weights each partition is asked about all its queues at once, and which one comes first is a matter of chance: as likely as its queues weigh together.
 * When none has, it waits in all of them; the first to have something wins, from the others it is withdrawn, and what one of them grants
 * before it hears of that is given back: released, at the front of its lane, the attempt not counted. Each partition in which it waits answers once.
 */
final class MultiPartitionReserve {
    private record Part(int partition, List<String> queues) {}

    private final MultiPartitionSession session;
    private final int requestId;
    private final Reserve.Wants wants;
    private final long deadlineMs;
    /** It waits like one that is held back, and is not one that the draining came upon: that is answered at once. */
    private final boolean wasDraining;

    /** Queues that follow each other in the order of preference and live in the same partition. */
    private final List<Part> turns = new ArrayList<>();
    /** All queues of a partition, in that order. */
    private final List<Part> places = new ArrayList<>();

    private int turn;
    private int waiting;
    private boolean over;

    MultiPartitionReserve(MultiPartitionSession session, Reserve reserve, long nowMs) {
        this.session = session;
        this.requestId = reserve.requestId();
        this.wants =
                new Reserve.Wants(reserve.max(), reserve.waitMs(), reserve.visibilityTimeoutMs(), reserve.worker());
        this.wasDraining = session.isDraining();
        this.deadlineMs = nowMs + reserve.waitMs() + BrokerClock.ROUNDING_MS;
        Map<Integer, List<String>> byPartition = new LinkedHashMap<>();
        Elements names = reserve.queues();
        Map<Integer, Integer> weights = new LinkedHashMap<>();
        int at = 0;
        for (String queue : Reserve.queuesOf(reserve)) {
            names.next();
            int partition = Placement.of(names.text(), session.partitions());
            weights.merge(partition, reserve.weight(at++), Integer::sum);
            if (turns.isEmpty() || turns.get(turns.size() - 1).partition() != partition) {
                turns.add(new Part(partition, new ArrayList<>()));
            }
            turns.get(turns.size() - 1).queues().add(queue);
            byPartition.computeIfAbsent(partition, each -> new ArrayList<>()).add(queue);
        }
        byPartition.forEach((partition, queues) -> places.add(new Part(partition, queues)));
        if (reserve.hasWeights()) {
            turns.clear();
            turns.addAll(byChance(weights));
        }
    }

    /** Each partition once; which one is next is a matter of chance, by what its queues weigh together. */
    private List<Part> byChance(Map<Integer, Integer> weights) {
        List<Part> left = new ArrayList<>(places);
        List<Part> order = new ArrayList<>();
        while (!left.isEmpty()) {
            int[] shares = left.stream()
                    .mapToInt(part -> Objects.requireNonNull(weights.get(part.partition())))
                    .toArray();
            int point = session.chance(Arrays.stream(shares).sum());
            int chosen = 0;
            while (point >= shares[chosen]) {
                point -= shares[chosen];
                chosen++;
            }
            order.add(left.remove(chosen));
        }
        return order;
    }

    synchronized void begin() {
        ask(turns.get(0), 0);
    }

    private void ask(Part part, int waitMs) {
        Reserve.Wants asked = new Reserve.Wants(wants.max(), waitMs, wants.visibilityTimeoutMs(), wants.worker());
        session.send(part.partition(), Reserve.write(new FrameWriter(), requestId, asked, part.queues()));
    }

    /**
     * A partition has answered with {@code count} tasks. On that partition's thread.
     *
     * @return true: this is the answer for the connection; false: it is not, and the tasks are to be given back
     */
    synchronized boolean granted(int partition, int count, long nowMs) {
        if (waiting > 0) {
            return answeredWhileWaiting(partition, count > 0);
        }
        if (count == 0 && ++turn < turns.size()) {
            ask(turns.get(turn), 0);
            return false;
        }
        int leftMs = (int) Math.min(Integer.MAX_VALUE, deadlineMs - nowMs);
        boolean mayWait = !session.isDraining() || wasDraining;
        if (count == 0 && leftMs > 0 && mayWait) {
            waiting = places.size();
            places.forEach(place -> ask(place, leftMs));
            return false;
        }
        session.ended(requestId);
        return true;
    }

    /** A partition refuses; true: this is the answer for the connection. */
    synchronized boolean refused(int partition) {
        if (waiting > 0) {
            return answeredWhileWaiting(partition, true);
        }
        session.ended(requestId);
        return true;
    }

    private boolean answeredWhileWaiting(int partition, boolean decides) {
        waiting--;
        if (waiting == 0) {
            session.ended(requestId);
        }
        boolean isAnswer = !over && (decides || waiting == 0);
        if (isAnswer) {
            over = true;
            for (Part place : places) {
                if (place.partition() != partition && waiting > 0) {
                    session.send(place.partition(), Withdraw.write(new FrameWriter(), requestId));
                }
            }
        }
        return isAnswer;
    }
}
