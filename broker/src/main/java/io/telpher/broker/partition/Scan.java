package io.telpher.broker.partition;

/** A question that may take longer than a moment: {@link Scans} lets it go on piece by piece, so that others are answered in between. */
interface Scan {
    /**
     * Goes on until the budget is spent, by one look at least.
     *
     * @return true when it is over, and answered
     */
    boolean step(ScanBudget budget);
}
