package io.telpher.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Ratios and their intervals, against values worked out without the library: the t distribution's density integrated numerically. */
class RatioTest {
    private static final double CLOSE = 1e-3;

    @Test
    void shouldCompareGeometricMeansWithWelchsInterval() {
        Ratio ratio = Ratio.independent(List.of(200.0, 220.0, 210.0), List.of(100.0, 90.0, 110.0, 105.0));
        // 4.762 degrees of freedom.
        assertEquals(2.0782, ratio.ratio(), CLOSE);
        assertEquals(1.8190, ratio.low(), CLOSE);
        assertEquals(2.3744, ratio.high(), CLOSE);
        assertTrue(ratio.differs());
    }

    @Test
    void shouldTakeOutWhatSlowsBothOfAPairDown() {
        List<Double> one = List.of(100.0, 50.0, 25.0);
        List<Double> other = List.of(201.0, 99.0, 50.0);
        Ratio inPairs = Ratio.paired(other, one);
        assertEquals(1.99, inPairs.ratio(), 0.02);
        assertTrue(inPairs.differs(), inPairs::text);
        assertFalse(Ratio.independent(other, one).differs(), "the machine's pace hides it");
    }

    @Test
    void shouldNotTellTheIntervalOfOneRun() {
        Ratio ratio = Ratio.independent(List.of(3.0), List.of(2.0, 2.0));
        assertEquals(1.5, ratio.ratio(), CLOSE);
        assertFalse(ratio.isKnown());
        assertFalse(ratio.differs());
        assertEquals("1.50 (one run)", ratio.text());
    }

    @Test
    void shouldSayThatEqualRunsAreEqual() {
        Ratio ratio = Ratio.independent(List.of(2.0, 2.0), List.of(2.0, 2.0));
        assertEquals("1.00 (1.00 to 1.00)", ratio.text());
        assertFalse(ratio.differs());
    }

    @Test
    void shouldRefuseWhatHasNoLogarithm() {
        assertThrows(IllegalArgumentException.class, () -> Ratio.independent(List.of(0.0), List.of(1.0)));
        assertThrows(IllegalArgumentException.class, () -> Ratio.independent(List.of(), List.of(1.0)));
        assertThrows(IllegalArgumentException.class, () -> Ratio.paired(List.of(1.0), List.of(1.0, 2.0)));
    }
}
