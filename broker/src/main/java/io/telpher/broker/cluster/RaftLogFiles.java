package io.telpher.broker.cluster;

import io.telpher.broker.cluster.keeping.TornEnd;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.AgreedLog.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.jspecify.annotations.Nullable;

/** A node's share of the log as it lies on its disk, while no broker runs on it: what is in it for certain was agreed on, or may have been. One thread. */
public final class RaftLogFiles {
    private final Path folder;
    private Place last = Place.NONE;

    /** Gets a batch. */
    public interface BatchHandler {
        void batch(Place place, ByteBuffer entry) throws IOException, InterruptedException;
    }

    /** @param directory a node's data directory */
    RaftLogFiles(Path directory, NodeFile node) {
        this.folder =
                directory.resolve("raft").resolve(node.cluster().toString()).resolve("current");
    }

    /** Whether it is there at all. */
    boolean isThere() {
        return Files.isDirectory(folder);
    }

    /** Of the last entry that was read; {@link Place#NONE} before. */
    public Place last() {
        return last;
    }

    /** Shows the batches behind this place, in their order. */
    void read(Place behind, BatchHandler handler) throws IOException, InterruptedException {
        last = behind;
        TornEnd.cut(folder);
        for (LogSegmentPath segment : segments()) {
            Reader reader = new Reader(handler);
            LogSegment.readSegmentFile(
                    segment.getPath().toFile(),
                    segment.getStartEnd(),
                    RaftPlan.MESSAGE_MAX,
                    CorruptionPolicy.EXCEPTION,
                    null,
                    reader::take);
            reader.end();
        }
    }

    private List<LogSegmentPath> segments() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted(Comparator.comparingLong(RaftLogFiles::firstIndex))
                    .map(LogSegmentPath::matchLogSegment)
                    .filter(Objects::nonNull)
                    .toList();
        }
    }

    private static long firstIndex(Path file) {
        String name = file.getFileName().toString(); // log_0-26, log_inprogress_27
        if (!name.startsWith("log_")) {
            return -1;
        }
        String indexes = name.substring(name.lastIndexOf('_') + 1);
        int dash = indexes.indexOf('-');
        return Long.parseLong(dash < 0 ? indexes : indexes.substring(0, dash));
    }

    /** The library's reader takes no exceptions, so the first one waits until it has ended. */
    private final class Reader {
        private final BatchHandler handler;
        private @Nullable IOException failure;
        private @Nullable InterruptedException interruption;

        Reader(BatchHandler handler) {
            this.handler = handler;
        }

        void take(LogEntryProto entry) {
            if (entry.getIndex() <= last.index() || failure != null || interruption != null) {
                return;
            }
            last = new Place(entry.getTerm(), entry.getIndex());
            if (!entry.hasStateMachineLogEntry()) {
                return;
            }
            ByteBuffer data = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
            if (data.remaining() < Integer.BYTES || AgreedLog.partitionOf(data) < 0) {
                return;
            }
            try {
                handler.batch(last, data);
            } catch (IOException e) {
                failure = e;
            } catch (InterruptedException e) {
                interruption = e;
            }
        }

        void end() throws IOException, InterruptedException {
            IOException failed = failure;
            if (failed != null) {
                throw failed;
            }
            InterruptedException interrupted = interruption;
            if (interrupted != null) {
                throw interrupted;
            }
        }
    }
}
