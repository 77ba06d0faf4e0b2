package io.telpher.broker.journal;

import io.telpher.broker.memory.ClusterHeap;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.NewTerm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An order of records that several machines agree on, in front of this machine's journal. A leader proposes its batches; what was agreed on comes back by {@link #agreed}
 * on every machine, in one order, and only then is appended here and applied. So nothing is ever applied that could be taken back.
 *
 * <p>Three rules make the journals of all machines the same, whatever is proposed twice, too late or not at all:
 *
 * <ul>
 *   <li>A batch is appended when it begins where this journal ends, and its epoch is the last one or begins a greater one: the first batch of a leadership says NEW_TERM.
 *   <li>A batch that ends before this journal does is in it: it is skipped. That is what a restart reads again.
 *   <li>Any other is void, on every machine: a leader proposed it behind one that was lost, or after its time was over.
 * </ul>
 *
 * <p>The partition's thread, but for what says otherwise.
 */
public final class AgreedLog implements Log {
    /** Proposed by this leader and not come back: enough to keep the disks of a majority busy. */
    private static final int UNDER_WAY_MAX = 8;

    private static final int UNDER_WAY_BYTES_MAX = ClusterHeap.ofProcess().proposedBytes();

    /** Agreed on and not applied: beyond it the one that brings them waits. */
    private static final int AGREED_MAX = 64;

    static final int AGREED_BYTES_MAX = ClusterHeap.ofProcess().agreedBytes();

    /** A place in the agreement's own order, as that counts. */
    public record Place(long term, long index) {
        public static final Place NONE = new Place(0, -1);
    }

    /** Where a leader's batches go. */
    public interface Agreement {
        /** Does not wait. What it is given does not change. Any failure to have it agreed on ends in {@link #deposed}. */
        void propose(long mandate, ByteBuffer entry);

        /**
         * Does not wait. Tells {@link #proven} this number when a majority has said, after this call, that it knows of no later term than this one: no other machine led before.
         * Tries until it has, or until the mandate is over.
         */
        void prove(long mandate, long term, long number);

        /**
         * A batch of fewer bytes waits while another one is under way, and grows meanwhile: what the machines spend on a batch is mostly the same, whatever it holds. 0 = none waits.
         */
        default int batchBytesMin() {
            return 0;
        }

        /** The numbers of what this leader proposed are wrong: it is deposed, and may be {@link #elected} again behind all that. */
        void resign();
    }

    private sealed interface Event {
        /** @param room that it takes until it is applied */
        record Agreed(Place place, ByteBuffer entry, int room) implements Event {}

        record Elected(long mandate, long epoch) implements Event {}

        record Marked(LongConsumer told) implements Event {}
    }

    /** Ahead of each batch: which partition it is of. */
    private static final int PREFIX_BYTES = Integer.BYTES;

    /**
     * Epochs of one term. No two leaderships have the same, not even when nothing of the first was agreed on: what is left of it could be taken for the second's, by a machine
     * that reads it again after a restart.
     */
    public static final int ATTEMPTS_MAX = 256;

    private final int partition;
    private final Log local;
    private final LongSupplier lastEpoch;
    private final IntSupplier lastSemantics;
    private final IntPredicate knows;
    private final Agreement agreement;
    private final Runnable wakeUp;
    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(AGREED_MAX);
    private final Semaphore agreedRoom = new Semaphore(AGREED_BYTES_MAX);
    private final Deque<Batch> own = new ArrayDeque<>();
    private final AppliedIndexes indexes = new AppliedIndexes();
    /** The leadership that this machine has as far as is known; 0 = none. Any thread. */
    private volatile long mandate;

    private long mandates;
    private long electedTerm;
    private int attempt;
    private long electedMandate;
    private long electedEpoch;
    private long ledMandate;
    private long epoch;
    private long proposedSequence;
    private long underWayBytes;
    private volatile long voidBatches;
    private volatile long takenIndex = Place.NONE.index();
    private volatile int semantics;
    // proofs that this machine leads: one is under way at a time, and all who ask meanwhile share the next
    private boolean wantsProof;
    private long proofsBegun;
    private long proofsGivenUp;
    private final AtomicLong proofs = new AtomicLong();

    /**
     * @param partition its number
     * @param local this machine's journal, which syncs nothing by itself
     * @param lastEpoch that was applied
     * @param lastSemantics version by which records of that epoch are decided
     * @param knows whether records of this semantics version can be applied
     * @param wakeUp called by other threads when there may be something to poll
     */
    public AgreedLog(
            int partition,
            Log local,
            LongSupplier lastEpoch,
            IntSupplier lastSemantics,
            IntPredicate knows,
            Agreement agreement,
            Runnable wakeUp) {
        this.partition = partition;
        this.local = local;
        this.lastEpoch = lastEpoch;
        this.lastSemantics = lastSemantics;
        this.semantics = lastSemantics.getAsInt();
        this.knows = knows;
        this.agreement = agreement;
        this.wakeUp = wakeUp;
    }

