package io.telpher.test.fork;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.partition.time.BrokerClock;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A broker for tests, whose clock is set by what comes in: each line is a number of milliseconds to go forward by. It ends when its input does, so it never outlives the test
 * that started it.
 */
public final class BrokerMain {
    private static final int FAILED = 70;

    private BrokerMain() {}

    /** @param arguments a directory; how far its clock is ahead already, ms */
    @SuppressWarnings("SystemOut") // it is the channel to the test; what is logged goes elsewhere
    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err);
        Ahead clock = new Ahead(Long.parseLong(arguments[1]));
        Broker broker = Broker.start(BrokerConfig.of(Path.of(arguments[0])).onFreePorts(), clock);
        broker.failure().thenRun(() -> Runtime.getRuntime().halt(FAILED));
        answers.println("ready " + broker.port() + " " + broker.httpPort());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            clock.advance(Long.parseLong(line));
            answers.println("advanced");
        }
        broker.close();
    }

    /** The machine's clocks, both that much ahead. */
    private static final class Ahead implements BrokerClock.Source {
        private final AtomicLong aheadMs;

        Ahead(long ms) {
            aheadMs = new AtomicLong(ms);
        }

        void advance(long ms) {
            aheadMs.addAndGet(ms);
        }

        @Override
        public long wallMicros() {
            return BrokerClock.MACHINE.wallMicros()
                    + Duration.ofMillis(aheadMs.get()).toNanos() / 1_000;
        }

        @Override
        public long nanoTime() {
            return BrokerClock.MACHINE.nanoTime()
                    + Duration.ofMillis(aheadMs.get()).toNanos();
        }
    }
}
