package io.telpher.broker.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.broker.security.Principal;
import io.telpher.broker.security.Security;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Routes that ask no partition: the caller's rights, and the audit log. */
final class SecurityRoutes {
    static final List<String> ALL = List.of("GET /api/v1/access", "GET /api/v1/audit");

    private static final List<String> ACCESS = List.of("api", "v1", "access");
    private static final List<String> AUDIT = List.of("api", "v1", "audit");
    private static final int LIMIT_DEFAULT = 100;

    private SecurityRoutes() {}

    /** Null when the request belongs to another route. */
    static @Nullable Answer answer(Principal caller, ApiRequest request, Security security) throws Refusal {
        boolean reads = request.method().equals("GET") || request.method().equals("HEAD");
        if (reads && request.path().equals(ACCESS)) {
            return access(caller, security);
        }
        return reads && request.path().equals(AUDIT) ? audit(caller, request, security) : null;
    }

    /** So that a page shows only what will be allowed. */
    private static Answer access(Principal caller, Security security) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("name", caller.name());
        json.put("asks_for_token", security.asks());
        var roles = json.putArray("roles");
        for (Role role : Role.values()) {
            if (caller.roles().contains(role)) {
                roles.add(role.word());
            }
        }
        caller.allowed().forEach(json.putArray("allow")::add);
        caller.denied().forEach(json.putArray("deny")::add);
        return Answer.json(200, json);
    }

    private static Answer audit(Principal caller, ApiRequest request, Security security) throws Refusal {
        if (!caller.isEverywhere(Role.ADMIN)) {
            throw new Refusal(403, ErrorCode.FORBIDDEN, "the audit log needs role admin for all queues");
        }
        int limit = request.number("limit", LIMIT_DEFAULT);
        int after = request.number("after", 0);
        if (limit < 1 || limit > Limits.LIST_MAX || after < 0) {
            throw Refusal.bad("limit must be 1 to " + Limits.LIST_MAX + ", after a number that came as next");
        }
        List<JsonNode> entries = security.audit().recent(limit + 1, after);
        boolean isMore = entries.size() > limit;
        List<JsonNode> page = isMore ? entries.subList(0, limit) : entries;
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.putArray("entries").addAll(page);
        if (isMore) {
            json.put("next", page.get(limit - 1).path("seq").asLong());
        } else {
            json.putNull("next");
        }
        return Answer.json(200, json);
    }
}
