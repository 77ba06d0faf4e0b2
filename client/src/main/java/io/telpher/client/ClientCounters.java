package io.telpher.client;

/**
 * What a client has done since it was made, over all its connections but those of its workers. The first five only grow.
 *
 * <pre>{@code
 * ClientCounters counters = telpher.counters();
 * log.info(counters.underWay() + " requests under way, " + counters.failed() + " failed");
 * }</pre>
 *
 * @param requests sent or waiting for a connection, those sent again included
 * @param failed calls that ended in an exception: refused, overdue, cut off for good
 * @param resent requests that were sent again since their connection was lost
 * @param connects connections that the broker welcomed
 * @param disconnects of those, lost or closed
 * @param underWay requests without a reply now
 * @param bytesUnderWay what their frames take
 */
public record ClientCounters(
        long requests, long failed, long resent, long connects, long disconnects, int underWay, long bytesUnderWay) {}
