package io.telpher.testing;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestTag;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Counts the tests that are tagged {@code security} and says how many passed. Registered for every run as a service. */
public final class SecurityCases implements TestExecutionListener {
    private static final TestTag SECURITY = TestTag.create("security");

    private final AtomicInteger passed = new AtomicInteger();
    private final AtomicInteger others = new AtomicInteger();

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (test.isTest() && test.getTags().contains(SECURITY)) {
            boolean isPassed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
            (isPassed ? passed : others).incrementAndGet();
        }
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        if (passed.get() + others.get() > 0) {
            System.out.println("Security cases: " + passed + " passed, " + others + " failed");
        }
    }
}