    // ---- what the agreement tells; one thread of its own, but for deposed

    /**
     * This batch is next in the order. Waits while too many are, or too many bytes.
     *
     * @param place there, which only grows
     * @param entry from {@link Agreement#propose}, here or on another machine
     */
    public void agreed(Place place, ByteBuffer entry) throws InterruptedException {
        int room = Math.min(entry.remaining(), AGREED_BYTES_MAX); // one that is larger waits until it is alone
        agreedRoom.acquire(room);
        events.put(new Event.Agreed(place, entry.order(ByteOrder.LITTLE_ENDIAN), room));
        wakeUp.run();
    }

    /**
     * This machine leads, behind all that was {@link #agreed} before.
     *
     * @param term in which no other machine leads, greater than those in which others did
     */
    public void elected(long term) throws InterruptedException {
        attempt = term == electedTerm ? attempt + 1 : 0;
        electedTerm = term;
        if (attempt >= ATTEMPTS_MAX) {
            return; // not with an epoch that was used: another term has to come
        }
        mandates++;
        mandate = mandates;
        events.put(new Event.Elected(mandates, term * ATTEMPTS_MAX + attempt));
        wakeUp.run();
    }

    /** @param told on the partition's thread, when all that was {@link #agreed} before is applied: up to which sequence the journal goes then */
    public void mark(LongConsumer told) throws InterruptedException {
        events.put(new Event.Marked(told));
        wakeUp.run();
    }

    /** It leads no more. Any thread. */
    public void deposed() {
        mandate = 0;
        wakeUp.run();
    }

    /** See {@link Agreement#prove}. Any thread. */
    public void proven(long number) {
        proofs.accumulateAndGet(number, Math::max);
        wakeUp.run();
    }

    /** Batches that were agreed on and had no effect. Any thread. */
    public long voidBatches() {
        return voidBatches;
    }

    /** Of the last batch that was agreed on and is applied, or has no effect; below all others = there was none. Any thread. */
    public long takenIndex() {
        return takenIndex;
    }

    /** The version by which the records that were applied last are decided; 0 = there are none. Any thread. */
    public int semantics() {
        return semantics;
    }

    /** Which partition an entry is of. Any thread. */
    public static int partitionOf(ByteBuffer entry) {
        return entry.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(entry.position());
    }

    /** Whether this machine leads, as far as is known. Any thread. */
    public boolean isLeading() {
        return mandate != 0;
    }

    /** Whether that leadership goes on. Any thread. */
    public boolean isLeading(long which) {
        return mandate == which;
    }

    /** Up to where everything agreed on is in a snapshot, when one covers records up to this sequence. */
    public Place covered(long sequence) {
        return indexes.covered(sequence);
    }

    // ---- leading

    /** This machine is to lead, and everything that earlier leaders appended is applied. */
    public boolean mayLead() {
        return electedMandate != 0 && electedMandate == mandate && electedMandate != ledMandate;
    }

    /** Begins an epoch; its first batch must begin with NEW_TERM. */
    public long lead() {
        ledMandate = electedMandate;
        epoch = electedEpoch;
        return epoch;
    }

    /** What was proposed and has not come back is given up: whether it takes effect, the order says. */
    public void stopLeading() {
        epoch = NO_EPOCH;
        own.clear();
        underWayBytes = 0;
        wantsProof = false;
        proofsGivenUp = proofsBegun;
    }

    /** Of a proof that is not begun yet: one that is under way may have been, at some machine, before. */
    @Override
    public long proveRead() {
        wantsProof = true;
        return proofsBegun + 1;
    }

    @Override
    public long provenReads() {
        return proofs.get();
    }

    private void beginProof() {
        if (wantsProof && epoch() != NO_EPOCH && Math.max(proofs.get(), proofsGivenUp) == proofsBegun) {
            wantsProof = false;
            proofsBegun++;
            agreement.prove(ledMandate, epoch / ATTEMPTS_MAX, proofsBegun);
        }
    }

    @Override
    public Batch newBatch() {
        return local.newBatch();
    }

    @Override
    public long append(Batch batch) {
        boolean isFull = own.size() == UNDER_WAY_MAX || underWayBytes > UNDER_WAY_BYTES_MAX;
        boolean isWorthItself = own.isEmpty() || batch.bytes() >= agreement.batchBytesMin();
        if (epoch() == NO_EPOCH || isFull || !isWorthItself) {
            return BACK_PRESSURED;
        }
        ByteBuffer sealed = batch.seal(epoch, appendedSequence() + 1, 0, 0);
        proposedSequence = batch.lastSequence();
        ByteBuffer entry = ByteBuffer.allocate(PREFIX_BYTES + sealed.remaining())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(partition)
                .put(sealed)
                .flip();
        own.add(batch);
        underWayBytes += batch.bytes();
        agreement.propose(ledMandate, entry.asReadOnlyBuffer());
        return proposedSequence;
    }

