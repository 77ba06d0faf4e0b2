package io.telpher.client;

import static io.telpher.client.Keepalive.Due.ASK;
import static io.telpher.client.Keepalive.Due.GONE;
import static io.telpher.client.Keepalive.Due.NOTHING;
import static io.telpher.client.Keepalive.Due.PING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How long silence is borne: second by second, without a clock. */
class KeepaliveTest {
    private static final int SEVERAL = 3;

    private static Keepalive welcomed(int addresses) {
        Keepalive life = new Keepalive(addresses);
        life.taken();
        life.welcomed();
        return life;
    }

    private static List<Keepalive.Due> seconds(Keepalive life, int count) {
        return Stream.generate(life::second).limit(count).toList();
    }

    private static int secondsUntilGone(Keepalive life) {
        int seconds = 1;
        while (life.second() != GONE) {
            seconds++;
        }
        return seconds;
    }

    @Test
    void shouldAskOneBrokerAfterTenSecondsAndGiveItUpAfterThirty() {
        Keepalive life = welcomed(1);
        assertEquals(Collections.nCopies(10, NOTHING), seconds(life, 10));
        assertEquals(Collections.nCopies(20, PING), seconds(life, 20));
        assertEquals(GONE, life.second());
    }

    @Test
    void shouldAskOthersWhereThereAreSome() {
        Keepalive life = welcomed(SEVERAL);
        assertEquals(List.of(NOTHING, PING, ASK, ASK), seconds(life, 4));
        assertEquals(Collections.nCopies(26, ASK), seconds(life, 26));
        assertEquals(GONE, life.second());
    }

    @Test
    void shouldCountSilenceFromWhatWasHeardLast() {
        Keepalive life = welcomed(SEVERAL);
        for (int i = 0; i < 100; i++) {
            assertEquals(List.of(NOTHING, PING), seconds(life, 2));
            life.heard();
        }
    }

    @Test
    void shouldHaveMorePatienceWithEachRoundOfAddressesThatSayNothing() {
        Keepalive life = new Keepalive(SEVERAL);
        for (int patience : new int[] {2, 4, 8, 16, 30, 30}) {
            for (int i = 0; i < SEVERAL; i++) {
                life.taken();
                life.heard(); // not a welcome
                assertEquals(patience + 1, secondsUntilGone(life));
            }
        }
        life.taken();
        life.welcomed();
        life.taken();
        assertEquals(3, secondsUntilGone(life));
    }

    @Test
    void shouldWaitForTheWelcomeOfTheOnlyOne() {
        Keepalive life = new Keepalive(1);
        life.taken();
        assertEquals(31, secondsUntilGone(life));
    }

    @Test
    void shouldLeaveOnlyForSilenceAndNotTwiceWithinTenSeconds() {
        Keepalive life = welcomed(SEVERAL);
        seconds(life, 2);
        assertFalse(life.leaves(), "it may answer the ping yet");
        life.second();
        life.heard();
        assertFalse(life.leaves(), "it was heard meanwhile");
        seconds(life, 3);
        assertTrue(life.leaves());
        life.taken();
        life.welcomed();
        seconds(life, 9);
        assertFalse(life.leaves());
        life.second();
        assertTrue(life.leaves());
    }
}
