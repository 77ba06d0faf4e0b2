package io.telpher.benchmarks;

import io.telpher.protocol.Frame;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Hello;
import io.telpher.protocol.MessageType;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A connection of frames on a blocking socket, for load that the client would not make: nothing is sent again, nothing has a deadline. Not for several threads, except
 * that one may send while another receives.
 */
final class FrameSocket implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    final FrameWriter writer = new FrameWriter(BUFFER_BYTES);

    /** @param url {@code tq://host:port} */
    FrameSocket(String url, String name) throws IOException {
        URI address = URI.create(url);
        socket = new Socket(InetAddress.getByName(address.getHost()), address.getPort());
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
        out = socket.getOutputStream();
        ByteBuffer answer = call(Hello.write(writer.clear(), 0, "", name));
        if (MessageType.known(Frame.typeCode(answer, 0)) != MessageType.WELCOME) {
            throw new IOException("no WELCOME, but a " + MessageType.known(Frame.typeCode(answer, 0)));
        }
    }

    ByteBuffer call(FrameWriter frames) throws IOException {
        send(frames);
        return receive();
    }

    void send(FrameWriter frames) throws IOException {
        ByteBuffer written = frames.written();
        byte[] bytes = new byte[written.remaining()];
        written.get(bytes);
        out.write(bytes);
    }

    /** The next frame, at 0; waits for it. */
    ByteBuffer receive() throws IOException {
        int rest = Integer.reverseBytes(in.readInt());
        ByteBuffer frame = ByteBuffer.allocate(Frame.LENGTH_BYTES + rest).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(0, rest);
        in.readFully(frame.array(), Frame.LENGTH_BYTES, rest);
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
