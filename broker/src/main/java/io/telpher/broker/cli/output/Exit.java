package io.telpher.broker.cli.output;

/** Exit codes, also in {@code tq --help}. */
public final class Exit {
    public static final int REFUSED = 1;
    public static final int USAGE = 2;
    public static final int NO_BROKER = 3;
    public static final int JOURNAL = 4;
    public static final int PLACE = 5;
    public static final int PORT = 6;
    public static final int INTERNAL = 70;
    public static final int STUCK = 71;

    private Exit() {}
}
