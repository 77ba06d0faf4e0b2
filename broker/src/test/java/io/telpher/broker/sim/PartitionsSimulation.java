package io.telpher.broker.sim;

import io.netty.buffer.Unpooled;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.TaskFilter;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.Record;
import io.telpher.broker.journal.SimulatedDisk;
import io.telpher.broker.journal.SimulatedJournal;
import io.telpher.broker.journal.Tear;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.salvage.HandOverCheck;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.protocol.TaskState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The partitions of a broker on one thread, each with its disk, taken on in any order, while the machine loses its power or the process dies. What the
 * clients do is {@link PartitionsLoad}'s; here is what must hold of all partitions together.
 */
final class PartitionsSimulation {
    private static final int FILE_BYTES = 256 << 10;
    private static final int SETTLE_ROUNDS_MAX = 50_000;
    private static final int PARTITIONS_MAX = 3;

    private final Dice dice = new Dice(0);
    private final long seed;
    private final int count;
    private final List<SimulatedDisk> disks = new ArrayList<>();
    private final List<SimulatedJournal> journals = new ArrayList<>();
    private final List<Partition> partitions = new ArrayList<>();
    private final List<PartitionAgent> agents = new ArrayList<>();
    private final PartitionsLoad load;
    private PartitionRouter router;
    private long nowMs = 1_700_000_000_000L;
    private int crashes;

    /** Nobody looks at single records here. */
    private static final class Unobserved implements SimulatedJournal.Observer {
        @Override
        public void appended(Record record, boolean ends, boolean durable) {}

        @Override
        public void applied(Record record) {}
    }

    PartitionsSimulation(long seed) throws IOException {
        this.seed = seed;
        this.count = 2 + (int) (seed % (PARTITIONS_MAX - 1));
        for (int i = 0; i < count; i++) {
            disks.add(new SimulatedDisk(seed * PARTITIONS_MAX + i));
        }
        this.load = new PartitionsLoad(count, dice);
        this.router = start();
    }

    int crashes() {
        return crashes;
    }

    int confirmed() {
        return load.confirmed();
    }

    private PartitionRouter start() throws IOException {
        journals.clear();
        partitions.clear();
        agents.clear();
        for (int i = 0; i < count; i++) {
            Partition partition = new Partition(new Placement(i, count), Outbox.DISCARD);
            Recovery recovery = new Recovery(partition);
            SimulatedJournal journal = SimulatedJournal.open(disks.get(i), FILE_BYTES, recovery, new Unobserved());
            PartitionAgent agent = new PartitionAgent(new Parts(
                    partition,
                    journal,
                    journal,
                    new Parts.Time(() -> nowMs, null, () -> 0, nanos -> sync(journal)),
                    Parts.Upkeep.NONE,
                    Parts.Room.own(),
                    Parts.Observers.of(cause -> {
                        throw new IllegalStateException("partition " + partition.placement() + " ended", cause);
                    })));
            agent.lead(SimulatedBroker.newTerm(journal.epoch()));
            partitions.add(partition);
            journals.add(journal);
            agents.add(agent);
        }
        PartitionRouter made = PartitionRouter.over(agents, () -> nowMs);
        agents.forEach(PartitionAgent::begin);
        load.connect(journals.get(0).epoch());
        return made;
    }

    void run(int steps) throws IOException {
        for (int step = 0; step < steps; step++) {
            dice.throwFor(seed, step);
            if (dice.oneIn(250)) {
                crash();
            } else {
                step();
            }
        }
        settle();
        check();
    }

    private void step() {
        nowMs += dice.below(3);
        int i = dice.below(count);
        switch (dice.below(8)) {
            case 0, 1 -> load.act(frames -> router.receive(load.session(), Unpooled.wrappedBuffer(frames.toBytes())));
            case 2, 3 -> sync(journals.get(i));
            default -> agents.get(i).step();
        }
        load.read();
    }

    private static void sync(SimulatedJournal journal) {
        if (journal.isSyncing()) {
            journal.completeSync();
        } else if (journal.isSyncWanted()) {
            journal.beginSync();
        }
    }

    private void crash() throws IOException {
        crashes++;
        boolean isKill = dice.oneIn(2);
        for (SimulatedDisk disk : disks) {
            if (isKill) {
                disk.kill();
            } else {
                Tear.Kind[] kinds = Tear.Kind.values();
                disk.powerCut(new Tear(kinds[dice.below(kinds.length)], dice.below(100)));
            }
        }
        router = start();
    }

    private void settle() {
        int idle = 0;
        for (int round = 0; idle < 3; round++) {
            if (round == SETTLE_ROUNDS_MAX) {
                throw new AssertionError("it does not come to rest");
            }
            int work = 0;
            for (int i = 0; i < count; i++) {
                work += agents.get(i).step();
                boolean syncs = journals.get(i).isSyncing() || journals.get(i).isSyncWanted();
                sync(journals.get(i));
                work += syncs ? 1 : 0;
            }
            load.read();
            nowMs++;
            idle = work == 0 && load.isAnswered() ? idle + 1 : 0;
        }
    }

    private void check() {
        Map<String, Integer> tasks = new HashMap<>();
        Map<String, TaskState> states = new HashMap<>();
        List<HandOverCheck.Standing> standings = new ArrayList<>();
        for (Partition partition : partitions) {
            partition.list(new TaskFilter(0, 0, "", ""), Integer.MAX_VALUE, task -> {
                tasks.merge(task.type(), 1, Integer::sum);
                states.put(task.type(), task.state());
                requireKnownLease(task);
                return true;
            });
            require(
                    !partition.owed().iterator().hasNext(),
                    "partition " + partition.placement() + " owes nothing at rest");
            standings.add(HandOverCheck.Standing.of(partition));
        }
        require(HandOverCheck.problems(standings).isEmpty(), () -> HandOverCheck.problems(standings)
                .toString());
        load.check(tasks, states);
    }

    /** What several partitions granted to one reserve was given back, but for what the connection was told of. */
    private void requireKnownLease(TaskCursor task) {
        require(
                task.state() != TaskState.ACTIVE || load.knows(task.session(), task.leaseId()),
                "task " + task.type() + " is leased to a connection that was not told");
    }

    private static void require(boolean holds, String what) {
        require(holds, () -> what);
    }

    private static void require(boolean holds, Supplier<String> what) {
        if (!holds) {
            throw new AssertionError(what.get());
        }
    }
}
