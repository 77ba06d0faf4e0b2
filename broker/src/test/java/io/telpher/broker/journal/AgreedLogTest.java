package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.journal.AgreedLog.Place;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.Tick;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Whatever the agreement brings, machines that begin alike apply the same. */
class AgreedLogTest {
    private static final int STEPS = 400;

    /** A machine: what it proposed waits in {@link #proposed} until the test has it agreed on. */
    private static final class Machine implements AgreedLog.Agreement {
        MemoryJournal journal = new MemoryJournal();
        final List<String> applied = new ArrayList<>();
        final Deque<ByteBuffer> proposed = new ArrayDeque<>();
        long epoch;
        int resigned;
        int known = 1;
        int batchBytesMin;
        int semantics = 1;
        final List<String> proofs = new ArrayList<>();
        final AtomicInteger brought = new AtomicInteger();
        AgreedLog log = new AgreedLog(
                0, journal, () -> epoch, () -> semantics, version -> version <= known, this, brought::incrementAndGet);

        @Override
        public void propose(long mandate, ByteBuffer entry) {
            proposed.add(entry);
        }

        @Override
        public void prove(long mandate, long term, long number) {
            proofs.add(term + " " + number);
        }

        @Override
        public int batchBytesMin() {
            return batchBytesMin;
        }

        @Override
        public void resign() {
            resigned++;
        }

        void poll() {
            log.poll(
                    record -> {
                        ByteBuffer frame = record.buffer();
                        int at = record.frameOffset();
                        if (Frame.typeCode(frame, at) == MessageType.NEW_TERM.code()) {
                            epoch = new NewTerm().wrap(frame, at).term();
                            semantics = new NewTerm().wrap(frame, at).semanticsVersion();
                        }
                        applied.add(Frame.typeCode(frame, at) + "@" + record.stampMs());
                    },
                    100);
        }

