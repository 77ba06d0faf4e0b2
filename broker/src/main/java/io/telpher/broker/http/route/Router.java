package io.telpher.broker.http.route;

import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.Words;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Which method and path leads where. A segment in braces matches anything. */
public final class Router {
    /** Makes the call that a request stands for. */
    @FunctionalInterface
    interface Handler {
        public BrokerCall call(ApiRequest request) throws Refusal;
    }

    private record Route(String method, List<String> path, Handler handler, List<String> parameters) {
        boolean matches(List<String> segments) {
            if (segments.size() != path.size()) {
                return false;
            }
            for (int i = 0; i < path.size(); i++) {
                if (!path.get(i).startsWith("{") && !path.get(i).equals(segments.get(i))) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Which dead letters are meant. */
    private static final String[] DEAD = {
        "type", "error", "fingerprint", "died_after", "died_before", "newer_than", "older_than", "limit"
    };

    private static final String STALE = "stale";

    private static final List<Route> ROUTES = List.of(
            route("POST", "api/v1/tasks", TaskRoutes::submit),
            read("api/v1/tasks", ListRoutes::list, "queue", "type", "status", "state", "limit", "after"),
            read("api/v1/search", SearchRoutes::search, "q", "limit", "after"),
            route("POST", "api/v1/tasks/batch", TaskRoutes::submitBatch),
            read("api/v1/tasks/{id}", TaskRoutes::get, "wait", "payload"),
            route("DELETE", "api/v1/tasks/{id}", TaskRoutes::cancel),
            route("POST", "api/v1/tasks/{id}/reschedule", RescheduleRoutes::one),
            route("POST", "api/v1/tasks/reschedule", RescheduleRoutes::several),
            route("GET", "api/v1/tasks/{id}/history", TaskRoutes::history),
            read("api/v1/tasks/{id}/why", TaskRoutes::why),
            route("POST", "api/v1/tasks/{id}/ack", TaskRoutes::ack),
            route("POST", "api/v1/tasks/{id}/nack", TaskRoutes::nack),
            route("POST", "api/v1/tasks/{id}/release", TaskRoutes::release),
            route("POST", "api/v1/tasks/{id}/extend", TaskRoutes::extend),
            route("POST", "api/v1/tasks/{id}/progress", TaskRoutes::progress),
            read("api/v1/queues", QueueRoutes::list, "limit", "after"),
            read("api/v1/queues/{q}", QueueRoutes::get),
            route("PUT", "api/v1/queues/{q}", QueueRoutes::put),
            route("DELETE", "api/v1/queues/{q}", QueueRoutes::delete, "purge"),
            route("POST", "api/v1/queues/{q}/pause", QueueRoutes::pause),
            route("PUT", "api/v1/queues/{q}/note", QueueRoutes::note),
            route("POST", "api/v1/queues/{q}/resume", QueueRoutes::resume),
            route("POST", "api/v1/queues/{q}/purge", QueueRoutes::purge),
            route("POST", "api/v1/queues/{q}/reserve", TaskRoutes::reserve),
            route("POST", "api/v1/reserve", TaskRoutes::reserveFromAll),
            read("api/v1/queues/{q}/scale", QueueRoutes::scale, "slots_per_worker", "target_drain"),
            read("api/v1/queues/{q}/dlq", DlqRoutes::list, with(DEAD, "payload", "after")),
            read("api/v1/queues/{q}/dlq/groups", DlqRoutes::groups, with(DEAD, "by_type")),
            read("api/v1/queues/{q}/dlq/export", DlqRoutes::export, with(DEAD, "after")),
            route("POST", "api/v1/queues/{q}/dlq/replay", DlqRoutes::replay),
            route("POST", "api/v1/queues/{q}/dlq/discard", DlqRoutes::discard),
            route("GET", "api/v1/queues/{q}/dlq/replays", DlqRoutes::runs, "limit"),
            route("POST", "api/v1/queues/{q}/dlq/replays/{id}/stop", DlqRoutes::stop),
            route("POST", "api/v1/snapshot", QueueRoutes::snapshot),
            route("GET", "api/v1/events", LiveRoutes::events, "task", "queue"),
            route("GET", "api/v1/series", LiveRoutes::series, "queue"),
            route("GET", "api/v1/workers", LiveRoutes::workers, "limit"),
            route("POST", "api/v1/workers/{id}/drain", LiveRoutes::drain),
            route("POST", "api/v1/workers/{id}/resume", LiveRoutes::resume),
            read("api/v1/broker", LiveRoutes::broker),
            route("GET", "api/v1/cluster", ClusterRoutes::status),
            route("POST", "api/v1/cluster/transfer", ClusterRoutes::transfer),
            route("POST", "api/v1/cluster/verify", ClusterRoutes::verify),
            route("POST", "api/v1/cluster/upgrade", ClusterRoutes::upgrade),
            route("POST", "api/v1/cluster/replace", ClusterRoutes::replace),
            route("POST", "api/v1/cluster/add", ClusterRoutes::add),
            route("POST", "api/v1/cluster/remove", ClusterRoutes::remove));

    private Router() {}

    /** @param parameters that its query may have */
    private static Route route(String method, String path, Handler handler, String... parameters) {
        return new Route(method, Words.split(path, '/'), handler, List.of(parameters));
    }

    /** Of what every node can answer: see {@code StaleReads}. */
    private static Route read(String path, Handler handler, String... parameters) {
        return route("GET", path, handler, with(parameters, STALE));
    }

    private static String[] with(String[] parameters, String... more) {
        return Stream.concat(Arrays.stream(parameters), Arrays.stream(more)).toArray(String[]::new);
    }

    public static BrokerCall call(ApiRequest request) throws Refusal {
        String method = request.method().equals("HEAD") ? "GET" : request.method();
        for (Route route : ROUTES) {
            if (route.method().equals(method) && route.matches(request.path())) {
                if (request.query().containsKey(STALE) && !route.parameters().contains(STALE)) {
                    throw Refusal.bad("/" + String.join("/", request.path()) + " has no parameter \"stale\": not every"
                            + " node has what this is about, or each tells its own anyhow");
                }
                request.allow(route.parameters());
                return route.handler().call(request);
            }
        }
        List<String> allowed = allowed(request.path());
        throw allowed.isEmpty() ? nothingAt(request.path()) : notAllowed(request.path(), allowed, request.method());
    }

    public static Refusal nothingAt(List<String> path) {
        return new Refusal(404, ErrorCode.BAD_REQUEST, "there is nothing at /" + String.join("/", path));
    }

    public static Refusal notAllowed(List<String> path, List<String> allowed, String method) {
        return new Refusal(
                405,
                ErrorCode.BAD_REQUEST,
                "/" + String.join("/", path) + " takes " + String.join(", ", allowed) + ", not " + method);
    }

    /** Where something can be read, its head can; what is allowed can always be asked. */
    public static String allowHeader(List<String> methods) {
        List<String> all = new ArrayList<>(methods);
        if (all.contains("GET")) {
            all.add("HEAD");
        }
        all.add("OPTIONS");
        return String.join(", ", all);
    }

    /** What the query of a route may have; none for what is no route. */
    public static List<String> parameters(String method, List<String> path) {
        return ROUTES.stream()
                .filter(route -> route.method().equals(method) && route.path().equals(path))
                .findFirst()
                .map(Route::parameters)
                .orElse(List.of());
    }

    /** Each as {@code METHOD /path}. */
    public static List<String> all() {
        return ROUTES.stream()
                .map(route -> route.method() + " /" + String.join("/", route.path()))
                .toList();
    }

    /** The methods that a path takes. */
    public static List<String> allowed(List<String> path) {
        List<String> methods = new ArrayList<>();
        for (Route route : ROUTES) {
            if (route.matches(path) && !methods.contains(route.method())) {
                methods.add(route.method());
            }
        }
        return methods;
    }
}
