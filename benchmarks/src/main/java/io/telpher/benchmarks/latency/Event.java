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
        BROKER_GC("broker's GC pause"),
        SAFEPOINT("broker's safepoint"),
        CLIENT_GC("load generator's GC pause"),
        SNAPSHOT("snapshot"),
        COMPACTION("compaction"),
        SYNC("slow sync"),
        STEAL("stolen CPU"),
        OTHERS("other processes' CPU");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    boolean overlaps(double fromMs, double toMs) {
        return startMs < toMs && endMs > fromMs;
    }
}
