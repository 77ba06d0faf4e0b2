package io.telpher.broker.sim;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Raft among a few members, over links that delay, lose and stop: terms and votes, a log for each member, commit by majority, the end of a deposed leader's log thrown away. What
 * a member has said it has is on its disk, whatever happens to it. Time is counted in ticks.
 */
final class SimulatedRaft {
    private static final int HEARTBEAT_TICKS = 3;
    private static final int ELECTION_TICKS_MIN = 12;
    private static final int ELECTION_TICKS_MORE = 18;
    /** A leader that hears nothing of a majority for so long steps down. */
    private static final int LOST_TICKS = 40;

    private static final int ENTRIES_MAX = 6;
    private static final int NOBODY = -1;

    /** What stands in the log. */
    enum Kind {
        /** A new leader's first. */
        BEGIN,
        BATCH,
        /** See {@link io.telpher.broker.cluster.RaftNode}. */
        BARRIER,
        /** All nodes hash their states here. */
        CHECK
    }

    record Entry(long term, Kind kind, ByteBuffer batch) {}

    private sealed interface Message {
        record Asks(long term, long lastIndex, long lastTerm) implements Message {}

        record Votes(long term, boolean grants) implements Message {}

        record Appends(long term, long before, long beforeTerm, List<Entry> entries, long commit) implements Message {}

        record Has(long term, boolean succeeds, long index) implements Message {}

        /** Not of Raft itself: see {@link io.telpher.broker.cluster.LeaderProof}. */
        record AsksTerm(long round) implements Message {}

        record InTerm(long round, long term) implements Message {}
    }

    private record Round(long term, long number, LongConsumer proven, BitSet inTerm) {}

    private record Sent(int from, int to, long atTick, Message message) {}

    /** One machine's part. */
    final class Member {
        private final int number;
        // on its disk
        private long term;
        private int votedFor = NOBODY;
        private final List<Entry> log = new ArrayList<>();
        private long first = 1;
        private long termBeforeFirst;
        // gone with the process
        private boolean isUp = true;
        private boolean isLeader;
        private long commit;
        private int electionTicks;
        private int heartbeatTicks;
        private final BitSet votes = new BitSet();
        private final long[] next = new long[size];
        private final long[] match = new long[size];
        private final int[] unheardTicks = new int[size];
        private long beginIndex;
        private @Nullable Round round;

        private Member(int number) {
            this.number = number;
        }

        boolean isLeader() {
            return isUp && isLeader;
        }

        /** A majority has everything that this leader found in its log, and its own first entry behind that. */
        boolean isReady() {
            return isReady(commit);
        }

        /** The same, and whoever has taken the entries up to here has seen all that. */
        boolean isReady(long takenIndex) {
            return isLeader() && takenIndex >= beginIndex;
        }

        long term() {
            return term;
        }

        long commit() {
            return commit;
        }

        long lastIndex() {
            return first + log.size() - 1;
        }

        Entry entry(long index) {
            return log.get((int) (index - first));
        }

        private long termAt(long index) {
            return index < first ? termBeforeFirst : entry(index).term;
        }

        /** The leader's next entry. */
        void append(Kind kind, ByteBuffer batch) {
            log.add(new Entry(term, kind, batch));
            heartbeatTicks = 0;
            advance();
        }

        /** Asks the others whether it leads in this term; asked again, those that have answered this round count. */
        void prove(long wanted, long number, LongConsumer proven) {
            Round present = round;
            if (present == null || present.number != number) {
                present = new Round(wanted, number, proven, new BitSet());
                round = present;
            }
            inTerm(this.number, new Message.InTerm(number, term));
            for (int to = 0; to < size; to++) {
                if (to != this.number) {
                    send(this.number, to, new Message.AsksTerm(number));
                }
            }
        }

        private void inTerm(int who, Message.InTerm said) {
            Round present = round;
            if (present != null && present.number == said.round && present.term == said.term) {
                present.inTerm.set(who);
                if (present.inTerm.cardinality() > size / 2) {
                    round = null;
                    present.proven.accept(present.number);
                }
            }
        }

        /** The process ends. */
        void stop() {
            round = null;
            isUp = false;
            isLeader = false;
        }

