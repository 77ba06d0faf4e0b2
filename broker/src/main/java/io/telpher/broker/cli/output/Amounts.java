package io.telpher.broker.cli.output;

import java.util.Locale;

/** Numbers as people read them at a glance. */
public final class Amounts {
    private static final long KIB = 1024;
    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private Amounts() {}

    /** {@code 12,345}. */
    public static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** {@code 0.4}, {@code 350}. */
    public static String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond > 0 && perSecond < 10 ? "%.1f" : "%,.0f", perSecond);
    }

    /** {@code 64 MiB}. */
    public static String bytes(long bytes) {
        double amount = bytes;
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        int unit = 0;
        while (amount >= KIB && unit < units.length - 1) {
            amount /= KIB;
            unit++;
        }
        return String.format(Locale.ROOT, unit > 0 && amount < 10 ? "%.1f %s" : "%.0f %s", amount, units[unit]);
    }

    /** {@code 0.8 ms}. */
    public static String micros(long micros) {
        return micros < SECOND * SECOND
                ? String.format(Locale.ROOT, micros < 100_000 ? "%.1f ms" : "%.0f ms", micros / 1e3)
                : ms(micros / SECOND);
    }

    /** The two largest units: {@code 3 min 20 s}. */
    public static String ms(long ms) {
        if (ms < SECOND) {
            return ms + " ms";
        }
        if (ms < MINUTE) {
            return ms / SECOND + " s";
        }
        if (ms < HOUR) {
            return ms / MINUTE + " min " + ms % MINUTE / SECOND + " s";
        }
        return ms < DAY ? ms / HOUR + " h " + ms % HOUR / MINUTE + " min" : ms / DAY + " d " + ms % DAY / HOUR + " h";
    }
}
