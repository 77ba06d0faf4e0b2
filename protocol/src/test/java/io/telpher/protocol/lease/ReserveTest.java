package io.telpher.protocol.lease;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.FrameWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The queues' names that a broker keeps of each connection's last reserve. */
class ReserveTest {
    private static final byte[] NONE = {};

    private static Reserve reserve(List<String> queues) {
        Reserve.Wants wants = new Reserve.Wants(1, 0, 0, "w");
        byte[] frame = Reserve.write(new FrameWriter(), 1, wants, queues).toBytes();
        return new Reserve().wrap(ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN), 0);
    }

    private static List<String> names(byte[] kept) {
        List<String> names = new ArrayList<>();
        Elements elements = new Elements(ByteBuffer.wrap(kept).order(ByteOrder.LITTLE_ENDIAN), 0, kept.length);
        while (elements.next()) {
            names.add(elements.text());
        }
        assertFalse(elements.isTorn());
        return names;
    }

    @Test
    void shouldKeepWholeNamesWithinTheLimit() {
        List<String> queues =
                IntStream.range(0, 64).mapToObj(i -> "q".repeat(96) + i % 10).toList();
        byte[] kept = Reserve.namesOf(reserve(queues), NONE);
        assertEquals(queues.subList(0, 10), names(kept), "101 bytes each, of 1 KiB");
    }

    @Test
    void shouldKeepTheSameArrayWhileTheNamesAreTheSame() {
        byte[] kept = Reserve.namesOf(reserve(List.of("mail", "sms")), NONE);
        assertEquals(List.of("mail", "sms"), names(kept));
        assertSame(kept, Reserve.namesOf(reserve(List.of("mail", "sms")), kept));
        byte[] other = Reserve.namesOf(reserve(List.of("mail", "fax")), kept);
        assertNotSame(kept, other);
        assertEquals(List.of("mail", "fax"), names(other));
        assertArrayEquals(NONE, Reserve.namesOf(reserve(List.of()), other));
    }
}
