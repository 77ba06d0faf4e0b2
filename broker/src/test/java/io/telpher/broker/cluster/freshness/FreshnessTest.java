package io.telpher.broker.cluster.freshness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.broker.cluster.freshness.Freshness.Progress;
import org.junit.jupiter.api.Test;

/** How old a node's state is: by the signs of the leader that it has heard, and what of them it has applied. */
class FreshnessTest {
    /** As far as there is anything. */
    private static final Progress ALL = new Progress(100, 90, 90);

    private final Freshness freshness = new Freshness();

    @Test
    void shouldNotKnowBeforeItHasHeardOfALeader() {
        assertEquals(Freshness.UNKNOWN, freshness.ageNanos(50));
        freshness.look(ALL);
        assertEquals(Freshness.UNKNOWN, freshness.ageNanos(50));
    }

    @Test
    void shouldBeAsOldAsTheLastSignWhenAllIsApplied() {
        freshness.heard(10, 100, ALL);
        assertEquals(0, freshness.ageNanos(10));
        freshness.heard(30, 100, ALL);
        assertEquals(20, freshness.ageNanos(50));
    }

    @Test
    void shouldGrowOldWithoutALeader() {
        freshness.heard(10, 100, ALL);
        freshness.look(ALL);
        assertEquals(990, freshness.ageNanos(1_000));
    }

    @Test
    void shouldBeAsOldAsWhatIsAppliedWhileItHasMuchToCatchUpWith() {
        freshness.heard(10, 100, new Progress(40, 40, 40));
        assertEquals(Freshness.UNKNOWN, freshness.ageNanos(20));
        freshness.heard(20, 200, new Progress(100, 90, 89));
        assertEquals(Freshness.UNKNOWN, freshness.ageNanos(20), "the last batch is on its way");
        freshness.heard(30, 300, new Progress(190, 180, 90));
        assertEquals(20, freshness.ageNanos(30), "what was agreed on at 10 is applied, what came since is not");
    }

    @Test
    void shouldReachASignAlsoWhenMoreAndMoreComes() {
        freshness.heard(10, 100, new Progress(100, 90, 80));
        for (int i = 1; i <= 5; i++) {
            freshness.look(new Progress(100 + i, 90 + i, 80 + i));
        }
        assertEquals(Freshness.UNKNOWN, freshness.ageNanos(20));
        freshness.look(new Progress(200, 190, 90));
        assertEquals(10, freshness.ageNanos(20));
    }

    @Test
    void shouldGoOnWithTheLastSignWhenItsLeaderIsGone() {
        freshness.heard(10, 100, new Progress(50, 50, 50));
        freshness.look(new Progress(100, 90, 90));
        assertEquals(5, freshness.ageNanos(15));
    }
}
