package io.telpher.broker.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a power cut may leave of the real journal, at every moment of a recorded run, and what damage may make of it: recovered by the real
 * scanner. A legal image must be opened and hold every confirmed record and none that is not whole; damage to what was kept must be
 * noticed.
 */
final class CrashImages {
    private static final int SECTOR_BYTES = 512;
    private static final int SECTORS_PER_PAGE = 8;
    private static final int FILE_BYTES = 48 << 10;
    private static final int GROUPS = 60;
    private static final int EXCERPT_HEADER_BYTES = 4;
    private static final Tear.Kind[] KINDS = Tear.Kind.values();

    private final Random random;
    private long images;
    private long again;
    private long damages;
    private long endsLost;

    CrashImages(long seed) {
        random = new Random(seed);
    }

    public static void main(String[] arguments) throws IOException {
        long wanted = arguments.length > 0 ? Long.parseLong(arguments[0]) : 1_000_000;
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1;
        CrashImages run = new CrashImages(seed);
        long start = System.nanoTime();
        run.check(wanted - wanted / 5, seed);
        System.out.printf("%s; %.1f s%n", run, (System.nanoTime() - start) / 1e9);
        BrokerImages broker = new BrokerImages(seed);
        broker.check(wanted / 5, seed);
        System.out.printf("%s; %.1f s in all%n", broker, (System.nanoTime() - start) / 1e9);
    }