    @Override
    public long epoch() {
        return ledMandate != 0 && ledMandate == mandate ? epoch : NO_EPOCH;
    }

    @Override
    public long appendedSequence() {
        return own.isEmpty() ? releasedSequence() : proposedSequence;
    }

    // ---- following, which a leader does, too

    @Override
    public int poll(RecordHandler handler, int batchesMax) {
        beginProof();
        int done = 0;
        for (int i = 0; i < batchesMax; i++) {
            Event event = events.poll();
            if (event == null) {
                break;
            }
            if (event instanceof Event.Elected elected) {
                electedMandate = elected.mandate();
                electedEpoch = elected.epoch();
            } else if (event instanceof Event.Marked marked) {
                marked.told().accept(releasedSequence());
            } else {
                Event.Agreed agreed = (Event.Agreed) event;
                done += take(agreed, handler);
                takenIndex = agreed.place().index();
                agreedRoom.release(agreed.room());
            }
            done++; // an election, or a batch that is here already or void, is no record, and more may be behind it
        }
        return done + local.poll(handler, batchesMax);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes it
    private int take(Event.Agreed agreed, RecordHandler handler) {
        ByteBuffer entry = agreed.entry();
        int at = entry.position() + PREFIX_BYTES;
        if (entry.remaining() < PREFIX_BYTES || !Framing.isHeader(entry, at) || !Framing.isIntact(entry, at)) {
            throw new JournalException("TQ-5010 what the machines agreed on at index "
                    + agreed.place().index() + " arrived damaged; start again");
        }
        long first = entry.getLong(at + Framing.BATCH_FIRST_PLACE);
        long last = first + entry.getInt(at + Framing.BATCH_COUNT) - 1;
        long epochOfBatch = entry.getLong(at + Framing.BATCH_RUN);
        Batch mine = ownBatch(entry, at);
        if (last <= releasedSequence() && mine == null) {
            indexes.applied(agreed.place(), last);
            return 0;
        }
        if (first != releasedSequence() + 1 || !isOfEpoch(epochOfBatch, entry, at)) {
            voidBatches++;
            if (mine != null && ledMandate == mandate) {
                deposed(); // what follows would be void, too
                agreement.resign();
            }
            return 0;
        }
        requireKnown(agreed.place(), epochOfBatch, entry, at);
        if (mine == null) {
            mine = local.newBatch();
            mine.load(entry.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(at));
        }
        if (local.append(mine) == BACK_PRESSURED) {
            throw new IllegalStateException("the journal takes no batch although it holds none back");
        }
        int records = local.poll(handler, Integer.MAX_VALUE);
        indexes.applied(agreed.place(), last);
        semantics = lastSemantics.getAsInt();
        return records;
    }

    /**
     * The batch as it was filled here, when it is this leader's; null when another one's, or given up. Epoch and number do not tell: they are the same again when a leadership
     * ended before anything of it was agreed on.
     */
    private @Nullable Batch ownBatch(ByteBuffer entry, int at) {
        boolean isThere = own.stream().anyMatch(each -> each.isSealedAs(entry, at));
        while (isThere) {
            Batch first = own.remove(); // one ahead of it was lost, so that it is void itself
            underWayBytes -= first.bytes();
            if (first.isSealedAs(entry, at)) {
                return first;
            }
        }
        return null;
    }

    /**
     * A leader decides by the rules of the version that its first record says. By other ones its records would lead to another state here: they are not even kept. Also those of an epoch
     * whose first record is here, in a snapshot that another program of this node has made.
     */
    private void requireKnown(Place place, long epochOfBatch, ByteBuffer entry, int at) {
        int version = epochOfBatch > lastEpoch.getAsLong()
                ? new NewTerm().wrap(entry, firstFrame(at)).semanticsVersion()
                : lastSemantics.getAsInt();
        if (!knows.test(version)) {
            throw new JournalException("TQ-5023 from index " + place.index() + " of the shared log on a node of"
                    + " another version of Telpher leads, whose records (semantics version " + version
                    + ") this one can't apply. Install that version here and start again; the directory is in order");
        }
    }

    private static int firstFrame(int at) {
        return at + Framing.BATCH_HEADER_BYTES + Framing.RECORD_HEADER_BYTES;
    }

    private boolean isOfEpoch(long epochOfBatch, ByteBuffer entry, int at) {
        long last = lastEpoch.getAsLong();
        if (epochOfBatch == last) {
            return true;
        }
        return epochOfBatch > last && Frame.typeCode(entry, firstFrame(at)) == MessageType.NEW_TERM.code();
    }

    /** A sync takes as long as a majority does. */
    @Override
    public boolean isQuick() {
        return false;
    }

    @Override
    public long releasedSequence() {
        return local.releasedSequence();
    }
}
