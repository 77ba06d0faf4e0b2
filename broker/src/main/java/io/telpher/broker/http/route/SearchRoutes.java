package io.telpher.broker.http.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.protocol.SearchQuery;
import io.telpher.protocol.task.Search;
import io.telpher.protocol.task.Tasks;
import java.nio.ByteBuffer;

/** Tasks by what is in them, of all states and queues: {@code GET /api/v1/search}. */
final class SearchRoutes {
    private static final int LIST_DEFAULT = 100;

    /** Each look is about half a second of the broker's time, in turns with others. The limit lets an answer without a task, too, say how far the search is. */
    private static final int LOOKS_MAX = 4;

    /** Of a page, about. */
    private static final int BYTES_MAX = 1 << 20;

    private final SearchQuery query;
    private final ArrayNode found = JsonBody.JSON.createArrayNode();
    private long bytes;
    private long looked;

    private SearchRoutes(SearchQuery query) {
        this.query = query;
    }

    static BrokerCall search(ApiRequest request) throws Refusal {
        long after = TaskJson.id(request.parameter("after", "t-0"));
        int limit = request.number("limit", LIST_DEFAULT);
        return new SearchRoutes(query(request.parameter("q", ""))).from(after, limit, 1);
    }

    private static SearchQuery query(String text) throws Refusal {
        try {
            return SearchQuery.parse(text);
        } catch (IllegalArgumentException e) {
            throw Refusal.bad(String.valueOf(e.getMessage()));
        }
    }

    /** @param look which one this is, counted from 1 */
    private BrokerCall from(long after, int limit, int look) {
        return new BrokerCall((out, id) -> Search.write(out, id, after, limit, query), this::shown, reply -> {
            Tasks page = new Tasks().wrap(reply, 0);
            ListRoutes.addAll(found, page, false);
            bytes += reply.remaining();
            looked += page.looked();
            int left = limit - page.count();
            boolean isEnough = left <= 0 || page.nextAfter() == 0 || look == LOOKS_MAX || bytes > BYTES_MAX;
            return isEnough ? null : from(page.nextAfter(), left, look + 1);
        });
    }

    private Answer shown(ByteBuffer last) {
        ObjectNode json = ListRoutes.json(found, new Tasks().wrap(last, 0));
        return Answer.json(200, json.put("looked_at", looked));
    }
}
