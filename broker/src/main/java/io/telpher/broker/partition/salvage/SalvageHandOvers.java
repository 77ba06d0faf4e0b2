package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.JournalRemains;
import io.telpher.broker.partition.reply.Peers;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.record.HandedOver;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Owes again, out of the new journal, what a partition owed to others out of the damaged one, under a new number; but not what the other one
 * has, and only its confirmation was under way.
 */
final class SalvageHandOvers {
    private static final String WHAT = "task of another partition's";

    private final Partition partition;
    private final JournalRemains remains;
    private final SalvageTarget target;
    private final SalvageTaken taken;
    private final SalvageReport report;
    private final FrameWriter out = new FrameWriter();
    private final FrameWriter tasks = new FrameWriter();

    SalvageHandOvers(
            Partition partition,
            JournalRemains remains,
            SalvageTarget target,
            SalvageTaken taken,
            SalvageReport report) {
        this.partition = partition;
        this.remains = remains;
        this.target = target;
        this.taken = taken;
        this.report = report;
    }

    void copy() throws IOException {
        List<HandOvers.Owed> owed = new ArrayList<>();
        partition.handOvers().owed().forEach(owed::add);
        for (HandOvers.Owed each : owed) {
            if (!taken.has(each.target(), partition.placement().partition(), each.number())) {
                oweAgain(each);
            }
            target.apply(HandedOver.write(out.clear(), each.number()));
        }
    }

    private void oweAgain(HandOvers.Owed owed) throws IOException {
        int to = owed.target();
        ByteBuffer frame;
        try {
            frame = remains.read(owed.location());
        } catch (JournalException e) {
            report.dropped(WHAT, 1, "what was on its way to partition " + to + " is damaged");
            return;
        }
        Frames all = Peers.tasksOf(frame, 0);
        Submit submit = new Submit();
        int count = 0;
        tasks.clear();
        while (all.next()) {
            submit.wrap(all.buffer(), all.offset());
            if (partition.placement().of(submit.buffer(), submit.queueOffset(), submit.queueLength()) == to) {
                tasks.raw(frame.duplicate()
                        .limit(all.offset() + submit.frameBytes())
                        .position(all.offset()));
                count++;
            }
        }
        target.apply(SubmitBatch.write(out.clear(), 0, count, tasks.written()));
        report.kept(WHAT, count, "on its way to partition " + to + " at the damage: handed over again");
    }
}
