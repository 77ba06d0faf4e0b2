package io.telpher.broker.torture;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The file of events, in the order they happened to the clients. Thread-safe. */
final class History implements AutoCloseable {
    private final BufferedWriter out;
    private final long beganNanos = System.nanoTime();

    History(Path file) throws IOException {
        out = Files.newBufferedWriter(file);
    }

    /** Nanoseconds since the beginning. */
    long now() {
        return System.nanoTime() - beganNanos;
    }

    synchronized void add(Event event) {
        write(event.at(now()));
    }

    /**
     * What wall clocks show that are wrong by so many seconds. The wall clock is read behind the event's own time: a thread that is kept waiting between the two has it show more
     * than it did, never less, and what comes in time is not taken for early.
     */
    synchronized void addClock(long seconds) {
        Event event = Event.of(Event.Kind.CLOCK).extra(seconds).at(now());
        write(event.sent(System.currentTimeMillis()));
    }

    private void write(Event event) {
        try {
            out.write(event.line());
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException("the history can't be written", e);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }

    static void read(Path file, Consumer<Event> reader) throws IOException {
        try (BufferedReader in = Files.newBufferedReader(file)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                reader.accept(Event.parse(line));
            }
        }
    }
}
