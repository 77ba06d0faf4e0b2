package io.telpher.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A broker inside this process, there in a few milliseconds: it speaks the protocol on a port of this machine, so the client is the real one, and keeps tasks in memory. What
 * producers and workers do is as with the real broker, which the same tests show; queues have no policies, weights count as preference, and what is for operators is refused.
 */
final class InMemoryBroker implements TestBroker {
    private static final int BACKLOG = 50;
    private static final long LOOK_MS_MAX = 60_000;

    private final ServerSocket server;
    private final MemoryTasks tasks = new MemoryTasks(() -> now().toEpochMilli());
    private final Object lock = new Object();
    private final List<MemoryConnection> connections = new ArrayList<>();
    private volatile Duration ahead = Duration.ZERO;
    private boolean closed;

    InMemoryBroker() {
        try {
            server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept, "telpher-memory-accept");
        start(this::keepTime, "telpher-memory-clock");
    }

    private static void start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        long session = 0;
        try {
            while (true) {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                MemoryConnection connection = new MemoryConnection(socket, this, tasks, ++session);
                synchronized (lock) {
                    connections.add(connection);
                }
                start(connection::serve, "telpher-memory-" + session);
            }
        } catch (SocketException e) {
            return; // closed
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a client asks for, and what follows from it. */
    void locked(Runnable request) {
        synchronized (lock) {
            request.run();
            lock.notifyAll(); // the next time that matters may be another now
        }
    }

    void hungUp(MemoryConnection connection) {
        locked(() -> {
            tasks.disconnected(connection);
            connections.remove(connection);
        });
    }

    private void keepTime() {
        synchronized (lock) {
            try {
                while (!closed) {
                    long waitMs = tasks.turn() - tasks.nowMs();
                    lock.wait(Math.max(1, Math.min(waitMs, LOOK_MS_MAX)));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public String url() {
        return "tq://127.0.0.1:" + server.getLocalPort();
    }

    @Override
    public String httpUrl() {
        throw new UnsupportedOperationException("the in-memory broker has no HTTP; TestBroker.start() has");
    }

    @Override
    public void restart() {
        throw new UnsupportedOperationException(
                "the in-memory broker keeps nothing over a restart; TestBroker.start() does");
    }

    @Override
    public Instant now() {
        return Instant.now().plus(ahead);
    }

    @Override
    public void advance(Duration time) {
        TestBroker.requireForward(time);
        synchronized (lock) {
            ahead = ahead.plus(time);
            tasks.turn();
            lock.notifyAll();
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
            List.copyOf(connections).forEach(MemoryConnection::close);
        }
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
