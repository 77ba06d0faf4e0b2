package io.telpher.broker.partition.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.telpher.protocol.Problem;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReserveSharesTest {
    private static final int MAX = 10;
    private static final int SHARE = 6;
    private static final int PER_CONNECTION = SHARE / 2;

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

    private final Shares all = new Shares("waiting reserves", MAX, SHARE);
    private final ReserveShares shares = new ReserveShares(all);
    private final Client client = new Client(7, "a");
    private final Client second = new Client(8, "a");
    private final Client other = new Client(9, "b");

    private void take(Session session, int count) {
        for (int i = 0; i < count; i++) {
            assertNull(shares.take(session));
        }
    }

    private static String message(@Nullable Problem problem) {
        return problem == null ? "" : problem.message();
    }

    @Test
    void shouldCountWhatIsUnderWayToTheCore() {
        take(client, PER_CONNECTION);
        assertEquals(
                "this connection has 3 waiting reserves, the most that one may have", message(shares.take(client)));
        shares.applied(client.id());
        take(client, 1);
    }

    @Test
    void shouldCountThoseThatCameToWaitUntilTheyWaitNoMore() {
        take(client, PER_CONNECTION);
        for (int i = 0; i < PER_CONNECTION; i++) {
            shares.waits(client.id(), true);
            shares.applied(client.id());
        }
        assertEquals(PER_CONNECTION, all.count());
        shares.waits(client.id(), false);
        assertEquals(PER_CONNECTION - 1, all.count());
    }

    @Test
    void shouldLeaveRoomForOtherPrincipals() {
        take(client, PER_CONNECTION);
        take(second, PER_CONNECTION);
        assertEquals("a has 6 waiting reserves, its share of at most 10", message(shares.take(new Client(10, "a"))));
        take(other, PER_CONNECTION);
        take(new Client(11, "b"), 1);
        assertEquals("the limit of 10 waiting reserves is reached", message(shares.take(new Client(12, "c"))));
    }

    @Test
    void shouldNotMindWhatTheLastRunLeftWaiting() {
        shares.waits(client.id(), false);
        assertEquals(0, all.count());
    }
}
