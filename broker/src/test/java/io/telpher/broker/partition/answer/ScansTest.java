package io.telpher.broker.partition.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.partition.query.Scan;
import io.telpher.broker.partition.session.OwnSession;
import io.telpher.broker.partition.session.Session;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScansTest {
    private long nanos;
    private long ids;
    private final List<Session> answered = new ArrayList<>();
    private final List<String> order = new ArrayList<>();
    private final Scans scans = new Scans(answered::add, () -> nanos);

    private final class Asker extends OwnSession {
        private final String principal;

        Asker(String principal) {
            super(++ids);
            this.principal = principal;
        }

        @Override
        public String principal() {
            return principal;
        }

        @Override
        protected void answered(ByteBuffer frames) {
            throw new IllegalStateException("the scans send nothing");
        }

        @Override
        public ByteBuf newBuffer() {
            return Unpooled.buffer();
        }
    }

    /** Over after so many looks of a microsecond. */
    private Scan scan(String name, int looks) {
        int[] left = {looks};
        return budget -> {
            do {
                left[0]--;
                nanos += 1_000;
            } while (budget.spend(1) && left[0] > 0);
            if (left[0] <= 0) {
                order.add(name);
            }
            return left[0] <= 0;
        };
    }

    private void runAll() {
        while (scans.step() != 0) {
            assertTrue(order.size() < 100_000);
        }
    }

    @Test
    void shouldTakeABoundedTimeInEachDutyCycleHoweverManyThereAre() {
        for (int i = 0; i < 1_000; i++) {
            scans.add(new Asker("p" + i), scan("" + i, 5_000));
        }
        for (int i = 0; i < 100; i++) {
            long before = nanos;
            scans.step();
            assertTrue(nanos - before <= 1_100_000, () -> nanos - before + " ns");
        }
    }

    @Test
    void shouldEndAPieceByWhatWasRead() {
        int[] looks = {0};
        scans.add(new Asker("p"), budget -> {
            do {
                looks[0]++;
            } while (budget.spend(256 << 10) && looks[0] < 1_000);
            return looks[0] >= 1_000;
        });
        scans.step();
        assertTrue(looks[0] >= 3 && looks[0] <= 5, () -> looks[0] + " reads of 256 KiB");
    }

    /** Else a text that takes longer than a piece would never be looked at. */
    @Test
    void shouldLookAtOneAtLeast() {
        scans.add(new Asker("p"), budget -> {
            nanos += 1_000_000_000;
            assertTrue(!budget.spend(1 << 30));
            order.add("once");
            return order.size() == 3;
        });
        runAll();
        assertEquals(3, order.size());
    }

    @Test
    void shouldNotLetAPrincipalsManyQuestionsHoldUpAnother() {
        for (int i = 0; i < 1_000; i++) {
            Asker session = new Asker("many");
            scans.add(session, scan("many", 3_000));
            scans.add(session, scan("many", 3_000));
        }
        scans.step();
        scans.add(new Asker("one"), scan("one", 100));
        runAll();
        assertTrue(order.indexOf("one") <= 2 * Scans.BEGUN_PER_PRINCIPAL_MAX, () -> "after " + order.indexOf("one"));
        assertEquals(2_001, answered.size());
        assertTrue(scans.isEmpty());
    }

    @Test
    void shouldGiveThePrincipalsTurnsAlsoWhenMoreWaitThanMayBeBegun() {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 50; i++) {
                scans.add(new Asker("p" + i), scan("p" + i, 2_000));
            }
        }
        runAll();
        assertEquals(150, order.size());
        assertEquals(50, order.subList(0, 58).stream().distinct().count());
    }

    @Test
    void shouldForgetASessionWithItsQuestions() {
        Asker gone = new Asker("p");
        Asker stays = new Asker("p");
        for (int i = 0; i < 5; i++) {
            scans.add(gone, scan("gone", 10_000));
            scans.add(stays, scan("stays", 10_000));
        }
        scans.step();
        scans.forget(gone);
        assertEquals(List.of(gone, gone, gone, gone, gone), answered);
        runAll();
        assertEquals(5, order.size());
        assertTrue(scans.isEmpty());
    }

    @Test
    void shouldChooseWhoIsNextAtACostThatDoesNotGrowWithThoseThatWait() {
        int principals = 20_000;
        for (int i = 0; i < principals; i++) {
            scans.add(new Asker("p" + i), scan("", 1));
        }
        runAll();
        assertTrue(scans.looks() <= 10L * principals, () -> scans.looks() + " looks");
    }
}
