package io.telpher.broker.partition.storage;

import io.telpher.broker.journal.Store.ClosedFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.collections.Long2LongCounterMap;

/** What is still needed of each journal file, and so which can go, and which are worth copying from so that they can. */
final class Compaction {
    /** Files may take so many times what is needed of them. */
    private static final double SPACE_FACTOR = 1.8;

    /** A file of which more than this is needed is left alone: copying it would free too little. */
    private static final double NEEDED_MAX = 0.55;

    private final Long2LongCounterMap neededBytes = new Long2LongCounterMap(0);

    /** Of the file that was told of last: tasks that came one after the other lie in one file. */
    private long lastFile;

    private long lastBytes;
    private long allBytes;

    void clear() {
        neededBytes.clear();
        allBytes = 0;
        lastBytes = 0;
    }

    void needs(int file, int bytes) {
        if (file != lastFile) {
            neededBytes.getAndAdd(lastFile, lastBytes);
            lastFile = file;
            lastBytes = 0;
        }
        lastBytes += bytes;
        allBytes += bytes;
    }

    /** All that is needed of any file, when all was told. */
    long told() {
        neededBytes.getAndAdd(lastFile, lastBytes);
        lastBytes = 0;
        return allBytes;
    }

    boolean isNeeded(int file) {
        return neededBytes.get(file) > 0;
    }

    /**
     * Emptied one after the other, the emptiest first, these bring the files down to the space that they may take.
     *
     * @param copyBytesMax no more than that is copied to empty them
     */
    Set<Integer> worthEmptying(List<ClosedFile> files, long copyBytesMax) {
        List<ClosedFile> emptiestFirst = new ArrayList<>(files);
        emptiestFirst.sort(Comparator.comparingDouble(this::neededShare));
        long taken = 0;
        long needed = 0;
        for (ClosedFile file : files) {
            taken += file.bytes();
            needed += neededBytes.get(file.number());
        }
        long copied = 0;
        Set<Integer> chosen = new HashSet<>();
        for (ClosedFile file : emptiestFirst) {
            copied += neededBytes.get(file.number());
            if (taken <= needed * SPACE_FACTOR || neededShare(file) > NEEDED_MAX || copied > copyBytesMax) {
                break;
            }
            chosen.add(file.number());
            taken -= file.bytes() - neededBytes.get(file.number());
        }
        return chosen;
    }

    /** Of all these files. */
    long neededBytes(Set<Integer> files) {
        return files.stream().mapToLong(neededBytes::get).sum();
    }

    private double neededShare(ClosedFile file) {
        return (double) neededBytes.get(file.number()) / Math.max(1, file.bytes());
    }
}
