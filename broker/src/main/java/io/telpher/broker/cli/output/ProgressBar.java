package io.telpher.broker.cli.output;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** How far a long piece of work is, on stderr: a line that is written over on a terminal, elsewhere a line every ten seconds, and the end. */
public final class ProgressBar {
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long PLAIN_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int BAR = 30;

    private final PrintWriter err;
    private final String what;
    private final boolean isLive;
    private final LongSupplier nanoTime;
    private final long startNanos;
    private long lastNanos;
    private int width;

    /** @param what was done to the things counted: {@code exported} */
    public ProgressBar(PrintWriter err, String what) {
        this(err, what, Terminal.isOnStderr(), System::nanoTime);
    }

    public ProgressBar(PrintWriter err, String what, boolean isLive, LongSupplier nanoTime) {
        this.err = err;
        this.what = what;
        this.isLive = isLive;
        this.nanoTime = nanoTime;
        this.startNanos = nanoTime.getAsLong();
        this.lastNanos = startNanos;
    }

    public void at(long count) {
        show(() -> count + " " + what);
    }

    /** @param more asked for when it is shown */
    public void of(long count, long all, Supplier<String> more) {
        show(() -> bar(count, all) + count + " of " + all + " " + what + more.get());
    }

    /** Bytes of bytes, with the rate since the begin and the time that the others will take at it. */
    public void ofBytes(long done, long all) {
        show(() -> bar(done, all) + Amounts.bytes(done) + " of " + Amounts.bytes(all) + " " + what + pace(done, all));
    }

    private String bar(long count, long all) {
        if (!isLive) {
            return "";
        }
        int done = (int) (all == 0 ? BAR : Math.min(BAR, BAR * count / all));
        return "[" + "#".repeat(done) + " ".repeat(BAR - done) + "] ";
    }

    private String pace(long done, long all) {
        double seconds = seconds();
        if (seconds <= 0 || done <= 0) {
            return "";
        }
        double perSecond = done / seconds;
        long leftMs = Math.round(Math.max(0, all - done) / perSecond * TimeUnit.SECONDS.toMillis(1));
        return ", " + Amounts.bytes(Math.round(perSecond)) + "/s, about " + Amounts.ms(leftMs) + " left";
    }

    private double seconds() {
        return (nanoTime.getAsLong() - startNanos) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    private void show(Supplier<String> text) {
        long now = nanoTime.getAsLong();
        if (now - lastNanos < (isLive ? EVERY_NANOS : PLAIN_EVERY_NANOS)) {
            return;
        }
        lastNanos = now;
        String line = text.get();
        if (isLive) {
            err.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
            width = line.length();
        } else {
            err.println(line);
        }
        err.flush();
    }

    public void end(long count) {
        clear();
        err.println(count + " " + what);
        err.flush();
    }

    /** It is over, and what follows says how it went: the line on a terminal goes. */
    public void clear() {
        err.print(width > 0 ? "\r" + " ".repeat(width) + "\r" : "");
        err.flush();
        width = 0;
    }
}
