package org.apache.ratis.server.raftlog.segmented;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.segmented.CacheInvalidationPolicy.CacheInvalidationPolicyDefault;
import org.apache.ratis.server.raftlog.segmented.SegmentedRaftLogCache.LogSegmentList;
import org.apache.ratis.util.JavaUtils;
import org.apache.ratis.util.SizeInBytes;
import org.junit.jupiter.api.Test;

/** Files of ten entries each: 0 to 9, 10 to 19, and so on, all of them in memory. */
class CacheInvalidationPolicyTest {
    private static final int ENTRIES = 10;
    private static final int FILES = 12;
    private static final long END = FILES * ENTRIES - 1;
    private static final int CACHED_MAX = 2;

    private final LogSegmentList files = new LogSegmentList("files");

    CacheInvalidationPolicyTest() {
        for (int i = 0; i < FILES; i++) {
            LogSegment file = LogSegment.newCloseSegment(
                    null, (long) i * ENTRIES, (i + 1L) * ENTRIES - 1, SizeInBytes.valueOf("1MB"), null);
            file.putEntryCache(
                    TermIndex.valueOf(1, file.getStartIndex()),
                    LogEntryProto.newBuilder().setIndex(file.getStartIndex()).build(),
                    LogSegment.Op.WRITE_CACHE_WITH_STATE_MACHINE_CACHE);
            files.add(file);
        }
    }

    @Test
    void shouldNotBeTheLibrarys() {
        assertNotEquals(
                JavaUtils.class.getProtectionDomain().getCodeSource().getLocation(),
                CacheInvalidationPolicyDefault.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation());
    }

    @Test
    void shouldKeepAsManyAsAllowedHoweverManyWereBegun() {
        assertEquals(List.of(0, 9, 10, 11), kept(END, END, END, 0));
    }

    @Test
    void shouldKeepWhatIsBeingRead() {
        assertEquals(List.of(3, 7, 9, 10, 11), kept(END, 78, 35, 95));
    }

    @Test
    void shouldKeepNothingThatAllHave() {
        assertEquals(List.of(), kept(END, END, END + 1, END + 1));
    }

    @Test
    void shouldKeepWhatMayNotBeOnTheDisk() {
        assertEquals(List.of(10, 11), kept(99, END, END + 1, END + 1));
    }

    @Test
    void shouldKeepOnAFollowerWhatItHasToApply() {
        assertEquals(List.of(8, 10, 11), kept(END, 79));
        assertEquals(List.of(), kept(END, END));
    }

    @Test
    void shouldLetGoOfMoreEachTime() {
        assertEquals(List.of(4, 10, 11), kept(END, END, 45, END + 1));
        assertEquals(List.of(10, 11), kept(END, END, 95, END + 1));
        assertEquals(List.of(), kept(END, END, END + 1, END + 1));
    }

    /** The files that are in memory then. */
    private List<Integer> kept(long safe, long applied, long... next) {
        new CacheInvalidationPolicyDefault()
                .evict(next.length == 0 ? null : next, safe, applied, files, CACHED_MAX)
                .forEach(LogSegment::evictCache);
        return IntStream.range(0, FILES)
                .filter(i -> files.get(i).hasCache())
                .boxed()
                .toList();
    }
}
