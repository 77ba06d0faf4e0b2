package io.telpher.broker.cluster.keeping;

import io.telpher.broker.files.DurableFile;
import io.telpher.broker.journal.AgreedLog.Place;
import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.StringTokenizer;

/**
 * {@code raft.covered} in a data directory: up to where this node's own snapshot and journal hold everything for good. The shared log may be cut there, and a start reads it from
 * there. Written before it is cut.
 *
 * @param sequence of the last record up to there
 */
public record CoveredPlace(Place place, long sequence) {
    private static final String FILE = "raft.covered";
    private static final CoveredPlace NOTHING = new CoveredPlace(Place.NONE, 0);

    public static CoveredPlace read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return NOTHING;
        }
        StringTokenizer words = new StringTokenizer(Files.readString(file));
        try {
            Place place = new Place(Long.parseLong(words.nextToken()), Long.parseLong(words.nextToken()));
            return new CoveredPlace(place, Long.parseLong(words.nextToken()));
        } catch (NumberFormatException | NoSuchElementException e) {
            throw new JournalException("TQ-5003 " + file + " can't be understood: " + e.getMessage());
        }
    }

    /** For good, when there is one. */
    public static void delete(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(FILE));
        DurableFile.force(directory);
    }

    public void write(Path directory) throws IOException {
        DurableFile.replace(directory.resolve(FILE), place.term() + " " + place.index() + " " + sequence + "\n");
    }
}
