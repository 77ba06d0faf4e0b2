package io.telpher.broker.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.files.DurableFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** tokens.json: readable by its owner only, replaced as a whole. */
public final class TokenFile {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private TokenFile() {}

    /** @throws UnusableException when it can't be read, others can read it, or an entry makes no sense */
    public static List<TokenEntry> read(Path file) throws UnusableException {
        try {
            requireOwnerOnly(file);
            List<TokenEntry> entries = new ArrayList<>();
            Set<String> taken = new HashSet<>();
            for (JsonNode node : JSON.readTree(Files.readAllBytes(file)).path("tokens")) {
                TokenEntry entry = entry(file, node);
                boolean isNew = taken.add(entry.id()) && (entry.san() == null || taken.add(entry.san()));
                if (!isNew) {
                    throw unusable(file, "entry \"" + entry.name() + "\": another one has its id or its san");
                }
                entries.add(entry);
            }
            return List.copyOf(entries);
        } catch (NoSuchFileException e) {
            throw unusable(file, "does not exist; make it with: tq token create NAME --allow admin --file " + file);
        } catch (JsonProcessingException e) {
            // Without its excerpt of the file.
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw unusable(file, "line " + line + " is not JSON");
        } catch (IOException e) {
            throw unusable(file, UnusableException.unreadable(file, e));
        }
    }

    private static void requireOwnerOnly(Path file) throws IOException, UnusableException {
        if (!Files.getFileStore(file).supportsFileAttributeView("posix")) {
            return;
        }
        EnumSet<PosixFilePermission> more = EnumSet.copyOf(Files.getPosixFilePermissions(file));
        more.removeAll(OWNER_ONLY);
        more.remove(PosixFilePermission.OWNER_EXECUTE);
        if (!more.isEmpty()) {
            throw unusable(file, "is open to others than its owner; type: chmod 600 " + file);
        }
    }

    private static TokenEntry entry(Path file, JsonNode node) throws UnusableException {
        String name = node.path("name").asText();
        try {
            TokenEntry entry = new TokenEntry(
                    node.path("id").asText(),
                    name,
                    optional(node, "sha256"),
                    optional(node, "san"),
                    texts(node.path("allow")),
                    texts(node.path("deny")),
                    Instant.parse(node.path("created").asText("1970-01-01T00:00:00Z")),
                    node.hasNonNull("expires")
                            ? Instant.parse(node.path("expires").asText())
                            : null);
            boolean isHash = entry.sha256() == null || entry.sha256().matches("[0-9a-f]{64}");
            boolean isName = entry.san() == null || CertificateNames.isOne(entry.san());
            if (entry.id().isEmpty() || !isHash || !isName || entry.sha256() == null && entry.san() == null) {
                throw new IllegalArgumentException(
                        "it needs an id, and a sha256 of 64 hex digits or a san like dns:host");
            }
            entry.principal(""); // its rules are rules
            return entry;
        } catch (IllegalArgumentException | DateTimeException e) {
            throw unusable(file, "entry \"" + name + "\": " + e.getMessage());
        }
    }

    private static @Nullable String optional(JsonNode node, String field) {
        return node.hasNonNull(field) ? node.get(field).asText() : null;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return List.copyOf(texts);
    }

    private static UnusableException unusable(Path file, String what) {
        return new UnusableException("TQ-1031 security.tokens: " + file + " " + what);
    }

    /** Changes the file under a lock; it is made when it is missing, and keeps its owner. Those who read it see the old or the new one. */
    public static void edit(Path file, UnaryOperator<List<TokenEntry>> change) throws IOException, UnusableException {
        Path lock = file.toAbsolutePath().resolveSibling(file.getFileName() + ".lock");
        try (FileChannel channel = FileChannel.open(
                lock,
                EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            channel.lock();
            List<TokenEntry> before = Files.exists(file) ? read(file) : List.of();
            write(file, change.apply(before));
        }
    }

    private static void write(Path file, List<TokenEntry> entries) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode tokens = root.putArray("tokens");
        entries.forEach(entry -> tokens.add(json(entry)));
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        Files.writeString(fresh, JSON.writeValueAsString(root) + "\n", StandardCharsets.UTF_8);
        try (FileChannel written = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            written.force(true);
        }
        if (Files.exists(file)) {
            Files.setOwner(fresh, Files.getOwner(file)); // root changes it, the broker reads it
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        // A token that was taken back must not be there again after a power cut.
        DurableFile.force(file.toAbsolutePath().resolveSibling("."));
    }

    private static ObjectNode json(TokenEntry entry) {
        ObjectNode json = JSON.createObjectNode();
        json.put("id", entry.id()).put("name", entry.name());
        if (entry.sha256() != null) {
            json.put("sha256", entry.sha256());
        }
        if (entry.san() != null) {
            json.put("san", entry.san());
        }
        entry.allow().forEach(json.putArray("allow")::add);
        entry.deny().forEach(json.putArray("deny")::add);
        json.put("created", entry.created().toString());
        if (entry.expires() != null) {
            json.put("expires", entry.expires().toString());
        }
        return json;
    }
}
