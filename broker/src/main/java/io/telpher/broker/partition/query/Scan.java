package io.telpher.broker.partition.query;

/** A question that may take longer than a moment: {@code Scans} lets it go on piece by piece, so that others are answered in between. */
public interface Scan {
    /**
     * Goes on until the budget is spent, by one look at least.
     *
     * @return true when it is over, and answered
     */
    public boolean step(ScanBudget budget);
}
