package io.telpher.broker.partition.routing;

import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.deadletter.WholeRun;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.deadletter.DlqCommand;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.session.Counted;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A replay or discard that goes on in several partitions. Each has a run of its own, all under one id: they look for what is meant at the same time, and then take it
 * one after the other, so that rate, canary and limit are those of the whole. Any thread.
 */
final class MultiPartitionRun implements WholeRun {
    /** One partition's part: the question to it, and its answer. */
    private static final class Part {
        final int partition;
        final FrameWriter question;
        long matched;

        Part(int partition, FrameWriter question) {
            this.partition = partition;
            this.question = question;
        }
    }

    private final PartitionAgent[] agents;
    private final List<Part> parts = new ArrayList<>();
    private final DlqReplay.Options options;
    private final int requestId;
    private final Consumer<FrameWriter> answer;
    private volatile long id;

    // Under this object's lock.
    private int turn;
    private int canaryLeft;
    private boolean ended;

    private MultiPartitionRun(
            PartitionAgent[] agents, DlqReplay.Options options, int requestId, Consumer<FrameWriter> answer) {
        this.agents = agents;
        this.options = options;
        this.requestId = requestId;
        this.answer = answer;
        this.canaryLeft = options.canary();
    }

    /** The run that the command asks for; null when it is done at once. */
    static @Nullable MultiPartitionRun of(PartitionAgent[] agents, DlqCommand command, Consumer<FrameWriter> answer) {
        if (!command.isRun()) {
            return null;
        }
        MultiPartitionRun run = new MultiPartitionRun(agents, command.options(), command.requestId(), answer);
        run.add(command);
        return run;
    }

    private void add(DlqCommand command) {
        long[] ids = command.taskIds();
        for (int i = 0; i < agents.length; i++) {
            long[] here = MultiPartitionPages.idsOf(ids, i, agents.length);
            // Without ids a question means all that the filter finds.
            if (ids.length == 0 || here.length > 0) {
                parts.add(new Part(i, command.write(new FrameWriter(), options, here)));
            }
        }
    }

    /** @param asker in whose name */
    void begin(Session asker) {
        // One that has a part remembers the id over a restart, and does not give it again.
        PartitionAgent first = agents[parts.get(0).partition];
        first.execute(
                () -> {
                    id = first.replays().newId();
                    FanIn answers = new FanIn(parts.size(), this::found);
                    for (Part part : parts) {
                        SubQuery inquiry = new SubQuery(agents[part.partition], asker, answers.next());
                        inquiry.partOf(this);
                        inquiry.ask(part.question);
                    }
                },
                0);
    }

    @Override
    public long id() {
        return id;
    }

    /** All have looked. */
    private void found(List<ByteBuffer> answers) {
        ByteBuffer refused = FanIn.firstError(answers);
        if (refused != null) {
            answer.accept(MultiPartitionQueries.copy(refused));
            endFrom(0, DlqRun.State.STOPPED, "another partition refused its part");
            return;
        }
        long left = options.limit() == 0 ? Long.MAX_VALUE : options.limit();
        long matched = 0;
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            part.matched = Math.min(new Counted().wrap(answers.get(i), 0).count(), left);
            left -= part.matched;
            matched += part.matched;
        }
        answer.accept(Counted.write(new FrameWriter(), requestId, matched, id));
        next();
    }

    private synchronized void next() {
        if (ended) {
            return; // stopped while it looked
        }
        Part part = parts.get(turn);
        int canary = (int) Math.min(canaryLeft, part.matched);
        canaryLeft -= canary;
        agents[part.partition].execute(() -> agents[part.partition].replays().take(this, part.matched, canary), 0);
    }

    /** A part has ended; whichever comes next has its turn, or ends like it. */
    @Override
    public synchronized void over(int partition, DlqRun.State how, String why) {
        if (ended || parts.get(turn).partition != partition) {
            return; // it waited, and was told to end
        }
        turn++;
        if (how == DlqRun.State.DONE && turn < parts.size()) {
            next();
        } else {
            endFrom(turn, how, why);
        }
    }

    private synchronized void endFrom(int place, DlqRun.State how, String why) {
        ended = true;
        for (Part part : parts.subList(place, parts.size())) {
            agents[part.partition].execute(
                    () -> agents[part.partition].replays().end(this, how, why), 0);
        }
    }

    /** The runs of all partitions as one, the first one's filter and the sums of what they did. */
    static final class Together {
        private final DlqRun first;
        private long startedAtMs = Long.MAX_VALUE;
        private long endedAtMs;
        private boolean isOver = true;
        private final long[] sums = new long[3];
        private int canary;
        private int canaryCompleted;
        private int canaryFailed;
        private DlqRun.State state = DlqRun.State.DONE;
        private final Set<String> notes = new LinkedHashSet<>();

        Together(DlqRun first) {
            this.first = first;
        }

        void add(DlqRun part) {
            startedAtMs = Math.min(startedAtMs, part.startedAtMs());
            endedAtMs = Math.max(endedAtMs, part.endedAtMs());
            isOver &= part.state().isOver();
            sums[0] += part.matched();
            sums[1] += part.replayed();
            sums[2] += part.skipped();
            canary = Math.max(canary, part.canary());
            canaryCompleted += part.canaryCompleted();
            canaryFailed += part.canaryFailed();
            if (state == DlqRun.State.DONE) {
                state = part.state();
            }
            if (!part.note().isEmpty()) {
                notes.add(part.note());
            }
        }

        long startedAtMs() {
            return startedAtMs;
        }

        FrameWriter write(FrameWriter out, int requestId) {
            DlqRun.begin(out, requestId, first.runId()).i64(startedAtMs).i64(isOver ? endedAtMs : 0);
            Arrays.stream(sums).forEach(out::i64);
            return out.i32(first.ratePerSecond())
                    .i32(canary)
                    .i32(canaryCompleted)
                    .i32(canaryFailed)
                    .u8(state.ordinal())
                    .u8(first.errorIsFingerprint() ? 1 : 0)
                    .pad()
                    .var(first.queue())
                    .var(first.taskType())
                    .var(first.error())
                    .var(String.join("; ", notes))
                    .end();
        }
    }
}
