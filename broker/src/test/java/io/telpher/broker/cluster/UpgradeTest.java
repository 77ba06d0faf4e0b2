package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When the version that leaderships decide by is raised, without any node. */
class UpgradeTest {
    private static final int OLDER = 3;
    private static final int NEWER = 4;

    private final Upgrade upgrade = new Upgrade(() -> {});
    private final Map<String, @Nullable NodeReport> reports = new LinkedHashMap<>();

    private void says(String member, String version, int newest) {
        NodeReport.Semantics semantics = new NodeReport.Semantics(2, newest);
        reports.put(member, new NodeReport(member, version, "follower", 1, 1, 1, true, semantics, null));
    }

    private void areUpgraded() {
        says("n1", "2", NEWER);
        says("n2", "2", NEWER);
    }

    @Test
    void shouldRaiseTheVersionWhenAllHaveBeenEqualForLong() {
        long begin = System.nanoTime();
        says("n1", "2", NEWER);
        says("n2", "1", NEWER);
        assertFalse(upgrade.isDue(OLDER, reports, begin), "n2 may know the rules, and is another version");
        areUpgraded();
        assertFalse(upgrade.isDue(OLDER, reports, begin + Upgrade.RAISED_AFTER_NANOS - 1));
        assertTrue(upgrade.isDue(OLDER, reports, begin + Upgrade.RAISED_AFTER_NANOS));
        reports.put("n2", null);
        assertFalse(upgrade.isDue(OLDER, reports, begin + Upgrade.RAISED_AFTER_NANOS), "n2 is away, or goes back");
        areUpgraded();
        assertFalse(upgrade.isDue(OLDER, reports, begin + 2 * Upgrade.RAISED_AFTER_NANOS - 1));
        assertTrue(upgrade.isDue(OLDER, reports, begin + 2 * Upgrade.RAISED_AFTER_NANOS));
        assertFalse(upgrade.isDue(NEWER, reports, begin + 2 * Upgrade.RAISED_AFTER_NANOS), "it is in use");
    }

    @Test
    void shouldGoOnByTheVersionInUse() {
        areUpgraded();
        assertEquals(OLDER, upgrade.begun(OLDER, 2, reports));
        assertEquals(NEWER, upgrade.begun(OLDER, NEWER, reports), "older rules are not known here any more");
    }

    @Test
    void shouldBeginANewClusterByTheNewestThatAllKnow() {
        says("n1", "2", NEWER);
        says("n2", "1", OLDER);
        assertEquals(OLDER, upgrade.begun(0, 2, reports));
        reports.put("n2", null);
        assertEquals(2, upgrade.begun(0, 2, reports), "n2 has said nothing");
    }
}
