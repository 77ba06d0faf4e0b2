package io.telpher.broker.partition.deadletter;

import io.telpher.protocol.Problem;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.protocol.deadletter.DlqRunList;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.MessageType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the next run of the broker which replays were under way, as a DLQ_RUN_LIST frame. Nothing depends on it but what people are told. */
public final class ReplayRunFile {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayRunFile.class);

    private final Path file;
    private boolean hasFailed;

    public ReplayRunFile(Path file) {
        this.file = file;
    }

    /** What the last run left, the newest first. Those it did not end are reported. */
    public List<ReplayRun> load(long nowMs) {
        List<ReplayRun> runs = new ArrayList<>();
        try {
            if (!Files.exists(file)) {
                return runs;
            }
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            Problem problem = FrameValidator.structure(bytes, 0, bytes.limit());
            if (problem != null || Frame.typeCode(bytes, 0) != MessageType.DLQ_RUN_LIST.code()) {
                LOG.warn("TQ-2021 {} can't be read: the replays under way when the broker stopped are not known", file);
                return runs;
            }
            Frames frames = new DlqRunList().wrap(bytes, 0).runs();
            while (frames.next()) {
                runs.add(read(new DlqRun().wrap(frames.buffer(), frames.offset()), nowMs));
            }
        } catch (IOException e) {
            LOG.warn("TQ-2021 {} can't be read: the replays under way when the broker stopped are not known", file, e);
        }
        return runs;
    }

    private static ReplayRun read(DlqRun seen, long nowMs) {
        if (!seen.state().isOver()) {
            LOG.warn(
                    "TQ-2020 replay {} of {} was interrupted when the broker stopped: about {} of {} were replayed, the others"
                            + " are still dead. To go on, start it again: tq dlq replay{}",
                    DlqRun.format(seen.runId()),
                    seen.queue().isEmpty() ? "all queues" : "queue \"" + seen.queue() + "\"",
                    seen.replayed(),
                    seen.matched(),
                    seen.queue().isEmpty() ? "" : " --queue " + seen.queue());
        }
        return ReplayRun.interrupted((int) seen.runId(), seen, nowMs);
    }

    /** Not forced: after a power cut the journal still knows what is dead. */
    public void save(Collection<ReplayRun> runs) {
        FrameWriter out = new FrameWriter();
        DlqRunList.begin(out, 0, runs.size());
        for (ReplayRun run : runs) {
            run.write(out, 0, 0);
        }
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.write(fresh, out.endVar().end().toBytes());
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            hasFailed = false;
        } catch (IOException e) {
            if (!hasFailed) {
                LOG.warn("TQ-2021 {} can't be written: a restart will not know the replays under way", file, e);
            }
            hasFailed = true;
        }
    }
}
