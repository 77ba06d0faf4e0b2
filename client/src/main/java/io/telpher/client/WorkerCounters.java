package io.telpher.client;

/**
 * What a worker has done since it was started; all but the last only grow.
 *
 * <pre>{@code
 * WorkerCounters counters = running.counters();
 * log.info(counters.completed() + " done, " + counters.failed() + " failed, " + counters.inHand() + " in hand");
 * }</pre>
 *
 * @param delivered tasks that it was given
 * @param completed outcomes that the broker took: done
 * @param failed ... failed, to be tried again if the task has attempts left
 * @param deadLettered ... failed for good
 * @param released ... given back
 * @param uncounted attempts whose outcome did not count, the lease being lost, given up or refused
 * @param connects connections that the broker welcomed
 * @param disconnects of those, lost or closed
 * @param inHand tasks whose outcome is not settled now
 */
public record WorkerCounters(
        long delivered,
        long completed,
        long failed,
        long deadLettered,
        long released,
        long uncounted,
        long connects,
        long disconnects,
        int inHand) {}
