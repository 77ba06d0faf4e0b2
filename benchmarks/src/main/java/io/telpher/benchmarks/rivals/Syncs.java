package io.telpher.benchmarks.rivals;

/** When a server syncs. */
enum Syncs {
    /** Before it confirms. */
    FIRST(""),
    /** Once a second, whatever it has confirmed: a power cut loses that. */
    EACH_SECOND("-1s");

    private final String suffix;

    Syncs(String suffix) {
        this.suffix = suffix;
    }

    /** Of a rival's name. */
    String suffix() {
        return suffix;
    }
}
