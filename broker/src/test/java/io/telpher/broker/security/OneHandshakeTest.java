package io.telpher.broker.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** By the kinds of a client's records alone, however the network cuts them. */
@Tag("security")
class OneHandshakeTest {
    private static final int LONGEST = 700;

    private static byte[] records(String kinds) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int bytes = 0;
        for (String kind : kinds.split(" ")) {
            bytes = (bytes + 257) % LONGEST;
            out.write(Integer.parseInt(kind));
            out.writeBytes(new byte[] {3, 3, (byte) (bytes >> 8), (byte) bytes});
            out.writeBytes(new byte[bytes]);
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({
        "22 22 20 22 23 23, true", // TLS 1.2
        "22 20 22 23, true", // resumed
        "22 22 22 22 20 22 21, true", // with a client certificate
        "22 20 23 23, true", // TLS 1.3
        "22 20 22 23 23, true", // TLS 1.3, asked for another ClientHello
        "22 22 20 22 22, false",
        "22 22 20 22 23 23 22, false",
        "22 20 22 23 20 22, false",
        "22 20 22 23 22 23, false"
    })
    void shouldLetOneHandshakeThrough(String kinds, boolean isLetThrough) {
        byte[] all = records(kinds);
        for (int piece : new int[] {1, 2, 5, 7, 300, all.length}) {
            EmbeddedChannel channel = new EmbeddedChannel(new OneHandshake());
            int passed = 0;
            for (int from = 0; from < all.length && channel.isOpen(); from += piece) {
                channel.writeInbound(Unpooled.copiedBuffer(all, from, Math.min(piece, all.length - from)));
                ByteBuf through = channel.readInbound();
                passed += through == null ? 0 : through.readableBytes();
                if (through != null) {
                    through.release();
                }
            }
            assertEquals(isLetThrough, channel.isOpen(), kinds + " in pieces of " + piece);
            assertEquals(isLetThrough, passed == all.length);
            channel.finishAndReleaseAll();
        }
    }
}
