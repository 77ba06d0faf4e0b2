package io.telpher.broker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import io.telpher.broker.cluster.forward.ForwardedCall;
import io.telpher.broker.cluster.keeping.CoveredPlace;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.AgreedLog.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.protocol.RaftPeer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does for one that is to come: leave to copy its files, the files, and a place in the log that nobody cuts before it. One copy at a time. Any thread.
 */
final class NewMembers implements NodeLink.Host {
    private static final Logger LOG = LoggerFactory.getLogger(NewMembers.class);
    private static final long PIN_SECONDS_MAX = 30;

    private final RaftNode node;
    private final Founders founders;
    private final Path directory;
    private final String member;
    /** Of the one that may copy; empty = none may. */
    private volatile String ticket = "";

    private volatile @Nullable Pin pin;
    private volatile String misdirected = "";
    private final @Nullable UUID former;

    private record Pin(String name, CompletableFuture<CoveredPlace> covers) {}

    /**
     * @param member that this process is
     * @param former the cluster in whose place this one is; null = none
     */
    NewMembers(RaftNode node, Founders founders, Path directory, String member, @Nullable UUID former) {
        this.former = former;
        this.node = node;
        this.founders = founders;
        this.directory = directory;
        this.member = member;
    }

    /** See {@link RaftNode#admit}. */
    InstallGrant admit(NodeFile present, String old, Collection<RaftPeer> members) {
        List<String> links = new ArrayList<>();
        String own = "";
        for (RaftPeer peer : members) {
            String id = peer.getId().toString();
            if (!id.equals(old)) {
                links.add(peer.getAddress());
            }
            own = id.equals(member) ? peer.getAddress() : own;
        }
        ticket = UUID.randomUUID().toString();
        NodeFile.Origin origin = present.origin();
        return new InstallGrant(present.cluster(), member, own, links, old, origin.terms(), origin.former(), ticket);
    }

    /** There are others now: a new disk that had leave to copy has joined, or has to ask again. */
    void changed() {
        ticket = "";
    }

    /** The log is kept from a place on that all nodes know of, before that place is told: any later leader has what comes behind. */
    @Override
    public byte[] files(String shown) throws IOException, InterruptedException, RefusedException {
        requireTicket(shown);
        Pin wanted = new Pin(UUID.randomUUID().toString(), new CompletableFuture<>());
        pin = wanted;
        node.pin(wanted.name());
        try {
            CoveredPlace covers = wanted.covers().get(PIN_SECONDS_MAX, TimeUnit.SECONDS);
            return new Bundle(covers.place(), covers.sequence(), Bundle.list(directory)).toJson();
        } catch (ExecutionException e) {
            throw new IOException(e);
        } catch (TimeoutException e) {
            throw new IOException("no majority answers, or this node leads no more", e);
        }
    }

    private void requireTicket(String shown) throws RefusedException {
        if (shown.isEmpty() || !shown.equals(ticket)) {
            throw new RefusedException(
                    "this node has given its leave to another one meanwhile, or was started again; run the command again");
        }
    }

    /** This place was agreed on; it is told when all before it is applied. */
    void pinned(Place place, String name, AgreedLog log) throws InterruptedException {
        Pin wanted = pin;
        if (wanted != null && wanted.name().equals(name)) {
            log.mark(sequence -> wanted.covers().complete(new CoveredPlace(place, sequence)));
        }
    }

    @Override
    public byte[] piece(String shown, String path, long offset) throws IOException, RefusedException {
        requireTicket(shown);
        return Bundle.piece(directory, path, offset);
    }

    @Override
    public void join(String newMember, String link, String replaces) throws IOException, RefusedException {
        node.join(newMember, link, replaces);
    }

    @Override
    public JsonNode founder(JsonNode asks) throws IOException, RefusedException {
        return founders.answer(asks);
    }

    @Override
    public byte[] report() throws IOException {
        return NodeReports.write(node.report(), System.currentTimeMillis(), former);
    }

    @Override
    public ForwardedCall.@Nullable Target forwardsTo() {
        return node.forwardsTo();
    }

    @Override
    public long term() throws IOException {
        return node.term();
    }

    /** Told once for each change: the other side tries again and again. */
    @Override
    public void misdirected(String other) {
        if (!other.equals(misdirected)) {
            misdirected = other;
            LOG.warn(
                    "TQ-5009 the cluster looks for its member {} where this one, {}, is; it is not answered",
                    other,
                    member);
        }
    }
}
