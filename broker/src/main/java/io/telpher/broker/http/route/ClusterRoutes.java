package io.telpher.broker.http.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.cluster.ClusterStatus;
import io.telpher.broker.cluster.InstallGrant;
import io.telpher.broker.cluster.NodeReport;
import io.telpher.broker.cluster.RefusedException;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.call.ClusterControl;
import io.telpher.broker.http.call.HttpOptions;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** What a node of a cluster answers by itself, whether it leads or not. */
public final class ClusterRoutes {
    static final List<String> CLUSTER = List.of("api", "v1", "cluster");

    private static final List<String> TRANSFER = List.of("api", "v1", "cluster", "transfer");
    private static final List<String> EVENTS = List.of("api", "v1", "events");
    private static final int ACCEPTED = 202;
    private static final String NODE = "node";
    private static final String SEMANTICS = "semantics";

    private ClusterRoutes() {}

    /** Whether this is for each node to answer by itself. One is asked to step down before its machine stops: no other is to do so in its place. */
    public static boolean isLocal(List<String> path) {
        return path.equals(EVENTS) || path.equals(CLUSTER) || path.equals(TRANSFER);
    }

    static BrokerCall status(ApiRequest request) {
        return BrokerCall.local(options -> Answer.json(200, json(status(control(options)))));
    }

    /** Answered before it is done: a node that steps down closes its connections. */
    static BrokerCall transfer(ApiRequest request) throws Refusal {
        JsonBody body = request.json();
        body.allow(List.of("to"));
        String to = body.text("to", "");
        BrokerCall.Change change = new BrokerCall.Change("CLUSTER_TRANSFER", to);
        return BrokerCall.local(change, options -> {
            ClusterControl control = control(options);
            ClusterStatus now = requireLeader(options, control);
            boolean isKnown = to.isEmpty()
                    || now.nodes().stream().anyMatch(node -> node.id().equals(to));
            if (!isKnown || to.equals(now.node())) {
                throw Refusal.bad("to: \"" + to + "\" is not another node of this cluster; it has "
                        + String.join(
                                ", ",
                                now.nodes().stream().map(ClusterStatus.Node::id).toList()));
            }
            if (!control.transfer(to)) {
                throw new Refusal(new Problem(ErrorCode.OVERLOADED, "the leadership is being handed over already"));
            }
            return Answer.json(ACCEPTED, JsonBody.JSON.createObjectNode().put("to", to));
        });
    }

    private static ClusterStatus requireLeader(HttpOptions options, ClusterControl control) throws Refusal {
        ClusterStatus now = status(control);
        if (!now.leader().equals(now.node())) {
            Problem notLeader = options.gate().refusal();
            throw new Refusal(
                    notLeader == null
                            ? new Problem(ErrorCode.NOT_LEADER, "this node does not lead the cluster")
                            : notLeader);
        }
        return now;
    }

    static BrokerCall replace(ApiRequest request) throws Refusal {
        return admit(request, "CLUSTER_REPLACE", true);
    }

    static BrokerCall add(ApiRequest request) throws Refusal {
        return admit(request, "CLUSTER_ADD", false);
    }

    private static BrokerCall admit(ApiRequest request, String action, boolean replaces) throws Refusal {
        JsonBody body = request.json();
        body.allow(List.of(NODE, "link"));
        String node = body.text(NODE, "");
        String link = body.text("link", "");
        return BrokerCall.local(new BrokerCall.Change(action, node), options -> {
            ClusterControl control = control(options);
            requireLeader(options, control);
            requireGiven(NODE, node);
            requireGiven("link", link);
            try {
                return Answer.json(200, json(control.admit(node, link, replaces)));
            } catch (RefusedException e) {
                throw Refusal.bad(e.getMessage());
            } catch (IOException e) {
                throw unanswered(e);
            }
        });
    }

    /** Answered before it is done: all others have to agree on it. */
    static BrokerCall remove(ApiRequest request) throws Refusal {
        JsonBody body = request.json();
        body.allow(List.of(NODE));
        String node = body.text(NODE, "");
        return BrokerCall.local(new BrokerCall.Change("CLUSTER_REMOVE", node), options -> {
            ClusterControl control = control(options);
            requireLeader(options, control);
            requireGiven(NODE, node);
            try {
                control.remove(node);
                return Answer.json(ACCEPTED, JsonBody.JSON.createObjectNode().put(NODE, node));
            } catch (RefusedException e) {
                throw Refusal.bad(e.getMessage());
            } catch (IOException e) {
                throw unanswered(e);
            }
        });
    }