        void agreed(long index, ByteBuffer entry) {
            try {
                log.agreed(new Place(1, index), entry.duplicate());
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            poll();
        }

        void lead() {
            try {
                log.elected(++nextTerm);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            poll();
            assertTrue(log.mayLead());
            append(NewTerm.write(new FrameWriter(), 0, log.lead(), 1, 0, 1, 1), 1);
        }

        long append(FrameWriter frame, long stampMs) {
            Batch batch = log.newBatch();
            batch.add(stampMs, 0, frame.written(), true);
            return log.append(batch);
        }

        long tick(long stampMs) {
            return append(Tick.write(new FrameWriter(), 0, 1, 0), stampMs);
        }

        /** A batch of more bytes than that. */
        void ticks(int bytes) {
            Batch batch = log.newBatch();
            while (batch.bytes() <= bytes) {
                batch.add(1, 0, Tick.write(new FrameWriter(), 0, 1, 0).written(), true);
            }
            assertTrue(log.append(batch) > 0);
        }

        /** From its journal, as after a kill. */
        void restart() {
            log = new AgreedLog(0, journal, () -> epoch, () -> semantics, version -> version <= known, this, () -> {});
            proposed.clear();
        }
    }

    @Test
    @DisplayName("what a leader proposes is applied by all in one order, and only when it is agreed on")
    void appliesWhatIsAgreed() {
        Machine leader = new Machine();
        Machine follower = new Machine();
        leader.lead();
        leader.tick(5);
        leader.poll();
        assertEquals(List.of(), leader.applied);
        assertEquals(2, leader.log.appendedSequence());
        agree(List.of(leader, follower), leader, 2);
        assertEquals(2, leader.applied.size());
        assertEquals(leader.applied, follower.applied);
        assertEquals(leader.epoch, follower.epoch);
        assertEquals(Log.NO_EPOCH, follower.log.epoch());
    }

    @Test
    @DisplayName("who reads waits for a proof that was begun after it asked; all who ask meanwhile share the next one")
    void provesReads() {
        Machine leader = new Machine();
        leader.lead();
        long term = nextTerm;
        leader.poll();
        assertEquals(List.of(), leader.proofs);
        long first = leader.log.proveRead();
        assertEquals(first, leader.log.proveRead());
        leader.poll();
        long second = leader.log.proveRead();
        assertEquals(first + 1, second);
        leader.poll();
        assertEquals(List.of(term + " " + first), leader.proofs);
        assertTrue(leader.log.provenReads() < first);
        leader.log.proven(first);
        assertEquals(first, leader.log.provenReads());
        leader.poll();
        assertEquals(List.of(term + " " + first, term + " " + second), leader.proofs);
        leader.log.stopLeading();
        leader.lead();
        long third = leader.log.proveRead();
        leader.poll();
        leader.log.proven(second); // of the leadership before
        assertTrue(leader.log.provenReads() < third);
        assertEquals(nextTerm + " " + third, leader.proofs.get(2));
        leader.log.proven(third);
        leader.log.proven(second);
        assertEquals(third, leader.log.provenReads());
    }

    @Test
    @DisplayName("a machine that does not know the leader's semantics stops, and keeps nothing of what it can't apply")
    void stopsAtNewerSemantics() {
        Machine newer = new Machine();
        Machine older = new Machine();
        newer.lead();
        agree(List.of(newer, older), newer, 1);
        older.known = 0;
        newer.lead();
        ByteBuffer entry = newer.proposed.remove();
        String said = String.valueOf(assertThrows(JournalException.class, () -> older.agreed(++nextIndex, entry))
                .getMessage());
        assertTrue(said.startsWith("TQ-5023") && said.contains("semantics version 1"), said);
        assertEquals(1, older.journal.releasedSequence());
        older.restart();
        assertThrows(JournalException.class, () -> older.agreed(++nextIndex, entry));
        older.known = 1;
        older.restart();
        older.agreed(++nextIndex, entry);
        assertEquals(2, older.journal.releasedSequence());
        assertEquals(newer.log.voidBatches(), older.log.voidBatches());
    }

    @Test
    @DisplayName("a node whose snapshot is of a version that it does not know takes nothing of the epoch that goes on")
    void refusesAnEpochThatGoesOn() {
        Machine leader = new Machine();
        Machine follower = new Machine();
        leader.lead();
        agree(List.of(leader, follower), leader, 1);
        assertEquals(1, follower.log.semantics());
        leader.tick(1);
        ByteBuffer entry = leader.proposed.remove();
        follower.known = 0; // an older program was installed, and begins with what the newer one left
        follower.restart();
        String said = String.valueOf(assertThrows(JournalException.class, () -> follower.agreed(++nextIndex, entry))
                .getMessage());
        assertTrue(said.startsWith("TQ-5023"), said);
        assertEquals(1, follower.journal.releasedSequence());
    }

    /** Whoever polls rests for a while after a poll that found nothing. */
    @Test
    @DisplayName("as long as something waits a poll has found something, be it here already, void or an election")
    void tellsThatThereWasSomething() throws InterruptedException {
        Machine leader = new Machine();
        Machine follower = new Machine();
        leader.lead();
        for (int i = 0; i < 6; i++) {
            leader.tick(i);
        }
        List<ByteBuffer> entries = List.copyOf(leader.proposed);
        agree(List.of(leader, follower), leader, entries.size());
        follower.restart();
        for (ByteBuffer entry : entries) {
            follower.log.agreed(new Place(1, ++nextIndex), entry.duplicate()); // here already
        }
        follower.log.elected(++nextTerm);
        int polls = 0;
        while (follower.log.poll(record -> {}, 1) > 0) {
            polls++;
        }
        assertEquals(entries.size() + 1, polls);
        assertTrue(polls > 4, "so few tell nothing");
        assertTrue(follower.log.mayLead());
    }

    private static long nextIndex;
    private static long nextTerm;

    private static void agree(List<Machine> all, Machine from, int count) {
        for (int i = 0; i < count; i++) {
            ByteBuffer entry = from.proposed.remove();
            nextIndex++;
            all.forEach(machine -> machine.agreed(nextIndex, entry));
        }
    }

    @Test
    @DisplayName("behind one that was lost a batch is void everywhere, and its leader resigns")
    void holesAreVoid() {
        Machine leader = new Machine();
        Machine follower = new Machine();
        leader.lead();
        leader.tick(5);
        leader.tick(6);
        agree(List.of(leader, follower), leader, 1);
        leader.proposed.remove(); // lost
        agree(List.of(leader, follower), leader, 1);
        assertEquals(1, leader.applied.size());
        assertEquals(leader.applied, follower.applied);
        assertEquals(1, follower.log.voidBatches());
        assertEquals(1, leader.resigned);
        assertEquals(Log.NO_EPOCH, leader.log.epoch());
        leader.log.stopLeading();
        leader.lead();
        agree(List.of(leader, follower), leader, 1);
        assertEquals(leader.epoch, follower.epoch);
        assertEquals(leader.applied, follower.applied);
    }

    @Test
    @DisplayName("what an earlier leader proposed comes too late when another epoch has begun")
    void stragglersAreVoid() {
        Machine first = new Machine();
        Machine second = new Machine();
        List<Machine> all = List.of(first, second);
        first.lead();
        agree(all, first, 1);
        first.tick(7);
        ByteBuffer straggler = first.proposed.remove();
        first.log.deposed();
        first.log.stopLeading();
        second.lead();
        agree(all, second, 1);
        all.forEach(machine -> machine.agreed(++nextIndex, straggler));
        assertEquals(2, first.applied.size());
        assertEquals(first.applied, second.applied);
        second.tick(8);
        agree(all, second, 1);
        assertEquals(3, first.applied.size(), "the leader's own numbers are still right");
    }

    @Test
    @DisplayName("a greater epoch that does not begin with NEW_TERM has no effect")
    void epochsBeginWithTheirTerm() {
        Machine leader = new Machine();
        Machine follower = new Machine();
        leader.lead();
        follower.agreed(++nextIndex, leader.proposed.remove());
        assertTrue(follower.epoch > 0);
        Batch lie = new Batch();
        lie.add(9, 0, Tick.write(new FrameWriter(), 0, 1, 0).written(), true);
        ByteBuffer sealed = lie.seal(follower.epoch + 1, 2, 0, 0);
        ByteBuffer entry = ByteBuffer.allocate(4 + sealed.remaining())
                .putInt(0)
                .put(sealed)
                .flip();
        follower.agreed(++nextIndex, entry);
        assertEquals(1, follower.log.voidBatches());
    }

    @Test
    @DisplayName("a restart reads again what its journal has, and skips it")
    void repeatsAreSkipped() {
        Machine leader = new Machine();
        Machine follower = new Machine();
        leader.lead();
        leader.tick(5);
        List<ByteBuffer> entries = List.copyOf(leader.proposed);
        entries.forEach(entry -> follower.agreed(++nextIndex, entry));
        follower.restart();
        entries.forEach(entry -> follower.agreed(++nextIndex, entry));
        assertEquals(2, follower.applied.size());
        assertEquals(0, follower.log.voidBatches());
    }

    @Test
    @DisplayName("damage is no void batch: the machine stops")
    void damageIsFinal() {
        Machine leader = new Machine();
        leader.lead();
        ByteBuffer entry = leader.proposed.remove();
        ByteBuffer damaged =
                ByteBuffer.allocate(entry.remaining()).put(entry.duplicate()).flip();
        damaged.put(damaged.limit() - 1, (byte) (damaged.get(damaged.limit() - 1) + 1));
        damaged.put(70, (byte) (damaged.get(70) + 1));
        Machine follower = new Machine();
        assertThrows(JournalException.class, () -> follower.agreed(++nextIndex, damaged));
    }

    @Test
    @DisplayName("too much under way is pushed back")
    void pushesBack() {
        Machine leader = new Machine();
        leader.lead();
        int taken = 0;
        while (leader.tick(taken + 2) != Log.BACK_PRESSURED) {
            taken++;
        }
        assertEquals(7, taken);
        assertFalse(leader.applied.size() > 0);
    }

    @Test
    @DisplayName(
            "a small batch waits while another one is under way, and goes when none is, or when it is small no longer")
    void smallBatchesWait() {
        Machine leader = new Machine();
        leader.batchBytesMin = 300;
        leader.lead();
        Batch batch = leader.log.newBatch();
        add(batch);
        assertEquals(Log.BACK_PRESSURED, leader.log.append(batch));
        while (batch.bytes() < leader.batchBytesMin) {
            assertEquals(Log.BACK_PRESSURED, leader.log.append(batch));
            add(batch);
        }
        assertEquals(1 + batch.count(), leader.log.append(batch));
        assertEquals(Log.BACK_PRESSURED, leader.tick(2));
        leader.agreed(++nextIndex, leader.proposed.remove());
        assertEquals(Log.BACK_PRESSURED, leader.tick(2));
        leader.agreed(++nextIndex, leader.proposed.remove());
        assertEquals(2 + batch.count(), leader.tick(2));
        assertEquals(1, leader.proposed.size());
    }

    private static void add(Batch batch) {
        batch.add(2, 0, Tick.write(new FrameWriter(), 0, 1, 0).written(), true);
    }

    @Test
    @DisplayName("a leadership begins with nothing under way, behind what was agreed on")
    void beginsAnew() {
        Machine leader = new Machine();
        leader.lead();
        while (leader.tick(2) != Log.BACK_PRESSURED) {
            assertTrue(leader.proposed.size() < 100);
        }
        leader.agreed(++nextIndex, leader.proposed.remove());
        leader.proposed.clear();
        leader.log.deposed();
        leader.log.stopLeading();
        assertEquals(1, leader.log.appendedSequence());
        leader.lead();
        assertEquals(1, leader.proposed.size());
        leader.agreed(++nextIndex, leader.proposed.remove());
        assertEquals(2, leader.applied.size());
    }

    @Test
    @DisplayName("a machine leads when it has applied what was agreed on before, not earlier")
    void leadsBehindEarlierBatches() throws InterruptedException {
        Machine leader = new Machine();
        Machine next = new Machine();
        leader.lead();
        next.log.agreed(new Place(1, ++nextIndex), leader.proposed.remove());
        next.log.elected(++nextTerm);
        assertFalse(next.log.mayLead());
        next.poll();
        assertTrue(next.log.mayLead());
        assertEquals(1, next.log.appendedSequence());
    }

    @Test
    @DisplayName("a snapshot covers places up to its last record, never beyond")
    void coversWhatSnapshotsHold() {
        Machine leader = new Machine();
        leader.lead();
        for (int i = 0; i < 1_000; i++) {
            leader.tick(i + 2);
            leader.agreed(i, leader.proposed.remove());
        }
        Place covered = leader.log.covered(600);
        assertTrue(covered.index() < 600, covered::toString);
        assertTrue(covered.index() >= 256, covered::toString);
        assertEquals(covered, leader.log.covered(600));
    }

    /** Leaders come and go, batches are lost, doubled and late: nobody ever applies something else. */
    @Test
    @DisplayName("machines apply the same, whatever is lost, late or twice")
    void agreesUnderChaos() {
        for (int seed = 1; seed <= 50; seed++) {
            Random random = new Random(seed);
            List<Machine> all = List.of(new Machine(), new Machine(), new Machine());
            List<ByteBuffer> order = new ArrayList<>();
            int[] read = new int[all.size()];
            Machine leader = null;
            List<ByteBuffer> late = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                int dice = random.nextInt(20);
                if (dice == 0 || leader == null || leader.log.epoch() == Log.NO_EPOCH) {
                    if (leader != null) {
                        late.addAll(leader.proposed);
                        leader.proposed.clear();
                        leader.log.deposed();
                        leader.log.stopLeading();
                    }
                    int next = random.nextInt(all.size());
                    leader = all.get(next);
                    readAll(leader, order, read, next);
                    leader.lead();
                } else if (dice < 12) {
                    leader.tick(step);
                } else if (dice == 12 && !leader.proposed.isEmpty()) {
                    leader.proposed.remove(); // lost
                } else if (dice == 13 && !late.isEmpty()) {
                    order.add(late.remove(random.nextInt(late.size())));
                } else if (!leader.proposed.isEmpty()) {
                    order.add(leader.proposed.remove());
                }
                int reader = random.nextInt(all.size());
                if (read[reader] < order.size()) {
                    all.get(reader).agreed(read[reader], order.get(read[reader]));
                    read[reader]++;
                }
                if (random.nextInt(40) == 0 && all.get(reader) != leader) {
                    all.get(reader).restart();
                    read[reader] = random.nextInt(read[reader] + 1);
                }
            }
            for (int i = 0; i < all.size(); i++) {
                readAll(all.get(i), order, read, i);
            }
            assertTrue(all.get(0).applied.size() > STEPS / 10, "seed " + seed + " did nothing");
            for (Machine each : all) {
                assertEquals(all.get(0).applied, each.applied, "seed " + seed);
                assertEquals(all.get(0).epoch, each.epoch, "seed " + seed);
            }
        }
    }

