package io.telpher.broker.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/**
 * A run of the real journal, with every byte of its files after each append and after each sync: what Chronicle stored through its mapping
 * too. Nothing is appended while a sync is awaited, so a sync covers just what was there before.
 */
final class Recording implements AutoCloseable {
    /** Chronicle's own structures behind the last batch fit into this. */
    private static final int BEHIND_BYTES = 4096;

    /** The files by number, each up to what was written, rounded up to whole pages. */
    record State(TreeMap<Integer, byte[]> files) {}

    /**
     * A moment at which the power may go.
     *
     * @param synced what is sure to be there
     * @param seen what may be there
     * @param confirmed the last record that was confirmed before
     */
    record Moment(State synced, State seen, long confirmed) {}

    private final ChronicleJournal journal;
    private final Path directory;
    private final Random random;
    private final Semaphore wakeUps = new Semaphore(0);
    private final List<Moment> moments = new ArrayList<>();
    private final List<Integer> frameCrcs = new ArrayList<>();
    private final TreeMap<Long, State> captures = new TreeMap<>();
    private State synced = new State(new TreeMap<>());
    private long confirmed;

    Recording(Path data, int fileBytes, long seed) throws IOException {
        directory = data.resolve("journal");
        random = new Random(seed);
        journal = Journals.open(new JournalOptions(data, SyncPolicy.BATCH, fileBytes, wakeUps::release), record -> {});
        synced = capture();
    }

    List<Moment> moments() {
        return moments;
    }

    /** CRC32C of the frame of each record, the first one's first. */
    List<Integer> frameCrcs() {
        return frameCrcs;
    }

    /** Appends some batches, then waits until all are confirmed. */
    void group() throws IOException {
        for (int batches = 1 + random.nextInt(3); batches > 0; batches--) {
            append(1 + random.nextInt(6));
            State seen = capture();
            captures.put(journal.appendedSequence(), seen);
            // The sync thread may have been at work since the last append; the batch just written says how far it came.
            Map.Entry<Long, State> kept = captures.floorEntry(claim(seen));
            if (kept != null && kept.getKey() > confirmed) {
                synced = kept.getValue();
            }
            moments.add(new Moment(synced, seen, confirmed));
        }
        State covered = capture();
        long until = journal.appendedSequence();
        while (confirmed < until) {
            if (journal.poll(record -> confirmed = record.sequence(), 10) == 0) {
                wakeUps.acquireUninterruptibly();
            }
        }
        synced = covered;
        moments.add(new Moment(synced, capture(), confirmed));
    }

    /** What the newest batch says is synced. */
    static long claim(State state) {
        long claim = 0;
        for (byte[] file : state.files().values()) {
            ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
            for (int at = JournalScanner.nextHeader(bytes, 0); at != JournalScanner.NOTHING; ) {
                claim = Math.max(claim, bytes.getLong(at + Framing.BATCH_SYNCED_PLACE));
                at = JournalScanner.nextHeader(
                        bytes, at + Framing.BATCH_HEADER_BYTES + bytes.getInt(at + Framing.BATCH_BODY_BYTES));
            }
        }
        return claim;
    }

    private void append(int records) {
        Batch batch = journal.newBatch();
        for (int i = 0; i < records; i++) {
            byte[] content = new byte[random.nextInt(4) == 0 ? 20 + random.nextInt(3_000) : 20 + random.nextInt(200)];
            random.nextBytes(content);
            ByteBuffer frame = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
            frame.putInt(0, content.length - Integer.BYTES);
            frameCrcs.add(Framing.crc(frame, 0, content.length));
            batch.add(1, 1, frame, true);
        }
        journal.append(batch);
    }

    private State capture() throws IOException {
        return capture(directory);
    }

    static State capture(Path directory) throws IOException {
        TreeMap<Integer, byte[]> files = new TreeMap<>();
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path file :
                    tree.filter(path -> path.toString().endsWith(".cq4")).toList()) {
                files.put(JournalDirectory.fileNumber(file), read(file));
            }
        } catch (NoSuchFileException e) {
            return capture(directory); // one was deleted meanwhile, by the thread that does that
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof NoSuchFileException) {
                return capture(directory); // the same, while the folders were walked
            }
            throw e;
        }
        return new State(files);
    }

    /** Up to the last byte that is not zero. */
    private static byte[] read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), 1 << 20));
            int read = 0;
            while (read >= 0 && bytes.hasRemaining()) {
                read = channel.read(bytes);
            }
            byte[] all = bytes.array();
            int end = bytes.position();
            while (end > 0 && all[end - 1] == 0) {
                end--;
            }
            return Arrays.copyOf(all, (end + BEHIND_BYTES) / BEHIND_BYTES * BEHIND_BYTES + BEHIND_BYTES);
        }
    }

    /** Whether the two differ in these bytes of the file; what one of them lacks is zeros. */
    static boolean differ(State one, State other, int file, int from, int length) {
        return !Arrays.equals(piece(one, file, from, length), piece(other, file, from, length));
    }

    private static byte[] piece(State state, int file, int from, int length) {
        byte[] bytes = state.files().getOrDefault(file, new byte[0]);
        return from >= bytes.length ? new byte[length] : Arrays.copyOfRange(bytes, from, from + length);
    }

    /** The last of all, cleanly closed. */
    State end() throws IOException {
        journal.close();
        return capture();
    }

    static List<JournalBytes> files(Map<Integer, byte[]> bytes) {
        List<JournalBytes> files = new ArrayList<>();
        bytes.forEach((number, content) -> files.add(new ImageFile(number, 1, content)));
        return files;
    }

    @Override
    public void close() {
        journal.close();
    }
}
