package io.telpher.broker.journal;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The batches at a journal's end of which no later one says that they were synced. A process that was killed left them in the page cache, and a force
 * brings them to the disk; but when it stopped because a sync had failed, the kernel takes the pages that it could not write for written, and a
 * force passes over them. So they are written once more before anything is built on them.
 */
final class UnsureTail {
    private static final int EXCERPT_HEADER_BYTES = 4;

    private record Span(int file, int from, int to, long lastPlace) {}

    private final ArrayDeque<Span> spans = new ArrayDeque<>();

    /**
     * The next batch was read.
     *
     * @param end behind its last byte
     * @param synced the highest record that it says was synced before
     */
    void add(int file, int at, int end, long lastPlace, long synced) {
        while (!spans.isEmpty() && spans.getFirst().lastPlace <= synced) {
            spans.removeFirst();
        }
        spans.addLast(new Span(file, at - EXCERPT_HEADER_BYTES, end, lastPlace));
    }

    /** Writes them over themselves. The caller forces the files. */
    void writeAgain(List<? extends RewritableBytes> files) throws IOException {
        for (RewritableBytes file : files) {
            int from = Integer.MAX_VALUE;
            int to = 0;
            for (Span span : spans) {
                if (span.file == file.number()) {
                    from = Math.min(from, span.from);
                    to = Math.max(to, span.to);
                }
            }
            if (from < to) {
                file.writeAgain(from, to);
            }
        }
    }
}
