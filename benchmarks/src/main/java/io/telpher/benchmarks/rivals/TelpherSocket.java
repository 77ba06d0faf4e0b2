package io.telpher.benchmarks.rivals;

import io.telpher.client.TelpherException;
import io.telpher.protocol.Ack;
import io.telpher.protocol.Deliveries;
import io.telpher.protocol.Delivery;
import io.telpher.protocol.ErrorReply;
import io.telpher.protocol.Frame;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Hello;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.Reserve;
import io.telpher.protocol.Result;
import io.telpher.protocol.Submit;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The binary protocol on a blocking socket: the broker without the Java client's threads, as Redis and beanstalkd are spoken to. */
final class TelpherSocket extends PullDriver {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int CONNECT_MS = 5_000;

    private final String url;
    private final int port;

    TelpherSocket(String url, int port) {
        this.url = url;
        this.port = port;
    }

    @Override
    public void prepare() {
        new TelpherClient(url).prepare();
    }

    @Override
    public Submitter submitter() throws IOException {
        return new Sender(new Connection(port));
    }

    @Override
    Puller puller() throws IOException {
        return new Reserver(new Connection(port));
    }

    @Override
    public long waiting() {
        return TelpherClient.waiting(url);
    }

    @Override
    public void close() {}

    private static final class Connection implements Closeable {
        private final Socket socket = new Socket();
        private final OutputStream out;
        private final DataInputStream in;
        private final FrameWriter frame = new FrameWriter();

        Connection(int port) throws IOException {
            socket.connect(new InetSocketAddress(Server.LOOPBACK, port), CONNECT_MS);
            socket.setTcpNoDelay(true);
            out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
            write(Hello.write(frame.clear(), 0, "", "benchmark"));
            out.flush();
            read();
        }

        void write(FrameWriter written) throws IOException {
            ByteBuffer bytes = written.written();
            out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        }

        /** @throws TelpherException when it is an ERROR */
        ByteBuffer read() throws IOException {
            int length = Integer.reverseBytes(in.readInt());
            ByteBuffer read = ByteBuffer.allocate(Frame.LENGTH_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
            read.putInt(0, length);
            in.readFully(read.array(), Frame.LENGTH_BYTES, length);
            if (Frame.typeCode(read, 0) == MessageType.ERROR.code()) {
                throw new IOException(new ErrorReply().wrap(read, 0).message());
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final class Sender implements Driver.Submitter {
        private final Connection connection;
        private final Map<Integer, CompletableFuture<Void>> unanswered = new ConcurrentHashMap<>();
        private int requests;

        Sender(Connection connection) {
            this.connection = connection;
            Thread reader = new Thread(this::read, "telpher-answers");
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try {
                while (true) {
                    CompletableFuture<Void> confirm = unanswered.remove(Frame.requestId(connection.read(), 0));
                    if (confirm != null) { // not what the broker says by itself
                        confirm.complete(null);
                    }
                }
            } catch (IOException e) {
                unanswered.values().forEach(confirm -> confirm.completeExceptionally(e));
            }
        }

        @Override
        public CompletableFuture<?> submit(byte[] payload) throws IOException {
            CompletableFuture<Void> confirm = new CompletableFuture<>();
            unanswered.put(++requests, confirm);
            connection.write(Submit.write(connection.frame.clear(), requests, TelpherClient.task(payload)));
            return confirm;
        }

        @Override
        public void flush() throws IOException {
            connection.out.flush();
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    private static final class Reserver implements Puller {
        private static final List<String> QUEUES = List.of(TelpherBroker.QUEUE);

        private record Lease(long task, long lease) {}

        private final Connection connection;
        private int requests;

        Reserver(Connection connection) {
            this.connection = connection;
        }

        @Override
        public List<Task> reserve(int max, long waitMs) throws IOException {
            Reserve.Wants wants = new Reserve.Wants(max, (int) waitMs, 0, "benchmark");
            connection.write(Reserve.write(connection.frame.clear(), ++requests, wants, QUEUES));
            connection.out.flush();
            Deliveries deliveries = new Deliveries().wrap(answer(requests), 0);
            List<Task> tasks = new ArrayList<>(deliveries.count());
            Delivery each = deliveries.first();
            while (each.next()) {
                tasks.add(new Task(
                        new Lease(each.taskId(), each.leaseId()), each.submit().payload()));
            }
            return tasks;
        }

        @Override
        public void ack(List<Task> tasks) throws IOException {
            int first = requests + 1;
            for (Task task : tasks) {
                Lease lease = (Lease) task.handle();
                connection.write(Ack.write(
                        connection.frame.clear(),
                        ++requests,
                        lease.task,
                        lease.lease,
                        Result.NONE,
                        ByteBuffer.allocate(0)));
            }
            connection.out.flush();
            for (int request = first; request <= requests; request++) {
                answer(request);
            }
        }

        /** Requests of one connection are answered in their order. */
        private ByteBuffer answer(int request) throws IOException {
            ByteBuffer frame = connection.read();
            if (Frame.requestId(frame, 0) != request) {
                throw new IOException(
                        "expected the answer to request " + request + ", got that to " + Frame.requestId(frame, 0));
            }
            return frame;
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
