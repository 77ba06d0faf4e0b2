package io.telpher.broker.cli.output;

import io.telpher.broker.journal.BytesRead;
import java.io.PrintWriter;

/** Shows how far the reading or copying of many bytes is. */
public final class ReadingProgress implements BytesRead {
    private final ProgressBar progress;

    /** @param what was done to the bytes: {@code read} */
    public ReadingProgress(PrintWriter err, String what) {
        progress = new ProgressBar(err, what);
    }

    @Override
    public void at(long done, long all) {
        progress.ofBytes(done, all);
    }

    public void end() {
        progress.clear();
    }
}
