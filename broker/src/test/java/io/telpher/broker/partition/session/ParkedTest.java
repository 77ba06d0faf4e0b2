package io.telpher.broker.partition.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.Partition;
import io.telpher.protocol.Problem;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ParkedTest {
    private static final int MAX = 400_000;
    private static final int SHARE = 300_000;
    private static final int PER_SESSION_MAX = 200_000;
    private static final long LATER_MS = 60_000;

    private static final class Client extends OwnSession {
        private final String principal;

        Client(long id, String principal) {
            super(id);
            this.principal = principal;
        }

        @Override
        public String principal() {
            return principal;
        }

        @Override
        protected void answered(ByteBuffer frames) {}
    }

    private static final class Request extends Parked.Request<Long> {
        Request(Session session, long key, long deadlineMs) {
            super(session, 0, key, deadlineMs);
        }
    }

    private final Shares shares = new Shares("parked requests", MAX, SHARE);
    private final Parked<Long, Request> parked = new Parked<>(new ParkingLimits(shares, PER_SESSION_MAX));
    private final Client client = new Client(7, "a");
    private final Client other = new Client(8, "b");

    private Request park(Session session, long key, long deadlineMs) {
        Request request = new Request(session, key, deadlineMs);
        assertNull(parked.park(request));
        return request;
    }

    private void parkMany(Session session, int count, long firstKey) {
        for (int i = 0; i < count; i++) {
            park(session, firstKey + i, LATER_MS + i);
        }
    }

    private List<Request> pollAll(long nowMs) {
        List<Request> all = new ArrayList<>();
        for (Request next = parked.poll(nowMs); next != null; next = parked.poll(nowMs)) {
            all.add(next);
        }
        return all;
    }

    private static void assertRefused(String why, @Nullable Problem problem) {
        assertEquals(why, problem == null ? "" : problem.message());
    }

    // ---- what ends a request

    @Test
    void shouldGiveOutThoseWhoseTimeIsUpInTheOrderOfTheirDeadlines() {
        Request third = park(client, 1, 30);
        Request first = park(other, 1, 10);
        Request second = park(client, 2, 20);
        assertEquals(10, parked.nextDeadlineMs());
        assertEquals(List.of(), pollAll(9));
        assertEquals(List.of(first, second), pollAll(29));
        assertEquals(List.of(third), pollAll(30));
        assertEquals(Partition.NEVER, parked.nextDeadlineMs());
    }

    @Test
    void shouldGiveOutAllThatWaitForAKeyAndNoOthers() {
        Request one = park(client, 1, LATER_MS);
        Request two = park(other, 1, LATER_MS);
        park(client, 2, LATER_MS);
        parked.end(1L);
        assertEquals(0, parked.nextDeadlineMs());
        assertEquals(List.of(one, two), pollAll(0));
        assertEquals(1, parked.count());
    }

    @Test
    void shouldGiveOutEachOnceAlsoWhenItIsOverInThreeWays() {
        Request only = park(client, 1, 10);
        parked.end(1L);
        parked.end(client);
        assertEquals(List.of(only), pollAll(10));
        assertEquals(0, parked.count());
        assertEquals(0, shares.count());
    }

    @Test
    void shouldGiveOutWhatASessionHasWhenItIsOver() {
        parkMany(client, 3, 1);
        Request others = park(other, 1, LATER_MS);
        client.end();
        parked.end(client);
        assertEquals(3, pollAll(0).size());
        assertEquals(1, parked.count());
        assertSame(others, parked.find(1L));
    }

    @Test
    void shouldFindTheOldestOfAKeyAndLetItGo() {
        Request first = park(client, 1, LATER_MS);
        Request second = park(client, 1, LATER_MS);
        assertSame(first, parked.find(1L));
        parked.remove(first);
        assertSame(second, parked.find(1L));
        parked.remove(second);
        assertNull(parked.find(1L));
        assertEquals(0, client.parked());
    }

    /** One that waits for something else meanwhile is not over with those before it. */
    @Test
    void shouldNotEndWhatIsParkedAfterTheEnd() {
        Request before = park(client, 1, LATER_MS);
        parked.end(1L);
        parked.end(client);
        Request after = park(client, 1, LATER_MS);
        assertEquals(List.of(before), pollAll(0));
        assertSame(after, parked.find(1L));
    }

    // ---- limits

    @Test
    void shouldRefuseWhatIsBeyondTheLimitOfAConnection() {
        parkMany(client, PER_SESSION_MAX, 1);
        assertRefused(
                "this connection has 200000 parked requests, the most that one may have",
                parked.park(new Request(client, 1, LATER_MS)));
        park(new Client(9, "a"), 1, LATER_MS);
    }

    @Test
    void shouldRefuseWhatIsBeyondTheShareOfAPrincipal() {
        parkMany(client, PER_SESSION_MAX, 1);
        Client second = new Client(9, "a");
        parkMany(second, SHARE - PER_SESSION_MAX, 1);
        assertRefused(
                "a has 300000 parked requests, its share of at most 400000",
                parked.park(new Request(second, 1, LATER_MS)));
        parkMany(other, MAX - SHARE, 1);
        assertRefused("the limit of 400000 parked requests is reached", parked.park(new Request(other, 1, LATER_MS)));
    }

    @Test
    void shouldCountThoseThatAreOverUntilTheyAreTakenOut() {
        parkMany(client, PER_SESSION_MAX, 1);
        parked.end(client);
        assertNotNull(parked.park(new Request(client, 1, LATER_MS)));
        pollAll(0);
        park(client, 1, LATER_MS);
    }

    // ---- what it costs

    private static final int MANY = 100_000;

    /** Some for each wheel on the way. */
    private static final int TIMER_STEPS_MAX = 32;

    /** Steps that the call takes. */
    private long cost(Runnable call) {
        long before = parked.steps();
        call.run();
        return parked.steps() - before;
    }

    @Test
    void shouldTakeOneStepToEndWhatVeryManyWaitFor() {
        parkMany(other, MANY, 1);
        for (int i = 0; i < MANY; i++) {
            park(client, 5, LATER_MS);
        }
        assertEquals(0, cost(() -> parked.end(5L)));
        assertEquals(0, cost(() -> parked.end(other)));
        assertEquals(1, cost(() -> parked.poll(0)));
    }

    @Test
    void shouldTakeOneStepForEachThatIsTakenOutHoweverManyThereAre() {
        parkMany(client, MANY, 1);
        parkMany(other, MANY, 1);
        client.end();
        parked.end(client);
        assertEquals(MANY, cost(() -> pollAll(0)));
        assertEquals(0, shares.count("a"));
    }

    @Test
    void shouldTouchFewTimersHoweverManyHaveTheSameDeadline() {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            requests.add(park(client, i, LATER_MS));
        }
        for (int i = 0; i < MANY; i += 997) {
            long before = parked.timerSteps();
            parked.remove(requests.get(i));
            assertTimerSteps(parked.timerSteps() - before);
        }
        long before = parked.timerSteps();
        park(client, MANY, LATER_MS);
        assertTimerSteps(parked.timerSteps() - before);
    }

    private static void assertTimerSteps(long steps) {
        assertTrue(steps < TIMER_STEPS_MAX, steps + " steps for one");
    }

    @Test
    void shouldLetOthersBeAnsweredBesideOneThatIsAnsweredALot() {
        parkMany(client, MANY, 1);
        parked.end(client);
        Request others = park(other, 1_000_000, LATER_MS);
        Request due = park(other, 1_000_001, 0);
        parked.end(1_000_000L);
        List<Request> first = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            first.add(parked.poll(0));
        }
        assertTrue(first.contains(others), "over, but not its turn");
        assertTrue(first.contains(due), "due, but not its turn");
    }
}
