package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.FrameSocket;
import io.telpher.protocol.Result;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.Submit;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The binary protocol on a blocking socket: the broker without the Java client's threads, as Redis and beanstalkd are spoken to. */
final class TelpherSocket extends PullDriver {
    private final String url;

    TelpherSocket(String url) {
        this.url = url;
    }

    @Override
    public void prepare() {
        new TelpherClient(url).prepare();
    }

    @Override
    public Submitter submitter() throws IOException {
        return new Sender(connect());
    }

    @Override
    public Talk.Language talks() {
        return new TelpherTalks(URI.create(url).getPort());
    }

    private FrameSocket connect() throws IOException {
        return new FrameSocket(url, "benchmark");
    }

    @Override
    Puller puller() throws IOException {
        return new Reserver(connect());
    }

    @Override
    public long waiting() {
        return TelpherClient.waiting(url);
    }

    @Override
    public void close() {}

    private static final class Sender implements Driver.Submitter {
        private final FrameSocket connection;
        private final Map<Integer, CompletableFuture<Void>> unanswered = new ConcurrentHashMap<>();
        private int requests;

        Sender(FrameSocket connection) {
            this.connection = connection;
            Thread reader = new Thread(this::read, "telpher-answers");
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try {
                while (true) {
                    CompletableFuture<Void> confirm = unanswered.remove(Frame.requestId(connection.receiveOk(), 0));
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
            connection.write(Submit.write(connection.writer().clear(), requests, TelpherClient.task(payload)));
            return confirm;
        }

        @Override
        public void flush() throws IOException {
            connection.flush();
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    private static final class Reserver implements Puller {
        private static final List<String> QUEUES = List.of(TelpherBroker.QUEUE);

        private record Lease(long task, long lease) {}

        private final FrameSocket connection;
        private int requests;

        Reserver(FrameSocket connection) {
            this.connection = connection;
        }

        @Override
        public List<Task> reserve(int max, long waitMs) throws IOException {
            Reserve.Wants wants = new Reserve.Wants(max, (int) waitMs, 0, "benchmark");
            connection.write(Reserve.write(connection.writer().clear(), ++requests, wants, QUEUES));
            connection.flush();
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
                        connection.writer().clear(),
                        ++requests,
                        lease.task,
                        lease.lease,
                        Result.NONE,
                        ByteBuffer.allocate(0)));
            }
            connection.flush();
            for (int request = first; request <= requests; request++) {
                answer(request);
            }
        }

        /** Requests of one connection are answered in their order. */
        private ByteBuffer answer(int request) throws IOException {
            ByteBuffer frame = connection.receiveOk();
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
