package io.telpher.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * How many times as large one group of measurements is as another, with the interval in which that lies with 95 % confidence.
 *
 * <p>Rates and times of a busy machine err by a factor rather than by an amount, so all is computed on logarithms: the ratio is that of the geometric means. Two independent groups
 * are compared as Welch did (the variances may differ); measurements that belong together in pairs, by the quotient within each pair, since what slows the machine down for a while
 * then slows down both.
 *
 * @param low end of the interval; NaN when there are too few measurements to tell
 * @param high end of the interval
 */
public record Ratio(double ratio, double low, double high) {
    private static final double CONFIDENCE = 0.95;
    private static final int NEEDED = 2;

    /** {@code of} to {@code to}, taken independently of each other: in other runs, or on other days. */
    public static Ratio independent(List<Double> of, List<Double> to) {
        SummaryStatistics above = logarithms(of);
        SummaryStatistics below = logarithms(to);
        double difference = above.getMean() - below.getMean();
        if (of.size() < NEEDED || to.size() < NEEDED) {
            return unknown(difference);
        }
        double a = above.getVariance() / above.getN();
        double b = below.getVariance() / below.getN();
        if (a + b == 0) {
            return new Ratio(Math.exp(difference), Math.exp(difference), Math.exp(difference));
        }
        // Welch and Satterthwaite: how many degrees of freedom a sum of two unequal variances has.
        double freedom = (a + b) * (a + b) / (a * a / (above.getN() - 1) + b * b / (below.getN() - 1));
        return within(difference, Math.sqrt(a + b), freedom);
    }

    /** {@code of} to {@code to}, where the i-th of both were taken one after the other. */
    public static Ratio paired(List<Double> of, List<Double> to) {
        if (of.size() != to.size()) {
            throw new IllegalArgumentException("expected pairs, got " + of.size() + " and " + to.size());
        }
        List<Double> quotients = new ArrayList<>();
        for (int i = 0; i < of.size(); i++) {
            quotients.add(of.get(i) / to.get(i));
        }
        SummaryStatistics each = logarithms(quotients);
        if (quotients.size() < NEEDED) {
            return unknown(each.getMean());
        }
        return within(each.getMean(), Math.sqrt(each.getVariance() / each.getN()), each.getN() - 1.0);
    }

    private static SummaryStatistics logarithms(List<Double> values) {
        SummaryStatistics statistics = new SummaryStatistics();
        for (double value : values) {
            if (!(value > 0)) {
                throw new IllegalArgumentException("expected measurements above 0, got " + value);
            }
            statistics.addValue(Math.log(value));
        }
        if (values.isEmpty()) {
            throw new IllegalArgumentException("expected measurements, got none");
        }
        return statistics;
    }

    private static Ratio unknown(double difference) {
        return new Ratio(Math.exp(difference), Double.NaN, Double.NaN);
    }

    private static Ratio within(double difference, double error, double freedom) {
        double reach = error * new TDistribution(freedom).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
        return new Ratio(Math.exp(difference), Math.exp(difference - reach), Math.exp(difference + reach));
    }

    /** Whether there are enough measurements for the interval. */
    public boolean isKnown() {
        return !Double.isNaN(low);
    }

    /** Whether a ratio of 1 lies outside the interval. */
    public boolean differs() {
        return isKnown() && (low > 1 || high < 1);
    }

    /** For people. */
    public String text() {
        return isKnown()
                ? String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", ratio, low, high)
                : String.format(Locale.ROOT, "%.2f (one run)", ratio);
    }
}
