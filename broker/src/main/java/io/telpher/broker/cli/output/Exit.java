package io.telpher.broker.cli.output;

/** Exit codes, also in {@code tq --help}. */
final class Exit {
    static final int REFUSED = 1;
    static final int USAGE = 2;
    static final int NO_BROKER = 3;
    static final int JOURNAL = 4;
    static final int PLACE = 5;
    static final int PORT = 6;
    static final int INTERNAL = 70;
    static final int STUCK = 71;

    private Exit() {}
}