        void start() {
            isUp = true;
            commit = first - 1;
            votes.clear();
            restartElection();
        }

        /** It does not try to lead for a while, so that another one does. */
        void stepDown() {
            isLeader = false;
            electionTicks = 2 * (ELECTION_TICKS_MIN + ELECTION_TICKS_MORE);
        }

        /** Throws away what all members have, up to here. */
        void cut(long index) {
            long upTo = Math.min(Math.min(index, commit), sharedByAll());
            while (first <= upTo) {
                termBeforeFirst = log.remove(0).term;
                first++;
            }
        }

        private void restartElection() {
            electionTicks = ELECTION_TICKS_MIN + dice.below(ELECTION_TICKS_MORE);
        }

        private void tick() {
            if (isLeader) {
                lead();
            } else if (--electionTicks <= 0) {
                ask();
            }
        }

        private void lead() {
            for (int i = 0; i < size; i++) {
                unheardTicks[i]++;
            }
            unheardTicks[number] = 0;
            long heard = Arrays.stream(unheardTicks)
                    .filter(ticks -> ticks < LOST_TICKS)
                    .count();
            if (heard <= size / 2) {
                isLeader = false;
                restartElection();
            } else if (--heartbeatTicks <= 0) {
                heartbeatTicks = HEARTBEAT_TICKS;
                for (int to = 0; to < size; to++) {
                    sendEntries(to);
                }
            }
        }

        private void sendEntries(int to) {
            if (to != number) {
                long from = Math.max(next[to], first);
                long until = Math.min(lastIndex(), from + ENTRIES_MAX - 1);
                List<Entry> entries = new ArrayList<>();
                for (long index = from; index <= until; index++) {
                    entries.add(entry(index));
                }
                send(number, to, new Message.Appends(term, from - 1, termAt(from - 1), entries, commit));
            }
        }

        private void ask() {
            term++;
            votedFor = number;
            votes.clear();
            votes.set(number);
            restartElection();
            for (int to = 0; to < size; to++) {
                if (to != number) {
                    send(number, to, new Message.Asks(term, lastIndex(), termAt(lastIndex())));
                }
            }
        }

        private void take(int from, Message message) {
            if (message instanceof Message.Asks asks) {
                vote(from, asks);
            } else if (message instanceof Message.Votes given) {
                see(given.term);
                if (given.grants && given.term == term && !isLeader && votedFor == number) {
                    votes.set(from);
                    if (votes.cardinality() > size / 2) {
                        begin();
                    }
                }
            } else if (message instanceof Message.Appends appends) {
                follow(from, appends);
            } else if (message instanceof Message.AsksTerm asks) {
                send(number, from, new Message.InTerm(asks.round, term));
            } else if (message instanceof Message.InTerm said) {
                inTerm(from, said);
            } else if (message instanceof Message.Has has) {
                see(has.term);
                if (isLeader && has.term == term) {
                    has(from, has);
                }
            }
        }

        private void see(long other) {
            if (other > term) {
                term = other;
                votedFor = NOBODY;
                isLeader = false;
            }
        }

        private void vote(int from, Message.Asks asks) {
            see(asks.term);
            long lastTerm = termAt(lastIndex());
            boolean isCurrent = asks.lastTerm > lastTerm || asks.lastTerm == lastTerm && asks.lastIndex >= lastIndex();
            boolean grants = asks.term == term && (votedFor == NOBODY || votedFor == from) && isCurrent;
            if (grants) {
                votedFor = from;
                restartElection();
            }
            send(number, from, new Message.Votes(term, grants));
        }

        private void begin() {
            isLeader = true;
            Arrays.fill(next, lastIndex() + 1);
            Arrays.fill(match, 0);
            Arrays.fill(unheardTicks, 0);
            append(Kind.BEGIN, NOTHING);
            beginIndex = lastIndex();
        }

