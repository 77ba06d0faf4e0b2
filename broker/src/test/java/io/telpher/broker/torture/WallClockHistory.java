package io.telpher.broker.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the broker's wall clock showed when, by the history's events. */
final class WallClockHistory {
    /** Clients and broker read whole milliseconds. */
    private static final long ROUNDING_MS = 1;

    private record Setting(long at, long rightMs, long errorMs) {
        long shownMs(long nanos) {
            return rightMs + TimeUnit.NANOSECONDS.toMillis(nanos - at) + errorMs;
        }
    }

    private final List<Setting> settings = new ArrayList<>();

    void set(Event event) {
        settings.add(new Setting(event.at, event.sent, TimeUnit.SECONDS.toMillis(event.extra)));
    }

    /** The most that it showed between two moments; the greatest number there is when nothing is known of it. */
    long highestMs(long from, long to) {
        long highest = settings.isEmpty() ? Long.MAX_VALUE : Long.MIN_VALUE;
        long until = to;
        for (int i = settings.size() - 1; i >= 0 && until >= from; i--) {
            Setting setting = settings.get(i);
            if (setting.at <= until) {
                highest = Math.max(highest, setting.shownMs(until) + ROUNDING_MS);
                until = setting.at;
            }
        }
        return highest;
    }
}
