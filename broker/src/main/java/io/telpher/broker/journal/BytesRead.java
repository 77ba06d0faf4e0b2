package io.telpher.broker.journal;

/** Hears now and then how far the reading of many bytes is. */
@FunctionalInterface
public interface BytesRead {
    /** Does not care. */
    BytesRead NOBODY = (done, all) -> {};

    void at(long done, long all);
}
