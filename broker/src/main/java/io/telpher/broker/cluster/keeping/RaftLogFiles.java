package io.telpher.broker.cluster.keeping;

import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.AgreedLog.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;
import org.jspecify.annotations.Nullable;

/** A node's share of the log as it lies on its disk, while no broker runs on it: what is in it for certain was agreed on, or may have been. One thread. */
public final class RaftLogFiles {
    private final Path folder;
    private final SizeInBytes entryMax;
    private final CommitIndex committed;
    private final CoveredPlace covered;
    private Place last = Place.NONE;

    /** Gets a batch. */
    public interface BatchHandler {
        void batch(Place place, ByteBuffer entry) throws IOException, InterruptedException;
    }

    /**
     * @param directory a node's data directory
     * @param entryMax the largest entry that the library was let write
     */
    public RaftLogFiles(Path directory, UUID cluster, SizeInBytes entryMax) throws IOException {
        Path group = directory.resolve("raft").resolve(cluster.toString());
        this.entryMax = entryMax;
        this.folder = group.resolve("current");
        this.committed = new CommitIndex(group);
        this.covered = CoveredPlace.read(directory);
    }

    /** Whether it is there at all. */
    public boolean isThere() {
        return Files.isDirectory(folder);
    }

    /** Of the last entry that was read; {@link Place#NONE} before. */
    public Place last() {
        return last;
    }

    /** Shows the batches behind this place, in their order. */
    public void read(Place behind, BatchHandler handler) throws IOException, InterruptedException {
        last = behind;
        LogEnd.settle(folder, committed.last(), covered.place().index());
        for (Path file : LogEnd.files(folder)) {
            LogSegmentPath segment = LogSegmentPath.matchLogSegment(file);
            if (segment == null) {
                continue; // nothing was written to it yet, and the library has deleted it
            }
            Reader reader = new Reader(handler);
            LogSegment.readSegmentFile(
                    segment.getPath().toFile(),
                    segment.getStartEnd(),
                    entryMax,
                    CorruptionPolicy.EXCEPTION,
                    null,
                    reader::take);
            reader.end();
        }
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
