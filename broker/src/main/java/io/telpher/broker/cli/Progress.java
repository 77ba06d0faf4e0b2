package io.telpher.broker.cli;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** How far a long piece of work is, on stderr: a line that is written over on a terminal, elsewhere only the end. */
final class Progress {
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final int BAR = 30;

    private final PrintWriter err;
    private final String what;
    private final boolean isLive = Terminal.isOnStderr();
    private long lastNanos = System.nanoTime();
    private int width;

    /** @param what was done to the things counted: {@code exported} */
    Progress(PrintWriter err, String what) {
        this.err = err;
        this.what = what;
    }

    void at(long count) {
        show(() -> count + " " + what);
    }

    /** @param more asked for when it is shown */
    void of(long count, long all, Supplier<String> more) {
        int done = (int) (all == 0 ? BAR : Math.min(BAR, BAR * count / all));
        show(() -> "[" + "#".repeat(done) + " ".repeat(BAR - done) + "] " + count + " of " + all + " " + what
                + more.get());
    }

    private void show(Supplier<String> text) {
        long now = System.nanoTime();
        if (isLive && now - lastNanos >= EVERY_NANOS) {
            lastNanos = now;
            String line = text.get();
            err.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
            err.flush();
            width = line.length();
        }
    }

    void end(long count) {
        err.println((width > 0 ? "\r" + " ".repeat(width) + "\r" : "") + count + " " + what);
        err.flush();
    }
}
