package io.telpher.benchmarks;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.Hello;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A connection of frames on a blocking socket: the broker without the Java client, as other brokers are spoken to, and for load that the client would not make. Nothing is sent
 * again, nothing has a deadline. Not for several threads, except that one may send while another receives.
 */
public final class FrameSocket implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int CONNECT_MS = 5_000;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final OutputStream out;
    private final FrameWriter writer = new FrameWriter(BUFFER_BYTES);

    /** @param url {@code tq://host:port} */
    public FrameSocket(String url, String name) throws IOException {
        URI address = URI.create(url);
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), CONNECT_MS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
        out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
        send(Hello.write(writer.clear(), 0, "", name));
        receiveOk();
    }

    /** For the thread that sends; what is in it is sent by {@link #write}. */
    public FrameWriter writer() {
        return writer;
    }

    /** Goes out with {@link #flush}. */
    public void write(FrameWriter frames) throws IOException {
        ByteBuffer written = frames.written();
        out.write(written.array(), written.arrayOffset() + written.position(), written.remaining());
    }

    public void flush() throws IOException {
        out.flush();
    }

    void send(FrameWriter frames) throws IOException {
        write(frames);
        flush();
    }

    ByteBuffer call(FrameWriter frames) throws IOException {
        send(frames);
        return receive();
    }

    /** The next frame, at 0; waits for it. */
    ByteBuffer receive() throws IOException {
        int rest = Integer.reverseBytes(in.readInt());
        ByteBuffer frame = ByteBuffer.allocate(Frame.LENGTH_BYTES + rest).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(0, rest);
        in.readFully(frame.array(), Frame.LENGTH_BYTES, rest);
        return frame;
    }

    /**
     * The same.
     *
     * @throws IOException also when it is an ERROR
     */
    public ByteBuffer receiveOk() throws IOException {
        ByteBuffer frame = receive();
        if (Frame.typeCode(frame, 0) == MessageType.ERROR.code()) {
            throw new IOException(new ErrorReply().wrap(frame, 0).message());
        }
        return frame;
    }

    /** Some of a frame is here. */
    boolean hasReceived() throws IOException {
        return in.available() > 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
