package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.machine.Programs;
import io.telpher.benchmarks.machine.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A queue in a table of PostgreSQL: batches of INSERT, UPDATE .. FOR UPDATE SKIP LOCKED .. RETURNING as a lease, DELETE. Waiting is polling. */
final class Postgres implements Rival {
    private static final String USER = "postgres";
    private static final long POLL_MS = 2;
    private static final int POLLS_A_MS = 2;
    private static final long POLL_OF_SLOTS_MS = 50;
    private static final String NOT_YET_READY = "57P03";
    private static final long READY_NANOS = TimeUnit.SECONDS.toNanos(60);

    @Override
    public String name() {
        return "postgresql";
    }

    @Override
    public String durability() {
        return "fsync on, synchronous_commit on";
    }

    @Override
    public boolean syncs() {
        return true;
    }

    @Override
    public List<String> programs() {
        return List.of("initdb", "postgres");
    }

    @Override
    public String debianPackage() {
        return "postgresql";
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return Shell.firstMatch("(\\d[\\d.]*)", path("postgres"), "--version");
    }

    private static String path(String program) throws IOException {
        return Programs.find(program)
                .orElseThrow(() -> new IOException("expected " + program + " on the PATH"))
                .toString();
    }

    /** PostgreSQL refuses to run as root. */
    private static List<String> command(String... command) {
        List<String> whole = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            whole.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups"));
        }
        whole.addAll(List.of(command));
        return whole;
    }

    @Override
    public Server start(Path directory) throws IOException, InterruptedException {
        Path data = directory.resolve("data");
        if (!Files.exists(data)) {
            Files.createDirectory(data);
            if (System.getProperty("user.name").equals("root")) {
                Shell.run("chown", USER, data.toString());
            }
            Shell.run(command(path("initdb"), "-D", data.toString(), "-U", USER, "-A", "trust", "--no-sync")
                    .toArray(String[]::new));
        }
        // What a killed server left: its process is gone, and another one may have its number.
        Files.deleteIfExists(data.resolve("postmaster.pid"));
        int port = Server.freePort();
        return Server.spawn(
                        port,
                        directory.resolve("server.log"),
                        Map.of(),
                        command(
                                path("postgres"),
                                "-D",
                                data.toString(),
                                "-p",
                                String.valueOf(port),
                                "-c",
                                "listen_addresses=" + Server.LOOPBACK,
                                "-c",
                                "unix_socket_directories=",
                                "-c",
                                "shared_buffers=512MB",
                                "-c",
                                "max_wal_size=8GB",
                                "-c",
                                "autovacuum_naptime=5s",
                                "-c",
                                "max_connections=1100"))
                .awaitPort();
    }

    @Override
    public Driver connect(Server server) {
        return new Client(server.port());
    }

    private static final class Client extends PullDriver {
        private final String url;
        private long pollMs = POLL_MS;

        Client(int port) {
            url = "jdbc:postgresql://" + Server.LOOPBACK + ":" + port + "/postgres?user=" + USER
                    + "&reWriteBatchedInserts=true&prepareThreshold=1&binaryTransfer=true";
        }

        private Connection open() throws SQLException {
            return DriverManager.getConnection(url);
        }

        @Override
        public void prepare() throws Exception {
            try (Connection connection = openWhenReady();
                    Statement statement = connection.createStatement()) {
                statement.execute("create table if not exists task (id bigserial primary key,"
                        + " visible_at timestamptz not null default now(), attempts int not null default 0,"
                        + " state smallint not null default 0, payload bytea not null)");
                // Payloads that can't be compressed are not tried to be.
                statement.execute("alter table task alter column payload set storage external");
                statement.execute("create index if not exists task_ready on task (id) where state = 0");
                statement.execute("alter table task set (autovacuum_vacuum_scale_factor = 0.02,"
                        + " autovacuum_vacuum_cost_delay = 0)");
            }
        }

        /** It listens a moment before it serves. */
        private Connection openWhenReady() throws Exception {
            long end = System.nanoTime() + READY_NANOS;
            while (true) {
                try {
                    return open();
                } catch (SQLException e) {
                    if (!NOT_YET_READY.equals(e.getSQLState()) || System.nanoTime() > end) {
                        throw e;
                    }
                    TimeUnit.MILLISECONDS.sleep(POLL_MS);
                }
            }
        }

        @Override
        public Submitter submitter() throws SQLException {
            Connection connection = open();
            connection.setAutoCommit(false);
            PreparedStatement insert = connection.prepareStatement("insert into task (payload) values (?)");
            return new BatchingSubmitter(
                    payloads -> {
                        for (byte[] payload : payloads) {
                            insert.setBytes(1, payload);
                            insert.addBatch();
                        }
                        insert.executeBatch();
                        connection.commit();
                    },
                    connection);
        }

        @Override
        Puller puller() throws SQLException {
            return new Poller(open(), pollMs);
        }

        /** All workers together ask 2,000 times a second at most, however many they are: more would only slow down those that have tasks. */
        private static long pollMs(int connections) {
            return Math.max(POLL_MS, connections / POLLS_A_MS);
        }

        /** A worker with slots is one connection that acknowledges what is done, takes as many again, and looks again after 50 ms. */
        @Override
        public AutoCloseable work(Work work) throws Exception {
            if (work.holdMs() == 0) {
                pollMs = pollMs(work.connections());
                return super.work(work);
            }
            Threads workers = new Threads(work);
            for (int i = 0; i < work.connections(); i++) {
                Poller poller = new Poller(open(), POLL_MS);
                workers.start(poller, new Slots(poller, work)::round);
            }
            return workers;
        }

        @Override
        public long waiting() throws SQLException {
            try (Connection connection = open();
                    Statement statement = connection.createStatement();
                    ResultSet count = statement.executeQuery("select count(*) from task where state = 0")) {
                count.next();
                return count.getLong(1);
            }
        }

        @Override
        public void close() {}
    }

    private static final class Slots {
        private record Held(PullDriver.Task task, long endNanos) {}

        private final Poller poller;
        private final Driver.Work work;
        private final List<Held> held = new ArrayList<>();

        Slots(Poller poller, Driver.Work work) {
            this.poller = poller;
            this.work = work;
        }

        void round() throws Exception {
            long now = System.nanoTime();
            List<PullDriver.Task> done = held.stream()
                    .filter(each -> each.endNanos <= now)
                    .map(Held::task)
                    .toList();
            if (!done.isEmpty()) {
                poller.ack(done);
                held.removeIf(each -> each.endNanos <= now);
                work.sink().done(done.size());
            }
            List<PullDriver.Task> taken =
                    held.size() < work.slots() ? poller.reserve(work.slots() - held.size(), 0) : List.of();
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(work.holdMs());
            for (PullDriver.Task task : taken) {
                work.sink().started(task.payload());
                held.add(new Held(task, end));
            }
            if (taken.isEmpty()) {
                TimeUnit.MILLISECONDS.sleep(POLL_OF_SLOTS_MS);
            }
        }
    }

    private static final class Poller implements PullDriver.Puller {
        private final Connection connection;
        private final PreparedStatement take;
        private final PreparedStatement delete;
        private final long pollMs;

        Poller(Connection connection, long pollMs) throws SQLException {
            this.connection = connection;
            this.pollMs = pollMs;
            take = connection.prepareStatement("update task set state = 1, attempts = attempts + 1,"
                    + " visible_at = now() + interval '60 s' where id in (select id from task where state = 0"
                    + " order by id limit ? for update skip locked) returning id, payload");
            delete = connection.prepareStatement("delete from task where id = any(?)");
        }

        @Override
        public List<PullDriver.Task> reserve(int max, long waitMs) throws Exception {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
            List<PullDriver.Task> tasks = new ArrayList<>();
            while (true) {
                take.setInt(1, max);
                try (ResultSet rows = take.executeQuery()) {
                    while (rows.next()) {
                        tasks.add(new PullDriver.Task(rows.getLong(1), rows.getBytes(2)));
                    }
                }
                if (!tasks.isEmpty() || System.nanoTime() >= end) {
                    return tasks;
                }
                TimeUnit.MILLISECONDS.sleep(pollMs);
            }
        }

        @Override
        public void ack(List<PullDriver.Task> tasks) throws SQLException {
            Object[] ids = tasks.stream().map(PullDriver.Task::handle).toArray();
            delete.setArray(1, connection.createArrayOf("bigint", ids));
            int deleted = delete.executeUpdate();
            if (deleted != ids.length) {
                throw new SQLException("of " + ids.length + " tasks " + deleted + " were deleted");
            }
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
