package io.telpher.broker;

import io.telpher.broker.files.DurableFile;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which queue policies of the configuration a partition has taken up, by a digest of each. One that is as it was when it was taken up is not put again, so
 * that what operators have set since by other ways stays over a restart or reload.
 *
 * <p>The file says up to which record of the journal it holds: after a power cut that the last records were lost in, all policies count as new. So does
 * one that was refused, or that the configuration left out in between. Without the file all of them do. Thread-safe.
 */
final class AppliedPolicies {
    private static final Logger LOG = LoggerFactory.getLogger(AppliedPolicies.class);
    private static final String FILE = "policies";

    private final Path file;
    private Map<String, String> digests;

    private AppliedPolicies(Path file, Map<String, String> digests) {
        this.file = file;
        this.digests = digests;
    }

    /** @param sequence of the last record that the journal has */
    static AppliedPolicies read(Path directory, long sequence) {
        Path file = directory.resolve(FILE);
        Map<String, String> digests = new TreeMap<>();
        try {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            if (!lines.isEmpty() && Long.parseLong(lines.get(0)) <= sequence) {
                for (String line : lines.subList(1, lines.size())) {
                    int space = line.indexOf(' ');
                    digests.put(line.substring(space + 1), line.substring(0, Math.max(0, space)));
                }
            }
        } catch (IOException | NumberFormatException e) {
            LOG.warn("TQ-1025 {} can't be read: queue policies of the configuration are applied again", file, e);
            digests.clear();
        }
        return new AppliedPolicies(file, digests);
    }

    /** Those of {@code wanted} that were not taken up as they are now, by name. */
    synchronized Map<String, QueuePolicyFields> changed(Map<String, QueuePolicyFields> wanted) {
        Map<String, QueuePolicyFields> changed = new TreeMap<>(wanted);
        changed.entrySet()
                .removeIf(each -> digest(each.getKey(), each.getValue()).equals(digests.get(each.getKey())));
        return changed;
    }

    /**
     * All of {@code wanted} hold now, or did before, but for those refused.
     *
     * @param sequence of the last of their records, or any behind it
     */
    synchronized void taken(Map<String, QueuePolicyFields> wanted, Set<String> refused, long sequence) {
        Map<String, String> holding = new TreeMap<>();
        wanted.forEach((queue, policy) -> {
            if (!refused.contains(queue)) {
                holding.put(queue, digest(queue, policy));
            }
        });
        if (holding.equals(digests)) {
            return;
        }
        digests = holding;
        StringBuilder lines = new StringBuilder().append(sequence).append('\n');
        holding.forEach((queue, digest) ->
                lines.append(digest).append(' ').append(queue).append('\n'));
        try {
            DurableFile.replace(file, lines.toString());
        } catch (IOException e) {
            LOG.warn("TQ-1025 {} can't be written: the next start applies queue policies again", file, e);
        }
    }

    private static String digest(String queue, QueuePolicyFields policy) {
        try {
            byte[] frame = PutQueue.write(new FrameWriter(), 0, queue, policy).toBytes();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(frame));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
