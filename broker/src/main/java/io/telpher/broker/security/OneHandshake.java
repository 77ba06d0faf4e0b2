package io.telpher.broker.security;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a connection whose client begins another handshake of TLS 1.2 on it. Each costs the broker a signature and the client next to nothing, on an event loop that
 * others share, and its certificate could change under a session that was let in by the one before.
 *
 * <p>What the handshake's messages say is encrypted by then, but not what kind of record they come in: behind its ChangeCipherSpec a client sends one record of the
 * kind handshake, its Finished. In TLS 1.3 all that follows is of the kind application data, and a second ClientHello, if there is one, takes the place of Finished.
 */
final class OneHandshake extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(OneHandshake.class);
    private static final int HEADER_BYTES = 5;
    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int HANDSHAKE = 22;

    private final byte[] header = new byte[HEADER_BYTES];
    private int headerBytes;
    private int bodyBytesLeft;
    private boolean encrypts;
    private boolean finished;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf read = (ByteBuf) message;
        if (beginsAgain(read)) {
            LOG.debug("{} begins another handshake; closing", context.channel().remoteAddress());
            read.release();
            context.close();
        } else {
            context.fireChannelRead(read);
        }
    }

    /** Goes from record to record; what is read is left as it is. */
    private boolean beginsAgain(ByteBuf read) {
        int at = read.readerIndex();
        while (at < read.writerIndex()) {
            if (bodyBytesLeft > 0) {
                int skipped = Math.min(bodyBytesLeft, read.writerIndex() - at);
                bodyBytesLeft -= skipped;
                at += skipped;
            } else {
                header[headerBytes++] = read.getByte(at++);
                if (headerBytes == HEADER_BYTES && endsHeader()) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean endsHeader() {
        headerBytes = 0;
        bodyBytesLeft = (header[3] & 0xFF) << 8 | header[4] & 0xFF;
        if (header[0] == CHANGE_CIPHER_SPEC) {
            encrypts = true;
        } else if (header[0] == HANDSHAKE && encrypts) {
            boolean again = finished;
            finished = true;
            return again;
        }
        return false;
    }
}
