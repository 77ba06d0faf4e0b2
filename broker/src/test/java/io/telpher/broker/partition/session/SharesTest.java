package io.telpher.broker.partition.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SharesTest {
    private static final int MAX = 10;
    private static final int SHARE = 4;

    private final Shares shares = new Shares("waiting reserves", MAX, SHARE);

    private void take(String principal, int count) {
        for (int i = 0; i < count; i++) {
            assertNull(shares.take(principal));
        }
    }

    @Test
    void shouldRefuseWhatIsBeyondThePrincipalsShareAndSaySo() {
        take("10.0.0.1", SHARE);
        assertEquals("10.0.0.1 has 4 waiting reserves, its share of at most 10", shares.take("10.0.0.1"));
        take("10.0.0.2", SHARE);
        assertEquals(1, shares.refusedCount());
    }

    @Test
    void shouldRefuseWhatIsBeyondTheLimitOfAllAndSaySo() {
        take("a", SHARE);
        take("b", SHARE);
        take("c", MAX - 2 * SHARE);
        assertEquals("the limit of 10 waiting reserves is reached", shares.take("c"));
        assertEquals(MAX, shares.count());
    }

    @Test
    void shouldTakeAgainWhatWasGivenBack() {
        take("a", SHARE);
        shares.giveBack("a");
        take("a", 1);
        assertEquals(SHARE, shares.count("a"));
        assertNotNull(shares.take("a"));
    }

    @Test
    void shouldRememberNothingOfAPrincipalThatHoldsNothing() {
        for (int i = 0; i < 1_000; i++) {
            take("principal " + i, 2);
            shares.giveBack("principal " + i);
            shares.giveBack("principal " + i);
        }
        assertEquals(0, shares.principals());
        assertEquals(0, shares.count());
    }

    @Test
    void shouldNotLetMoreBeGivenBackThanWasTaken() {
        take("a", 1);
        assertThrows(IllegalStateException.class, () -> shares.giveBack("b"));
        assertEquals(1, shares.count());
    }
}
