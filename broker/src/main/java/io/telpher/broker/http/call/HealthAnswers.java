package io.telpher.broker.http.call;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.partition.snapshot.StartProgress;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The answers of /livez and /readyz: a status for load balancers, details with {@code ?verbose}. Any thread. */
public final class HealthAnswers {
    private static final List<String> LIVEZ = List.of("livez");
    private static final List<String> READYZ = List.of("readyz");
    private static final String VERBOSE = "verbose";
    private static final int RETRY_MS_MIN = 1000;
    private static final int RETRY_MS_MAX = 60_000;

    private final StartProgress start;
    private final Supplier<List<Check>> checks;

    /** How much a check means. */
    public enum Level {
        OK,
        /** Something is refused or slow; most goes on. */
        WARN,
        /** The broker is not ready. */
        FAIL
    }

    /** @param detail for people */
    public record Check(String name, Level level, String detail) {}

    /**
     * @param start how far it is
     * @param checks asked each time, when the start is over
     */
    public HealthAnswers(StartProgress start, Supplier<List<Check>> checks) {
        this.start = start;
        this.checks = checks;
    }

    public static boolean hasPath(List<String> path) {
        return path.equals(LIVEZ) || path.equals(READYZ);
    }

    /** Null when it is not asked about health. */
    @Nullable
    public Answer answer(List<String> path, Map<String, String> query) {
        if (path.equals(LIVEZ)) {
            return Answer.text(200, "alive");
        }
        return path.equals(READYZ) ? readyz(query.containsKey(VERBOSE)) : null;
    }

    private Answer readyz(boolean verbose) {
        StartProgress.View view = start.view();
        if (view.phase() != StartProgress.Phase.READY) {
            return starting(verbose);
        }
        List<Check> made = checks.get();
        String failed = String.join(
                "; ",
                made.stream()
                        .filter(check -> check.level == Level.FAIL)
                        .map(Check::detail)
                        .toList());
        if (!failed.isEmpty()) {
            return notReady("not ready: " + failed, RETRY_MS_MIN, json -> {
                if (verbose) {
                    put(json, start);
                    put(json, made);
                }
            });
        }
        if (!verbose) {
            return Answer.text(200, "ready");
        }
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("status", "ready");
        put(json, start);
        put(json, made);
        return Answer.json(200, json);
    }

    /** Also what every other route answers until the start is over. */
    public Answer starting(boolean verbose) {
        StartProgress.View view = start.view();
        String detail = "the broker is starting: " + word(view.phase())
                + (view.bytesTotal() == 0 ? "" : ", " + view.bytes() * 100 / view.bytesTotal() + "% done")
                + "; nothing was done";
        int retryMs = (int) Math.min(RETRY_MS_MAX, Math.max(RETRY_MS_MIN, view.etaMs()));
        return notReady(detail, retryMs, json -> {
            if (verbose) {
                put(json, start);
            }
        });
    }

    private static Answer notReady(String detail, int retryMs, Consumer<ObjectNode> more) {
        return Answer.problem(
                503,
                new Problem(ErrorCode.OVERLOADED, detail),
                retryMs,
                "wait until /readyz answers 200, then try again",
                more);
    }

    private static String word(StartProgress.Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }

    private static void put(ObjectNode json, StartProgress start) {
        StartProgress.View view = start.view();
        json.put("phase", word(view.phase()));
        if (view.phase() != StartProgress.Phase.READY) {
            ObjectNode progress = json.putObject("progress");
            put(progress, view);
            List<StartProgress.View> parts = start.parts();
            ArrayNode partitions = parts.isEmpty() ? null : progress.putArray("partitions");
            for (int i = 0; partitions != null && i < parts.size(); i++) {
                ObjectNode partition = partitions.addObject();
                partition.put("partition", i).put("phase", word(parts.get(i).phase()));
                put(partition, parts.get(i));
            }
        }
    }

    private static void put(ObjectNode json, StartProgress.View view) {
        json.put("records", view.records());
        json.put("records_total", view.recordsTotal());
        json.put("bytes", view.bytes());
        json.put("bytes_total", view.bytesTotal());
        json.put("records_per_second", view.perSecond());
        json.put("eta_ms", view.etaMs());
    }

    private static void put(ObjectNode json, List<Check> made) {
        ArrayNode list = json.putArray("checks");
        for (Check check : made) {
            list.addObject()
                    .put("check", check.name)
                    .put("status", check.level.name().toLowerCase(Locale.ROOT))
                    .put("detail", check.detail);
        }
    }
}