        private void follow(int from, Message.Appends appends) {
            see(appends.term);
            if (appends.term < term) {
                send(number, from, new Message.Has(term, false, lastIndex()));
                return;
            }
            restartElection();
            if (appends.before > lastIndex()
                    || appends.before >= first && termAt(appends.before) != appends.beforeTerm) {
                send(number, from, new Message.Has(term, false, Math.min(lastIndex(), appends.before - 1)));
                return;
            }
            long index = appends.before;
            for (Entry entry : appends.entries) {
                index++;
                if (index >= first) {
                    put(index, entry);
                }
            }
            commit = Math.max(commit, Math.min(appends.commit, index));
            send(number, from, new Message.Has(term, true, index));
        }

        private void put(long index, Entry entry) {
            if (index <= lastIndex() && entry(index).term != entry.term) {
                lost += lastIndex() - index + 1;
                log.subList((int) (index - first), log.size()).clear();
            }
            if (index > lastIndex()) {
                log.add(entry);
            }
        }

        private void has(int from, Message.Has has) {
            unheardTicks[from] = 0;
            if (has.succeeds) {
                match[from] = Math.max(match[from], has.index);
                next[from] = match[from] + 1;
                advance();
                if (next[from] <= lastIndex()) {
                    sendEntries(from);
                }
            } else {
                next[from] = Math.max(1, has.index + 1);
            }
        }

        /** What a majority has is agreed on, once one of the leader's own term is. */
        private void advance() {
            long[] all = match.clone();
            all[number] = lastIndex();
            Arrays.sort(all);
            long index = all[(size - 1) / 2];
            if (index > commit && termAt(index) == term) {
                commit = index;
                order.agreed(this, index);
            }
        }
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Told what is agreed on, when it is. */
    interface Order {
        /** Everything up to there, as it stands in this leader's log. */
        void agreed(Member leader, long index);
    }

    private final int size;
    private final Dice dice;
    private final Order order;
    private final List<Member> members = new ArrayList<>();
    private final boolean[][] isCut;
    private Deque<Sent> underWay = new ArrayDeque<>();
    private int lossPercent;
    private int delayTicks;
    private long tick;
    private long lost;

    SimulatedRaft(int size, Dice dice, Order order) {
        this.size = size;
        this.dice = dice;
        this.order = order;
        this.isCut = new boolean[size][size];
        for (int i = 0; i < size; i++) {
            Member member = new Member(i);
            members.add(member);
            member.restartElection();
        }
    }

    Member member(int number) {
        return members.get(number);
    }

    /** Entries of deposed leaders that were thrown away. */
    long lost() {
        return lost;
    }

    /** The one with the greatest term; null when none is ready. */
    @Nullable
    Member leader() {
        Member best = null;
        for (Member member : members) {
            if (member.isReady() && (best == null || member.term > best.term)) {
                best = member;
            }
        }
        return best;
    }

    /** Up to where every member, running or not, has what was agreed on. */
    private long sharedByAll() {
        Member most = members.get(0);
        for (Member member : members) {
            most = member.commit > most.commit ? member : most;
        }
        long shared = most.commit;
        for (Member member : members) {
            long index = Math.min(member.lastIndex(), most.commit);
            while (index >= member.first && index >= most.first && member.termAt(index) != most.termAt(index)) {
                index--;
            }
            shared = Math.min(shared, index);
        }
        return shared;
    }

    // ---- the links

    void quality(int percentLost, int ticksDelayed) {
        lossPercent = percentLost;
        delayTicks = ticksDelayed;
    }

    void cut(int from, int to) {
        isCut[from][to] = true;
    }

    void healLinks() {
        for (boolean[] each : isCut) {
            Arrays.fill(each, false);
        }
    }

    private void send(int from, int to, Message message) {
        if (!isCut[from][to] && !dice.percent(lossPercent)) {
            underWay.add(new Sent(from, to, tick + 1 + dice.below(delayTicks + 1), message));
        }
    }

    /** One tick of all that are not held up. */
    void tick(BitSet heldUp) {
        tick++;
        for (Member member : members) {
            if (member.isUp && !heldUp.get(member.number)) {
                member.tick();
            }
        }
        Deque<Sent> present = underWay;
        underWay = new ArrayDeque<>();
        for (Sent sent : present) {
            if (sent.atTick > tick || heldUp.get(sent.to)) {
                underWay.add(sent);
            } else if (members.get(sent.to).isUp) {
                members.get(sent.to).take(sent.from, sent.message);
            }
        }
    }
}
