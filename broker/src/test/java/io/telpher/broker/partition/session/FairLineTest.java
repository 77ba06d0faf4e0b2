package io.telpher.broker.partition.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FairLineTest {
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

    private final FairLine<String> line = new FairLine<>();
    private final Client one = new Client(1, "a");
    private final Client two = new Client(2, "a");
    private final Client other = new Client(3, "b");

    private List<String> all() {
        List<String> all = new ArrayList<>();
        for (String next = line.poll(); next != null; next = line.poll()) {
            all.add(next);
        }
        assertTrue(line.isEmpty());
        return all;
    }

    @Test
    void shouldKeepTheOrderOfOneSession() {
        line.add(one, "1");
        line.add(one, "2");
        line.add(one, "3");
        assertEquals(List.of("1", "2", "3"), all());
    }

    @Test
    void shouldGivePrincipalsTheirTurnsAndOfEachItsSessions() {
        line.add(one, "one 1");
        line.add(one, "one 2");
        line.add(two, "two 1");
        line.add(two, "two 2");
        line.add(other, "other 1");
        line.add(other, "other 2");
        line.add(other, "other 3");
        assertEquals(List.of("one 1", "other 1", "two 1", "other 2", "one 2", "other 3", "two 2"), all());
    }

    @Test
    void shouldGoOnWithWhatWasPutBackWhenItIsItsSessionsTurn() {
        line.add(one, "one 1");
        line.add(one, "one 2");
        line.add(other, "other 1");
        assertEquals("one 1", line.poll());
        line.putBack(one, "one 1, the rest");
        assertEquals(List.of("other 1", "one 1, the rest", "one 2"), all());
    }
}
