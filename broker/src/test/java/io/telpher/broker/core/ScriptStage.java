package io.telpher.broker.core;

import io.telpher.broker.core.state.Audit;
import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.Tick;
import java.util.ArrayList;
import java.util.List;

/** Plays the steps of one script against a partition, with the clock in the script's hands: what is due before a step fires first. */
final class ScriptStage {
    private static final int PARTITION = 0;
    private static final int TICK_LIMIT = 1000;

    private final TestJournal journal = new TestJournal();
    private final Cast cast = new Cast(journal);
    private final Transcript transcript = new Transcript(cast);
    private final Partition partition = new Partition(Placement.alone(PARTITION), transcript);
    private final ScriptVerbs verbs = new ScriptVerbs(this, cast, partition, transcript);
    private long nowMs = Cast.START_MS;
    private int tickLimit = TICK_LIMIT;

    List<String> play(String line) {
        Phrase phrase = new Phrase(line);
        long atMs = Cast.START_MS + phrase.ms();
        String actor = phrase.word();
        String verb = phrase.word();
        boolean wasDown = actor.equals("broker") && verb.equals("restarts");
        if (!wasDown) {
            passTo(atMs);
        }
        nowMs = atMs;
        verbs.play(actor, verb, phrase);
        audit();
        List<String> said = new ArrayList<>(transcript.take());
        cast.nothingCame();
        return said;
    }

    private void passTo(long atMs) {
        while (partition.nextDeadlineMs() <= atMs) {
            nowMs = Math.max(nowMs, partition.nextDeadlineMs());
            transcript.at(cast.moment(nowMs));
            apply(0, Tick.write(new FrameWriter(), 0, tickLimit));
            audit();
        }
        transcript.at("");
    }

    void apply(long session, FrameWriter frame) {
        journal.apply(partition, nowMs, session, frame);
    }

    void tickLimit(int limit) {
        tickLimit = limit;
    }

    void audit() {
        new Audit(partition.state()).check();
    }

    /** Another broker that reads the same records must remember the same. */
    void checkReplay() {
        Partition replayed = journal.replay(PARTITION);
        new Audit(replayed.state()).check();
        if (replayed.stateHash() != partition.stateHash()) {
            throw new AssertionError("a replay of the same records has another state hash");
        }
    }
}
