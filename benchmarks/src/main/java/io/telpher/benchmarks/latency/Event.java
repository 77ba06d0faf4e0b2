package io.telpher.benchmarks.latency;

/**
 * Something that may hold tasks up.
 *
 * @param startMs since the first second began; may be negative
 * @param text for people
 */
record Event(Kind kind, double startMs, double endMs, String text) {
    /** What happened, as it is named in the plot. */
    enum Kind {
        BROKER_GC("broker's GC pause", false),
        SAFEPOINT("broker's safepoint", false),
        CLIENT_GC("load generator's GC pause", false),
        SNAPSHOT("snapshot", false),
        COMPACTION("compaction", true),
        SYNC("slow sync", true),
        STEAL("stolen CPU", true),
        OTHERS("other processes' CPU", true);

        private final String text;
        private final boolean sampled;

        Kind(String text, boolean sampled) {
            this.text = text;
            this.sampled = sampled;
        }

        /** Looked for once a second: the event lasts from one look to the next, within which it happened. */
        boolean isSampled() {
            return sampled;
        }

        String text() {
            return text;
        }
    }

    boolean overlaps(double fromMs, double toMs) {
        return startMs < toMs && endMs > fromMs;
    }
}
