package org.apache.ratis.server.raftlog.segmented;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.ratis.server.raftlog.segmented.SegmentedRaftLogCache.LogSegmentList;
import org.apache.ratis.util.AutoCloseableLock;

/**
 * Takes the place of an interface of Raft's library (3.3.0), and of the class in it: which files of the shared log leave a node's memory.
 *
 * <p>While a follower is away, the library's own lets one file go each time that it is asked, and it is asked once for several files that were begun meanwhile. So their number only
 * ever grew, by a file each time that the processors were busy: eight and more, where two were allowed. This one lets go of all that are too many. See docs/decisions/0071.
 */
public interface CacheInvalidationPolicy {
    /**
     * Chooses the files whose entries leave the memory; when one of them is read later, all of its file comes back.
     *
     * @param followerNextIndices what each follower is sent next; null on a node that does not lead
     * @param safeEvictIndex what is behind it may not be on the disk yet
     * @param lastAppliedIndex what is behind it has to be applied here
     * @param segments oldest first
     * @param maxCachedSegments how many files that a follower, or the state here, has still to read stay: the newest ones, beside those that are being read
     */
    List<LogSegment> evict(
            long[] followerNextIndices,
            long safeEvictIndex,
            long lastAppliedIndex,
            LogSegmentList segments,
            int maxCachedSegments);

    /** The one there is. */
    final class CacheInvalidationPolicyDefault implements CacheInvalidationPolicy {
        @Override
        public List<LogSegment> evict(
                long[] followerNextIndices,
                long safeEvictIndex,
                long lastAppliedIndex,
                LogSegmentList segments,
                int maxCachedSegments) {
            long[] next = readNext(followerNextIndices, lastAppliedIndex);
            long first = Arrays.stream(next).min().orElseThrow();
            List<LogSegment> evicted = new ArrayList<>();
            int ahead = 0;
            try (AutoCloseableLock held = segments.readLock()) {
                for (int i = segments.size() - 1; i >= 0; i--) {
                    LogSegment segment = segments.get(i);
                    boolean isSafe = !segment.isOpen() && segment.getEndIndex() <= safeEvictIndex;
                    if (!segment.hasCache() || !isSafe || Arrays.stream(next).anyMatch(segment::containsIndex)) {
                        continue;
                    }
                    boolean isReadByAll = segment.getEndIndex() < first;
                    if (isReadByAll || ahead == maxCachedSegments) {
                        evicted.add(segment);
                    } else {
                        ahead++;
                    }
                }
            }
            return evicted;
        }

        /** What each follower and this node's own state read next. */
        private static long[] readNext(long[] followerNextIndices, long lastAppliedIndex) {
            int followers = followerNextIndices == null ? 0 : followerNextIndices.length;
            long[] next = new long[followers + 1];
            if (followers > 0) {
                System.arraycopy(followerNextIndices, 0, next, 0, followers);
            }
            next[followers] = lastAppliedIndex + 1;
            return next;
        }
    }
}
