package io.telpher.broker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.cluster.keeping.CoveredPlace;
import io.telpher.broker.files.DurableFile;
import io.telpher.broker.journal.BytesRead;
import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Fills an empty directory with what a node of the running cluster has, before a broker ever starts on it: then it needs of the shared log only what came since. It is no node's
 * directory until {@link #finish}, which comes last, so a process that dies anywhere before leaves one that no broker starts on, and that the next try goes on with, file by
 * file. One thread.
 */
public final class Install {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** There as long as the directory is not whole. */
    private static final String FILE = "install.json";

    private static final List<String> FOLDERS = List.of("journal", "snapshots");
    private static final String JOURNAL_FILE = ".cq4";

    /** Each time something was deleted there while it was copied; usually one is enough. */
    private static final int PASSES_MAX = 50;

    private final ClusterSettings settings;
    private final Path directory;
    private final String member;
    private String source;
    private @Nullable Bundle copied;
    private long piecesNanos;

    private Install(ClusterSettings settings, Path directory, String member, String source) {
        this.settings = settings;
        this.directory = directory;
        this.member = member;
        this.source = source;
    }

    /**
     * In an empty directory, or one in which this was begun before.
     *
     * @throws JournalException when it holds anything else
     */
    public static Install begin(ClusterSettings settings, Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (NodeFile.isIn(directory)) {
            throw new JournalException(
                    "TQ-5021 " + directory
                            + " is a node's already. If it is to be replaced although its disk is there, move the directory away first");
        }
        if (Files.exists(file)) {
            JsonNode begun = JSON.readTree(file.toFile());
            if (!begun.path("node").asText().equals(settings.node())) {
                throw new JournalException("TQ-5021 in " + directory + " node "
                        + begun.path("node").asText() + " was begun, the configuration says node " + settings.node()
                        + "; empty the directory, or set cluster.node right");
            }
            return new Install(
                    settings,
                    directory,
                    begun.path("member").asText(),
                    begun.path("source").asText());
        }
        if (!NodeFile.isNew(directory)) {
            throw new JournalException("TQ-5021 " + directory
                    + " is not empty; a node's new disk begins with an empty directory. Move away what is in it");
        }
        Install begun = new Install(settings, directory, NodeFile.newMember(settings.node()), "");
        begun.note();
        return begun;
    }

    private void note() throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("node", settings.node()).put("member", member).put("source", source);
        DurableFile.replace(directory.resolve(FILE), JSON.writeValueAsString(json) + "\n");
    }

    /** As what it will vote. */
    public String member() {
        return member;
    }

    /** Where its node link will be. */
    public String link() {
        return settings.nodes().getOrDefault(settings.node(), "");
    }

    /**
     * Copies until everything is there that the source's snapshots and journal have at one time, and forces it.
     *
     * @param bytesPerSecond at most
     * @param told of the bytes copied
     */
    public void pull(InstallGrant grant, long bytesPerSecond, BytesRead told) throws IOException, RefusedException {
        if (!grant.source().equals(source)) {
            for (String folder : FOLDERS) {
                delete(directory.resolve(folder)); // another node's files have other contents under the same names
            }
            source = grant.source();
            note();
        }
        try (NodeLink.Connection from = new NodeLink.Connection(settings, grant.link())) {
            for (int pass = 0; pass < PASSES_MAX; pass++) {
                Bundle bundle = Bundle.parse(from.files(grant.ticket()));
                if (copyAll(new Source(from, grant.ticket(), bytesPerSecond), bundle, told)) {
                    removeOthers(bundle);
                    forceFolders();
                    copied = bundle;
                    return;
                }
            }
        }
        throw new IOException("files of " + grant.source() + " were deleted while they were copied, " + PASSES_MAX
                + " times; run the command again, with a higher --rate");
    }

    private record Source(NodeLink.Connection node, String ticket, long bytesPerSecond) {}

    /** False when a file went meanwhile. */
    private boolean copyAll(Source from, Bundle bundle, BytesRead told) throws IOException, RefusedException {
        long all = bundle.files().stream().mapToLong(Bundle.Entry::bytes).sum();
        long done = 0;
        for (int i = 0; i < bundle.files().size(); i++) {
            Bundle.Entry file = bundle.files().get(i);
            boolean isFinal = isFinal(bundle.files(), i);
            if (!(isFinal && isCopied(file)) && !copy(from, file, isFinal)) {
                return false;
            }
            done += file.bytes();
            told.at(done, all);
        }
        return true;
    }

    /** Whether nothing is written to it any more: a snapshot, or a journal file that another one follows. */
    private static boolean isFinal(List<Bundle.Entry> files, int at) {
        String path = files.get(at).path();
        if (!path.startsWith("journal")) {
            return true;
        }
        String folder = path.substring(0, path.lastIndexOf('/') + 1);
        return path.endsWith(JOURNAL_FILE)
                && at + 1 < files.size()
                && files.get(at + 1).path().startsWith(folder)
                && files.get(at + 1).path().endsWith(JOURNAL_FILE);
    }

    private boolean isCopied(Bundle.Entry file) throws IOException {
        Path target = target(file);
        return Files.exists(target)
                && Files.size(target) == file.bytes()
                && Files.getLastModifiedTime(target).toMillis() == file.modifiedMs();
    }

    private Path target(Bundle.Entry file) {
        Path target = directory.resolve(file.path()).normalize();
        if (FOLDERS.stream().noneMatch(folder -> target.startsWith(directory.resolve(folder)))) {
            throw new IllegalStateException(file.path() + " is outside of what a node gives away");
        }
        return target;
    }

    private boolean copy(Source from, Bundle.Entry file, boolean isFinal) throws IOException, RefusedException {
        Path target = target(file);
        Files.createDirectories(target.resolveSibling(""));
        try (RandomAccessFile out = new RandomAccessFile(target.toFile(), "rw")) {
            out.setLength(0);
            out.setLength(file.bytes());
            for (long at = 0; at < file.bytes(); at += Bundle.PIECE_BYTES) {
                long start = System.nanoTime();
                byte[] piece = from.node.piece(from.ticket, file.path(), at);
                if (piece.length == 0) {
                    return false;
                }
                int bytes = (int) Math.min(piece.length - 1, file.bytes() - at);
                writeAll(out.getChannel(), ByteBuffer.wrap(piece, 1, bytes), at);
                pace(bytes, System.nanoTime() - start, from.bytesPerSecond);
            }
            out.getChannel().force(true);
        }
        // One that is still written to is copied again in any case, so nothing must take it for finished.
        Files.setLastModifiedTime(target, FileTime.fromMillis(isFinal ? file.modifiedMs() : 0));
        return true;
    }

    private static void writeAll(FileChannel out, ByteBuffer bytes, long at) throws IOException {
        long end = at + bytes.remaining();
        while (bytes.hasRemaining()) {
            out.write(bytes, end - bytes.remaining());
        }
    }

    /** The node that gives its files has clients to serve. */
    private void pace(int bytes, long tookNanos, long bytesPerSecond) {
        long due = (long) ((double) bytes / bytesPerSecond * TimeUnit.SECONDS.toNanos(1));
        piecesNanos += due - tookNanos;
        if (piecesNanos > 0) {
            long start = System.nanoTime();
            LockSupport.parkNanos(this, piecesNanos);
            piecesNanos -= System.nanoTime() - start;
        }
        piecesNanos = Math.max(piecesNanos, 0);
    }

    private void removeOthers(Bundle bundle) throws IOException {
        Set<Path> wanted = bundle.files().stream().map(this::target).collect(Collectors.toCollection(HashSet::new));
        for (String folder : FOLDERS) {
            Path root = directory.resolve(folder);
            if (Files.isDirectory(root)) {
                try (Stream<Path> there = Files.walk(root)) {
                    for (Path each : there.toList()) {
                        if (Files.isRegularFile(each) && !wanted.contains(each)) {
                            Files.delete(each);
                        }
                    }
                }
            }
        }
    }

    private void forceFolders() throws IOException {
        for (String folder : FOLDERS) {
            Path root = Files.createDirectories(directory.resolve(folder));
            try (Stream<Path> there = Files.walk(root)) {
                for (Path each : there.filter(Files::isDirectory).toList()) {
                    DurableFile.force(each);
                }
            }
        }
        DurableFile.force(directory);
    }

    private static void delete(Path root) throws IOException {
        if (Files.isDirectory(root)) {
            try (Stream<Path> there = Files.walk(root)) {
                for (Path each : there.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    /** Of the last record that must be in what was copied. */
    public long sequence() {
        return bundle().sequence();
    }

    private Bundle bundle() {
        Bundle present = copied;
        if (present == null) {
            throw new IllegalStateException("nothing was copied yet");
        }
        return present;
    }

    /** What was copied has been read, and holds {@link #sequence}: from here on the directory is the new member's, and a broker may start on it. */
    public void finish(InstallGrant grant) throws IOException {
        Bundle present = bundle();
        new CoveredPlace(present.covers(), present.sequence()).write(directory);
        new NodeFile(
                        grant.cluster(),
                        settings.name(),
                        settings.node(),
                        false,
                        member,
                        new NodeFile.Joining(grant.replaces(), grant.links()),
                        new NodeFile.Origin(grant.terms(), grant.former(), false),
                        NodeFile.Founding.NONE)
                .write(directory);
        Files.deleteIfExists(directory.resolve(FILE));
    }
}
