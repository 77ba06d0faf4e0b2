package io.telpher.broker.net;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.Hello;
import io.telpher.protocol.session.Ping;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A client that sends what it is told, byte by byte, and gives back the frames that come. A broker that is silent for long fails the test. */
public final class RawConnection implements AutoCloseable {
    static final int PING_ID = 0x50494E47;
    private static final int SILENCE_MS_MAX = 60_000;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    public RawConnection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(SILENCE_MS_MAX);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** Has said HELLO and been welcomed. */
    public static RawConnection welcomed(int port) throws IOException {
        return welcomed(port, "");
    }

    public static RawConnection welcomed(int port, String token) throws IOException {
        RawConnection connection = new RawConnection(port);
        connection.send(Hello.write(new FrameWriter(), PING_ID, token, "raw").toBytes());
        ByteBuffer welcome = connection.next();
        if (welcome == null || type(welcome) != MessageType.WELCOME) {
            throw new IOException("no welcome but " + welcome);
        }
        return connection;
    }

    public void send(byte[] bytes) throws IOException {
        out.write(bytes);
    }

    /** Each byte in a segment of its own, as far as the network lets it. */
    void sendSlowly(byte[] bytes) throws IOException {
        for (byte one : bytes) {
            out.write(one);
        }
    }

    public void ping() throws IOException {
        send(Ping.write(new FrameWriter(), PING_ID).toBytes());
    }

    /** The next frame, null when the broker has closed. */
    @Nullable
    public ByteBuffer next() throws IOException {
        int length;
        try {
            length = Integer.reverseBytes(in.readInt());
        } catch (EOFException e) {
            return null;
        }
        ByteBuffer frame = ByteBuffer.allocate(Frame.LENGTH_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(0, length);
        in.readFully(frame.array(), Frame.LENGTH_BYTES, length);
        return frame;
    }

    public static MessageType type(ByteBuffer frame) {
        return MessageType.known(Frame.typeCode(frame, 0));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
