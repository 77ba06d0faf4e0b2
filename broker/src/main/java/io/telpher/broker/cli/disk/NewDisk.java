package io.telpher.broker.cli.disk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.output.ProgressBar;
import io.telpher.broker.cli.output.ReadingProgress;
import io.telpher.broker.cluster.ClusterSettings;
import io.telpher.broker.cluster.Install;
import io.telpher.broker.cluster.InstallGrant;
import io.telpher.broker.cluster.RefusedException;
import io.telpher.broker.cluster.UnreachableException;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.journal.JournalCheck;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.partition.salvage.DataDirectory;
import io.telpher.broker.partition.salvage.PartitionLayout;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Makes an empty directory that of a node of a running cluster: copies what its leader has, and reads all of it before the directory is the node's. */
final class NewDisk {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Where something was being written the copy may end torn: the next look has it whole. */
    private static final int LOOKS_MAX = 5;

    private final ClusterSettings settings;
    private final Path directory;
    private final PrintWriter err;

    NewDisk(ClusterSettings settings, Path directory, PrintWriter err) {
        this.settings = settings;
        this.directory = directory;
        this.err = err;
    }

    /**
     * @param leader its HTTP API
     * @param action what is asked there: replace or add
     * @return as what it will be a member
     */
    String make(NodeApi leader, String action, long bytesPerSecond) throws IOException {
        DataDirectory.create(directory);
        Install install = Install.begin(settings, directory);
        String ask = JSON.createObjectNode()
                .put("node", settings.node())
                .put("link", install.link())
                .toString();
        InstallGrant grant = grant(leader.post("/api/v1/cluster/" + action, ask));
        ProgressBar copied = new ProgressBar(err, "copied");
        try {
            String problem = "";
            for (int look = 0; look < LOOKS_MAX; look++) {
                install.pull(grant, bytesPerSecond, copied::ofBytes);
                copied.clear();
                problem = check(install.sequence());
                if (problem.isEmpty()) {
                    install.finish(grant);
                    return install.member();
                }
            }
            throw new JournalException(
                    "TQ-5022 the copy of what " + grant.source() + " has is not whole: " + problem + ". Empty "
                            + directory + " and run the command again; if it stays so, have another node lead first");
        } catch (RefusedException e) {
            throw new NodeApi.Unanswered(e.getMessage(), Exit.REFUSED);
        } catch (UnreachableException e) {
            throw new NodeApi.Unanswered(
                    e.getMessage() + "; look at cluster.tls here and there, then run the command again: it goes on",
                    Exit.NO_BROKER);
        }
    }

    private static InstallGrant grant(JsonNode json) {
        List<String> links = new ArrayList<>();
        json.path("links").forEach(link -> links.add(link.asText()));
        return new InstallGrant(
                UUID.fromString(json.path("cluster").asText()),
                json.path("source").asText(),
                json.path("link").asText(),
                links,
                json.path("replaces").asText(),
                json.path("terms").asLong(),
                json.path("former").asText().isEmpty()
                        ? null
                        : UUID.fromString(json.path("former").asText()),
                json.path("ticket").asText());
    }

    /** Reads every byte of the copy, and replays it in memory as a start would; returns what is wrong with it. */
    private String check(long sequence) throws IOException {
        PartitionLayout layout = PartitionLayout.read(directory);
        Recovery recovery = new Recovery(
                new Partition(layout.placement(0), Outbox.DISCARD), new SnapshotStore(directory, layout.placement(0)));
        ReadingProgress reading = new ReadingProgress(err, "of the copy checked");
        JournalCheck.Report report = new JournalCheck(directory, reading).run(recovery::readSnapshot, recovery);
        reading.end();
        if (report.refusal() != null) {
            return report.refusal();
        }
        if (report.isDamaged()) {
            return "its journal is damaged";
        }
        return recovery.lastSequence() >= sequence
                ? ""
                : "it ends at record " + recovery.lastSequence() + ", and " + sequence + " is agreed on";
    }
}
