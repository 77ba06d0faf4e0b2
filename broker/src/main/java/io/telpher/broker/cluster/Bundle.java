package io.telpher.broker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.files.DirectoryImage;
import io.telpher.broker.journal.AgreedLog.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What a new node is given of another one: its snapshots, and its journal up to a place in the shared log. Nothing is copied or held for it; files that are deleted while they
 * are read are not needed by what is listed next time. Each snapshot and each batch of the journal carries checksums, so files have none of their own.
 *
 * @param covers all before and at this place, and records up to {@code sequence}, are in these files
 */
record Bundle(Place covers, long sequence, List<Entry> files) {
    Bundle {
        files = List.copyOf(files);
    }

    /** Of one answer. */
    static final int PIECE_BYTES = 1 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> FOLDERS = List.of("snapshots", "journal");

    /**
     * One file.
     *
     * @param path within the data directory
     * @param modifiedMs tells a file that was copied from one that changed since
     */
    record Entry(String path, long bytes, long modifiedMs) {}

    /** The files of a directory, as they are now. */
    static List<Entry> list(Path directory) throws IOException {
        return DirectoryImage.of(directory).files().stream()
                .filter(file -> isOffered(directory, file.path()))
                .map(file -> new Entry(
                        directory.relativize(file.path()).toString(),
                        file.bytes(),
                        file.modified().toMillis()))
                .toList();
    }

    private static boolean isOffered(Path directory, Path file) {
        return FOLDERS.stream().anyMatch(folder -> file.startsWith(directory.resolve(folder)));
    }

    /**
     * Part of a file that {@link #list} has named: at most {@link #PIECE_BYTES}, less at its end, without the zeros at the piece's own end, of which a journal file has many.
     * Ahead of it a byte, so that a piece of nothing but zeros is not taken for the end.
     *
     * @return empty when the file is gone, or ends before
     */
    static byte[] piece(Path directory, String path, long offset) throws IOException, RefusedException {
        Path file = directory.resolve(path).normalize();
        if (!isOffered(directory, file) || offset < 0) {
            throw new RefusedException(path + " is none of the files that a node gives away");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer piece = ByteBuffer.allocate(1 + PIECE_BYTES).position(1);
            long at = offset;
            while (piece.hasRemaining()) {
                int read = channel.read(piece, at);
                if (read < 0) {
                    break;
                }
                at += read;
            }
            int end = piece.position();
            if (end == 1) {
                return new byte[0];
            }
            while (end > 1 && piece.get(end - 1) == 0) {
                end--;
            }
            return java.util.Arrays.copyOf(piece.array(), end);
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
    }

    byte[] toJson() throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("term", covers.term()).put("index", covers.index()).put("sequence", sequence);
        ArrayNode all = json.putArray("files");
        files.forEach(file -> all.addObject()
                .put("path", file.path())
                .put("bytes", file.bytes())
                .put("modified_ms", file.modifiedMs()));
        return JSON.writeValueAsBytes(json);
    }

    static Bundle parse(byte[] text) throws IOException {
        JsonNode json = JSON.readTree(text);
        List<Entry> files = new ArrayList<>();
        for (JsonNode each : json.path("files")) {
            files.add(new Entry(
                    each.path("path").asText(),
                    each.path("bytes").asLong(),
                    each.path("modified_ms").asLong()));
        }
        Place covers = new Place(json.path("term").asLong(), json.path("index").asLong());
        return new Bundle(covers, json.path("sequence").asLong(), files);
    }
}
