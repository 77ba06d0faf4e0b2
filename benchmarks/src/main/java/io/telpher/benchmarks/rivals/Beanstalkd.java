package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.machine.Shell;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/** beanstalkd, whose protocol is lines of text: put, reserve-with-timeout, delete, all pipelined. */
final class Beanstalkd implements Rival {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int CONNECT_MS = 5_000;
    private static final int MS_A_SECOND = 1_000;

    private final Syncs syncs;

    Beanstalkd(Syncs syncs) {
        this.syncs = syncs;
    }

    @Override
    public String name() {
        return "beanstalkd" + syncs.suffix();
    }

    @Override
    public String durability() {
        return syncs == Syncs.FIRST ? "-f0" : "-f" + MS_A_SECOND;
    }

    @Override
    public boolean syncs() {
        return syncs == Syncs.FIRST;
    }

    @Override
    public List<String> programs() {
        return List.of("beanstalkd");
    }

    @Override
    public String debianPackage() {
        return "beanstalkd";
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return Shell.firstMatch("(\\d\\S*)", "beanstalkd", "-v");
    }

    @Override
    public Server start(Path directory) throws IOException {
        int port = Server.freePort();
        return Server.spawn(
                        port,
                        directory.resolve("server.log"),
                        Map.of(),
                        List.of(
                                "beanstalkd",
                                "-l",
                                Server.LOOPBACK,
                                "-p",
                                String.valueOf(port),
                                "-b",
                                directory.toString(),
                                durability(),
                                "-z",
                                "1048576"))
                .awaitPort();
    }

    @Override
    public Driver connect(Server server) {
        return new Client(server.port());
    }

    private static final class Connection implements Closeable {
        private static final byte[] END = {'\r', '\n'};

        private final Socket socket = new Socket();
        private final OutputStream out;
        private final InputStream in;
        private final StringBuilder line = new StringBuilder();

        Connection(int port) throws IOException {
            socket.connect(new InetSocketAddress(Server.LOOPBACK, port), CONNECT_MS);
            socket.setTcpNoDelay(true);
            out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
            in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
        }

        void write(String command) throws IOException {
            out.write(command.getBytes(StandardCharsets.US_ASCII));
            out.write(END);
        }

        void put(byte[] payload) throws IOException {
            write("put 1024 0 60 " + payload.length);
            out.write(payload);
            out.write(END);
        }

        String readLine() throws IOException {
            line.setLength(0);
            for (int each = in.read(); each != '\r'; each = in.read()) {
                if (each < 0) {
                    throw new EOFException("beanstalkd closed the connection");
                }
                line.append((char) each);
            }
            in.skipNBytes(1);
            return line.toString();
        }

        byte[] readBody(String bytes) throws IOException {
            byte[] body = new byte[Integer.parseInt(bytes)];
            if (in.readNBytes(body, 0, body.length) < body.length) {
                throw new EOFException("beanstalkd closed the connection");
            }
            in.skipNBytes(END.length);
            return body;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final class Client extends PullDriver {
        private final int port;

        Client(int port) {
            this.port = port;
        }

        /** There is a tube, "default", from the start. */
        @Override
        public void prepare() {}

        @Override
        public Submitter submitter() throws IOException {
            return new Putter(new Connection(port));
        }

        @Override
        Puller puller() throws IOException {
            return new Reserver(new Connection(port));
        }

        @Override
        public long waiting() throws IOException {
            try (Connection connection = new Connection(port)) {
                connection.write("stats-tube default");
                connection.out.flush();
                String[] head = connection.readLine().split(" ", -1);
                if (!head[0].equals("OK")) {
                    throw new IOException("expected OK and the tube's figures, got: " + head[0]);
                }
                String figures = new String(connection.readBody(head[1]), StandardCharsets.US_ASCII);
                return figures.lines()
                        .filter(line -> line.startsWith("current-jobs-ready:"))
                        .mapToLong(line -> Long.parseLong(
                                line.substring(line.indexOf(':') + 1).strip()))
                        .sum();
            }
        }

        @Override
        public void close() {}
    }

    /** Answers come in the order of the commands, and a thread reads them. */
    private static final class Putter implements Driver.Submitter {
        private final Connection connection;
        private final Queue<CompletableFuture<Void>> unanswered = new ConcurrentLinkedQueue<>();

        Putter(Connection connection) {
            this.connection = connection;
            Thread reader = new Thread(this::read, "beanstalkd-answers");
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try {
                while (true) {
                    String answer = connection.readLine();
                    CompletableFuture<Void> confirm = unanswered.remove();
                    if (answer.startsWith("INSERTED ")) {
                        confirm.complete(null);
                    } else {
                        confirm.completeExceptionally(new IOException("put: " + answer));
                    }
                }
            } catch (IOException e) {
                // Also how the reader ends at close: then none is left to tell.
                for (CompletableFuture<Void> each = unanswered.poll(); each != null; each = unanswered.poll()) {
                    each.completeExceptionally(e);
                }
            }
        }

        @Override
        public CompletableFuture<?> submit(byte[] payload) throws IOException {
            CompletableFuture<Void> confirm = new CompletableFuture<>();
            unanswered.add(confirm);
            connection.put(payload);
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

    /** Asks for one task at a time, as the protocol has it; several such requests go at once while tasks come as fast. */
    private static final class Reserver implements PullDriver.Puller {
        private final Connection connection;
        private int requests = 1;

        Reserver(Connection connection) {
            this.connection = connection;
        }

        @Override
        public List<PullDriver.Task> reserve(int max, long waitMs) throws IOException {
            int asked = Math.min(requests, max);
            // The first may wait, in whole seconds.
            connection.write("reserve-with-timeout " + (waitMs + MS_A_SECOND - 1) / MS_A_SECOND);
            for (int i = 1; i < asked; i++) {
                connection.write("reserve-with-timeout 0");
            }
            connection.out.flush();
            List<PullDriver.Task> tasks = new ArrayList<>(asked);
            for (int i = 0; i < asked; i++) {
                String answer = connection.readLine();
                String[] words = answer.split(" ", -1);
                if (words[0].equals("RESERVED")) {
                    tasks.add(new PullDriver.Task(words[1], connection.readBody(words[2])));
                } else if (!answer.equals("TIMED_OUT") && !answer.equals("DEADLINE_SOON")) {
                    throw new IOException("reserve: " + answer);
                }
            }
            requests = tasks.size() == asked ? 2 * asked : tasks.size() + 1;
            return tasks;
        }

        @Override
        public void ack(List<PullDriver.Task> tasks) throws IOException {
            for (PullDriver.Task task : tasks) {
                connection.write("delete " + task.handle());
            }
            connection.out.flush();
            for (PullDriver.Task task : tasks) {
                String answer = connection.readLine();
                if (!answer.equals("DELETED")) {
                    throw new IOException("delete " + task.handle() + ": " + answer);
                }
            }
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }
}
