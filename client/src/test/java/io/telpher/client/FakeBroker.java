package io.telpher.client;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.session.Welcome;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Says welcome to each connection, unless its script says otherwise, and then what that says. */
final class FakeBroker implements AutoCloseable {
    /** The reply to a request: its bytes, none to stay silent, null to close the connection. */
    interface Script {
        byte @Nullable [] reply(MessageType type, ByteBuffer frame);

        /** The reply to HELLO; behind an ERROR the connection is closed. */
        default byte @Nullable [] hello(byte[] welcome) {
            return welcome;
        }

        /** A client has closed its connection. */
        default void left() {}

        /** The reply to a reserve that was left in silence, when its worker says that it takes no more. */
        default byte[] withdrawn(int requestId) {
            return nothing(requestId);
        }
    }

    static byte[] nothing(int requestId) {
        ByteBuffer out = ByteBuffer.allocate(Deliveries.PREFIX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Deliveries.writePrefix(out, requestId, 0, false, 0);
        return out.array();
    }

    static final byte[] SILENCE = {};

    private final ServerSocket server;
    private final int frameBytesMax;
    private final Script script;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    FakeBroker(int frameBytesMax, Script script) throws IOException {
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.frameBytesMax = frameBytesMax;
        this.script = script;
        new Thread(this::accept, "fake-broker").start();
    }

    String url() {
        return "tq://127.0.0.1:" + port();
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                sockets.add(socket);
                new Thread(() -> serve(socket), "fake-broker-connection").start();
            }
        } catch (IOException e) {
            sockets.forEach(FakeBroker::hangUp); // close() ended it
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] reply = SILENCE;
            int waits = 0;
            while (reply != null) {
                ByteBuffer frame = read(in);
                MessageType type = MessageType.known(Frame.typeCode(frame, 0));
                reply = type == MessageType.GOAWAY && waits != 0 ? script.withdrawn(waits) : reply(type, frame);
                if (type == MessageType.RESERVE) {
                    waits = reply == SILENCE ? Frame.requestId(frame, 0) : 0;
                }
                if (reply != null) {
                    socket.getOutputStream().write(reply);
                }
                reply = type == MessageType.HELLO && isError(reply) ? null : reply;
            }
        } catch (IOException e) {
            hangUp(socket); // the client went away
            script.left();
        }
    }

    private static boolean isError(byte @Nullable [] reply) {
        return reply != null
                && reply.length > 0
                && Frame.typeCode(ByteBuffer.wrap(reply).order(ByteOrder.LITTLE_ENDIAN), 0) == MessageType.ERROR.code();
    }

    private static ByteBuffer read(DataInputStream in) throws IOException {
        int length = Integer.reverseBytes(in.readInt());
        ByteBuffer frame = ByteBuffer.allocate(Frame.LENGTH_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(0, length);
        in.readFully(frame.array(), Frame.LENGTH_BYTES, length);
        return frame;
    }

    private byte @Nullable [] reply(MessageType type, ByteBuffer frame) {
        return type == MessageType.HELLO
                ? script.hello(Welcome.write(new FrameWriter(), 0, 0, frameBytesMax, 0, 1, "fake")
                        .toBytes())
                : script.reply(type, frame);
    }

    private static void hangUp(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