    private static void readAll(Machine machine, List<ByteBuffer> order, int[] read, int number) {
        while (read[number] < order.size()) {
            machine.agreed(read[number], order.get(read[number]));
            read[number]++;
        }
    }

    @Test
    @DisplayName("a mark tells what the journal has when all before it is applied, and not what came behind")
    void tellsWhatIsBeforeAMark() throws Exception {
        Machine machine = new Machine();
        machine.lead();
        machine.tick(2);
        List<Long> told = new ArrayList<>();
        machine.log.agreed(new Place(1, 1), machine.proposed.remove());
        machine.log.mark(told::add);
        machine.log.agreed(new Place(1, 2), machine.proposed.remove());
        machine.log.mark(told::add);
        assertEquals(List.of(), told);
        machine.poll();
        assertEquals(List.of(1L, 2L), told);
    }

    @Test
    @DisplayName("who brings batches waits while too many bytes are not applied, however few batches they are in")
    void waitsForRoom() throws Exception {
        Machine leader = new Machine();
        leader.lead();
        leader.ticks(AgreedLog.AGREED_BYTES_MAX / 2);
        leader.ticks(AgreedLog.AGREED_BYTES_MAX / 2);
        Machine follower = new Machine();
        Thread brings = new Thread(() -> {
            try {
                for (int i = 1; i <= 3; i++) {
                    follower.log.agreed(new Place(1, i), leader.proposed.remove());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        brings.start();
        while (brings.getState() != Thread.State.WAITING && brings.isAlive()) {
            Thread.onSpinWait();
        }
        assertEquals(2, follower.brought.get());
        follower.poll();
        brings.join();
        assertEquals(3, follower.brought.get());
        follower.poll();
        assertEquals(3, follower.log.takenIndex());
        assertEquals(leader.log.appendedSequence(), follower.log.releasedSequence());
    }
}
