package io.telpher.broker;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Stands between clients and a broker, knows their frames, and does one bad thing at a time. */
final class FrameProxy implements AutoCloseable {
    /** What happens to the connection of the next request of a type. */
    enum Fault {
        /** It is cut, and the broker never sees the request. */
        CUT_BEFORE,
        /** The broker gets the request and answers it; then the connection is cut, and the client never sees the reply. */
        CUT_BEFORE_REPLY
    }

    private record Plan(MessageType type, Fault fault, CountDownLatch done) {}

    private final ServerSocket server;
    private final int brokerPort;
    private final List<Socket> sockets = new ArrayList<>();
    private final AtomicReference<@Nullable Plan> plan = new AtomicReference<>();
    private volatile boolean blackHole;

    FrameProxy(int brokerPort) throws IOException {
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.brokerPort = brokerPort;
        new Thread(this::accept, "frame-proxy").start();
    }

    String url() {
        return "tq://127.0.0.1:" + server.getLocalPort();
    }

    /** Once; the latch opens when it is done. */
    CountDownLatch next(MessageType type, Fault fault) {
        CountDownLatch done = new CountDownLatch(1);
        plan.set(new Plan(type, fault, done));
        return done;
    }

    /** From here on nothing passes, and nobody is told. */
    void swallow(boolean everything) {
        blackHole = everything;
    }

    /** Cuts all connections. */
    void cut() {
        synchronized (sockets) {
            sockets.forEach(FrameProxy::hangUp);
            sockets.clear();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                Socket broker = new Socket(InetAddress.getLoopbackAddress(), brokerPort);
                synchronized (sockets) {
                    sockets.add(client);
                    sockets.add(broker);
                }
                Pair pair = new Pair(client, broker);
                new Thread(pair::requests, "frame-proxy-requests").start();
                new Thread(pair::replies, "frame-proxy-replies").start();
            }
        } catch (IOException e) {
            cut(); // close() ended it
        }
    }

    private final class Pair {
        private final Socket client;
        private final Socket broker;
        /** The plan whose request the broker has, and that request's id. */
        private volatile @Nullable Plan waiting;

        private volatile int waitingFor;

        Pair(Socket client, Socket broker) {
            this.client = client;
            this.broker = broker;
        }

        void requests() {
            pass(client, broker, frame -> {
                Plan now = plan.get();
                if (now == null || Frame.typeCode(frame, 0) != now.type.code() || !plan.compareAndSet(now, null)) {
                    return true;
                }
                if (now.fault == Fault.CUT_BEFORE) {
                    now.done.countDown();
                    return false;
                }
                waitingFor = Frame.requestId(frame, 0);
                waiting = now;
                return true;
            });
        }

        void replies() {
            pass(broker, client, frame -> {
                Plan now = waiting;
                if (now != null && Frame.requestId(frame, 0) == waitingFor) {
                    now.done.countDown();
                    return false;
                }
                return true;
            });
        }

        /** @param passes whether a frame is passed on; else both connections end */
        private void pass(Socket from, Socket to, java.util.function.Predicate<ByteBuffer> passes) {
            try (from;
                    to) {
                DataInputStream in = new DataInputStream(from.getInputStream());
                OutputStream out = to.getOutputStream();
                ByteBuffer frame = read(in);
                while (passes.test(frame)) {
                    if (!blackHole) {
                        byte[] bytes = new byte[frame.limit()];
                        frame.get(0, bytes);
                        out.write(bytes);
                    }
                    frame = read(in);
                }
            } catch (IOException e) {
                hangUp(from); // one of the two has gone
                hangUp(to);
            }
        }
    }

    private static ByteBuffer read(DataInputStream in) throws IOException {
        int length = Integer.reverseBytes(in.readInt());
        ByteBuffer frame = ByteBuffer.allocate(Frame.LENGTH_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(0, length);
        in.readFully(frame.array(), Frame.LENGTH_BYTES, length);
        return frame;
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
        cut();
    }
}