    /** Records runs and makes images of them until there were so many. */
    void check(long wanted, long seed) throws IOException {
        for (long run = seed; images + again + damages < wanted; run++) {
            Path directory = Files.createTempDirectory("telpher-images-");
            try {
                check(directory, run);
            } catch (AssertionError | JournalException e) {
                throw new AssertionError("bin/crash-images 1000000 " + run + ": " + e.getMessage(), e);
            } finally {
                delete(directory);
            }
        }
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private void check(Path directory, long seed) throws IOException {
        Recording.State end;
        Recording recording = new Recording(directory, FILE_BYTES, seed);
        for (int i = 0; i < GROUPS; i++) {
            recording.group();
        }
        end = recording.end();
        for (Recording.Moment moment : recording.moments()) {
            for (Tear.Kind kind : KINDS) {
                powerCut(moment, new Tear(kind, random.nextInt(100)), recording.frameCrcs());
            }
            dropEachPage(moment, recording.frameCrcs());
        }
        damage(end, recording.frameCrcs().size());
    }

    // ---- power cuts

    private void powerCut(Recording.Moment moment, Tear tear, List<Integer> crcs) throws IOException {
        TreeMap<Integer, byte[]> image = new TreeMap<>();
        moment.seen().files().forEach((file, seen) -> {
            tear.begin();
            image.put(file, torn(moment, file, seen, (sector, page) -> tear.keeps(sector, page, random)));
        });
        recover(image, moment.confirmed(), crcs, tear.toString());
    }

    /** All but one page that no sync covered, each in its turn. */
    private void dropEachPage(Recording.Moment moment, List<Integer> crcs) throws IOException {
        for (var file : moment.seen().files().entrySet()) {
            int pageBytes = SECTOR_BYTES * SECTORS_PER_PAGE;
            for (int page = 0; page * pageBytes < file.getValue().length; page++) {
                int dropped = page;
                if (Recording.differ(moment.seen(), moment.synced(), file.getKey(), page * pageBytes, pageBytes)) {
                    TreeMap<Integer, byte[]> image = new TreeMap<>(moment.seen().files());
                    image.put(
                            file.getKey(), torn(moment, file.getKey(), file.getValue(), (sector, of) -> of != dropped));
                    recover(image, moment.confirmed(), crcs, "without page " + dropped + " of file " + file.getKey());
                }
            }
        }
    }

    interface Keeps {
        boolean keeps(int sector, int page);
    }

    static byte[] torn(Recording.Moment moment, int file, byte[] seen, Keeps keeps) {
        byte[] left = seen.clone();
        byte[] synced = moment.synced().files().getOrDefault(file, new byte[0]);
        for (int sector = 0; sector * SECTOR_BYTES < seen.length; sector++) {
            int from = sector * SECTOR_BYTES;
            boolean unsynced = Recording.differ(moment.seen(), moment.synced(), file, from, SECTOR_BYTES);
            if (unsynced && !keeps.keeps(sector, sector / SECTORS_PER_PAGE)) {
                for (int i = from; i < from + SECTOR_BYTES; i++) {
                    left[i] = i < synced.length ? synced[i] : 0;
                }
            }
        }
        return left;
    }

    private void recover(NavigableMap<Integer, byte[]> image, long confirmed, List<Integer> crcs, String what)
            throws IOException {
        images++;
        List<JournalBytes> files = Recording.files(image);
        long last = scan(files, crcs);
        require(last >= confirmed, what + ": " + confirmed + " was confirmed, " + last + " came back");
        // The next run begins its first file, and the power goes again before that is synced.
        byte[] begun = firstFile(last, 0);
        for (int cut : new int[] {0, 1 + random.nextInt(begun.length - 1), begun.length}) {
            again++;
            List<JournalBytes> more = new ArrayList<>(files);
            byte[] left = new byte[begun.length];
            System.arraycopy(begun, 0, left, 0, cut);
            more.add(new ImageFile(image.lastKey() + 1, 2, left));
            long now = scan(more, crcs);
            require(now == last, what + ", cut again after " + cut + " bytes: " + now + " instead of " + last);
        }
    }

    /** @param local how many of the records up to the last have no sequence */
    static byte[] firstFile(long last, long local) {
        ByteBuffer batch = new Batch().seal(2, last + 1, local, last);
        int bytes = batch.remaining();
        return ByteBuffer.allocate(EXCERPT_HEADER_BYTES + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes)
                .put(batch)
                .array();
    }

    /** The last record; each must be the one that was appended under its number. */
    private static long scan(List<JournalBytes> files, List<Integer> crcs) throws IOException {
        long[] last = {0};
        new JournalScanner(files, JournalStart.BEGINNING, record -> {
                    require(record.place() == last[0] + 1, "record " + record.place() + " behind " + last[0]);
                    require(record.place() <= crcs.size(), "a record that nobody appended");
                    int crc = crcs.get((int) record.place() - 1);
                    int read = Framing.crc(record.buffer(), record.frameOffset(), record.frameBytes());
                    require(crc == read && crc == record.crc(), "record " + record.place() + " is another");
                    last[0] = record.place();
                })
                .scan();
        return last[0];
    }

    // ---- damage

    /** Each batch of a cleanly closed journal: bits of its header, of a record's header and of the rest, and zeroed sectors and pages. */
    private void damage(Recording.State end, int records) throws IOException {
        for (var file : end.files().entrySet()) {
            ByteBuffer bytes = ByteBuffer.wrap(file.getValue()).order(ByteOrder.LITTLE_ENDIAN);
            int at = JournalScanner.nextHeader(bytes, 0);
            while (at != JournalScanner.NOTHING) {
                int length = Framing.BATCH_HEADER_BYTES + bytes.getInt(at + Framing.BATCH_BODY_BYTES);
                if (bytes.getInt(at + Framing.BATCH_COUNT) > 0) {
                    damage(end, file.getKey(), at, length, records);
                }
                at = JournalScanner.nextHeader(bytes, at + length);
            }
        }
    }

    private void damage(Recording.State end, int file, int at, int length, int records) throws IOException {
        int headers = Framing.BATCH_HEADER_BYTES + Framing.RECORD_HEADER_BYTES;
        for (int i = 0; i < 12; i++) {
            int offset = at + random.nextInt(i < 8 ? headers : length);
            notice(end, new Damage(file, offset, 1, random.nextInt(8)), records);
        }
        int inside = at + random.nextInt(length);
        notice(end, new Damage(file, inside & -SECTOR_BYTES, SECTOR_BYTES, -1), records);
        notice(end, new Damage(file, inside & -4096, 4096, -1), records);
    }

    private void notice(Recording.State end, Damage damage, int records) throws IOException {
        damages++;
        TreeMap<Integer, byte[]> image = new TreeMap<>(end.files());
        byte[] hurt = Objects.requireNonNull(image.get(damage.file())).clone();
        damage.apply(hurt);
        image.put(damage.file(), hurt);
        long[] last = {0};
        try {
            new JournalScanner(Recording.files(image), JournalStart.BEGINNING, record -> last[0] = record.place())
                    .scan();
        } catch (CorruptJournalException e) {
            return;
        }
        // Zeros where zeros were, or padding between records: nothing is missing. Or the very end is, with all that
        // said so.
        boolean isWhole = last[0] == records;
        require(
                isWhole || last[0] >= Recording.claim(new Recording.State(image)),
                damage + " went unnoticed: " + last[0] + " of " + records + " records are left");
        endsLost += isWhole ? 0 : 1;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    long images() {
        return images + again;
    }

    long damages() {
        return damages;
    }

    @Override
    public String toString() {
        return images + " crash images recovered, " + again + " of them cut again during recovery, " + damages
                + " times damaged, noticed but for " + endsLost
                + " that took the end and its note in one page; nothing confirmed lost, no legal image refused";
    }
}