    /** Answered before it is done: each node hashes its state while it works. */
    static BrokerCall verify(ApiRequest request) throws Refusal {
        request.json().allow(List.of());
        return BrokerCall.local(new BrokerCall.Change("CLUSTER_VERIFY", ""), options -> {
            ClusterControl control = control(options);
            requireLeader(options, control);
            try {
                return Answer.json(ACCEPTED, JsonBody.JSON.createObjectNode().put("after", control.verify()));
            } catch (RefusedException e) {
                throw Refusal.bad(e.getMessage());
            } catch (IOException e) {
                throw unanswered(e);
            }
        });
    }

    /** Answered before it is done: the leader begins anew for it. */
    static BrokerCall upgrade(ApiRequest request) throws Refusal {
        request.json().allow(List.of());
        return BrokerCall.local(new BrokerCall.Change("CLUSTER_UPGRADE", ""), options -> {
            ClusterControl control = control(options);
            requireLeader(options, control);
            try {
                return Answer.json(ACCEPTED, JsonBody.JSON.createObjectNode().put(SEMANTICS, control.finishUpgrade()));
            } catch (RefusedException e) {
                throw Refusal.bad(e.getMessage());
            } catch (IOException e) {
                throw unanswered(e);
            }
        });
    }

    private static void requireGiven(String field, String value) throws Refusal {
        if (value.isEmpty()) {
            throw Refusal.bad(field + " is missing");
        }
    }

    private static ClusterControl control(HttpOptions options) throws Refusal {
        ClusterControl cluster = options.cluster();
        if (cluster == null) {
            throw new Refusal(
                    404,
                    ErrorCode.BAD_REQUEST,
                    "this broker is no node of a cluster",
                    "set cluster.name on each of three machines; see docs/CLUSTER.md");
        }
        return cluster;
    }

    private static ClusterStatus status(ClusterControl control) throws Refusal {
        try {
            return control.status();
        } catch (IOException e) {
            throw unanswered(e);
        }
    }

    private static Refusal unanswered(IOException cause) {
        return new Refusal(503, ErrorCode.OVERLOADED, "the cluster does not answer: " + cause.getMessage());
    }

    private static ObjectNode json(InstallGrant grant) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("cluster", grant.cluster().toString())
                .put("source", grant.source())
                .put("link", grant.link())
                .put("replaces", grant.replaces())
                .put("terms", grant.terms())
                .put("former", grant.former() == null ? "" : grant.former().toString())
                .put("ticket", grant.ticket());
        ArrayNode links = json.putArray("links");
        grant.links().forEach(links::add);
        return json;
    }

    private static ObjectNode json(ClusterStatus status) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("name", status.name())
                .put("cluster", status.cluster())
                .put("node", status.node())
                .put("role", status.role())
                .put("leader", status.leader())
                .put("term", status.term())
                .put("applied_index", status.appliedIndex())
                .put("leader_changes", status.leaderChanges())
                .put("void_batches", status.voidBatches())
                .put("leaderless_ms", status.leaderlessMs())
                .put("log_bytes", status.logBytes())
                .put("check_index", status.checkIndex())
                .put(SEMANTICS, status.semantics());
        status.skews().forEach(json.putArray("warnings")::add);
        ArrayNode nodes = json.putArray("nodes");
        for (ClusterStatus.Node node : status.nodes()) {
            ObjectNode each = nodes.addObject()
                    .put("id", node.id())
                    .put("member", node.member())
                    .put("address", node.address())
                    .put("leads", node.leads())
                    .put("commit_index", node.commitIndex())
                    .put("lag", status.lag(node))
                    .put("advertises", node.advertises())
                    .put("state", node.verdict().name().toLowerCase(Locale.ROOT));
            NodeReport report = node.report();
            if (report == null) {
                each.putNull("report");
            } else {
                put(each.putObject("report"), report, node);
            }
        }
        return json;
    }

    /** What the node said last of itself. */
    private static void put(ObjectNode json, NodeReport report, ClusterStatus.Node node) {
        json.put("version", report.version())
                .put("role", report.role())
                .put("term", report.term())
                .put("applied_index", report.appliedIndex())
                .put("free_bytes", report.freeBytes())
                .put("has_room", report.hasRoom())
                .put("oldest_semantics", report.semantics().oldest())
                .put("newest_semantics", report.semantics().newest())
                .put("clock_skew_ms", node.skewMs())
                .put("silent_ms", node.silentMs());
        NodeReport.Check check = report.check();
        if (check == null) {
            json.putNull("check");
        } else {
            json.putObject("check")
                    .put("index", check.index())
                    .put("sequence", check.sequence())
                    .put("hash", HexFormat.of().toHexDigits(check.hash()));
        }
    }
}
