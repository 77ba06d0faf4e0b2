package io.telpher.broker.http.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.Cursor;
import io.telpher.broker.http.json.Durations;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.request.ApiRequest;
import io.telpher.broker.partition.payload.MergePatch;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqGroup;
import io.telpher.protocol.deadletter.DlqGroupList;
import io.telpher.protocol.deadletter.DlqGroups;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.protocol.deadletter.DlqRunList;
import io.telpher.protocol.deadletter.DlqRuns;
import io.telpher.protocol.deadletter.DlqStop;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.Tasks;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Routes about dead letters: {@code /api/v1/queues/{q}/dlq...}. */
final class DlqRoutes {
    private static final String LINES_TYPE = "application/x-ndjson";
    private static final int LIST_DEFAULT = 100;
    private static final int LIST_MAX = 1_000;

    private static final List<String> WHICH_FIELDS = List.of(
            "task_ids",
            "type",
            "error",
            "fingerprint",
            "died_after",
            "died_before",
            "older_than",
            "newer_than",
            "limit",
            "dry_run");
    private static final List<String> REPLAY_FIELDS = List.of(
            "rate_per_second",
            "canary",
            "payload",
            "payload_base64",
            "content_type",
            "headers",
            "expires_at",
            "expires_in_ms",
            "merge_patch",
            "preview");

    /** JsonBody that need a new payload. */
    private static final List<String> WITH_PAYLOAD = List.of("content_type", "headers", "expires_at", "expires_in_ms");

    private DlqRoutes() {}

    // ---- looking

    static BrokerCall list(ApiRequest request) throws Refusal {
        DlqList.Page page = page(request, request.number("limit", LIST_DEFAULT), request.flag("payload"));
        DlqFilter filter = filter(request);
        return new BrokerCall(
                (out, id) -> DlqList.write(out, id, page, filter), frame -> ListRoutes.page(frame, page.withPayload()));
    }

    private static DlqList.Page page(ApiRequest request, int limit, boolean withPayload) throws Refusal {
        Cursor after = Cursor.parse(request.parameter("after", "t-0"));
        return new DlqList.Page(after.taskId(), after.place(), limit, withPayload);
    }

    /** One task a line, with its payload. When more follow, the last line is {@code {"next":"t-.."}}. */
    static BrokerCall export(ApiRequest request) throws Refusal {
        DlqList.Page page = page(request, request.number("limit", LIST_MAX), true);
        DlqFilter filter = filter(request);
        return new BrokerCall((out, id) -> DlqList.write(out, id, page, filter), DlqRoutes::lines);
    }

    private static Answer lines(ByteBuffer frame) {
        Tasks reply = new Tasks().wrap(frame, 0);
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        Frames frames = reply.tasks();
        Task task = new Task();
        while (frames.next()) {
            lines.writeBytes(TaskJson.bytes(
                    TaskJson.json(task.wrap(frames.buffer(), frames.offset()).view(), true)));
            lines.write('\n');
        }
        if (reply.nextAfter() != 0) {
            ObjectNode more = JsonBody.JSON.createObjectNode();
            lines.writeBytes(TaskJson.bytes(more.put("next", Cursor.of(reply).toString())));
            lines.write('\n');
        }
        return new Answer(200, LINES_TYPE, lines.toByteArray(), 0);
    }

    static BrokerCall groups(ApiRequest request) throws Refusal {
        int limit = request.number("limit", LIST_DEFAULT);
        DlqFilter filter = filter(request);
        boolean byType = request.flag("by_type");
        return new BrokerCall((out, id) -> DlqGroups.write(out, id, limit, filter, byType), DlqRoutes::groups);
    }

    private static Answer groups(ByteBuffer frame) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        var groups = json.putArray("groups");
        Frames frames = new DlqGroupList().wrap(frame, 0).groups();
        DlqGroup group = new DlqGroup();
        while (frames.next()) {
            group.wrap(frames.buffer(), frames.offset());
            groups.add(json(group));
        }
        return Answer.json(200, json);
    }

    private static ObjectNode json(DlqGroup group) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("fingerprint", group.fingerprint());
        json.put("type", group.taskType());
        json.put("count", group.count());
        TaskJson.time(json, "first_seen", group.firstSeenMs());
        TaskJson.time(json, "last_seen", group.lastSeenMs());
        json.put("example_task_id", TaskId.format(group.exampleTaskId()));
        return json;
    }

    private static DlqFilter filter(ApiRequest request) throws Refusal {
        return Which.filter(request.path().get(3), new QueryFields(request));
    }

    /** The same names in a query and in a body. */
    private interface Texts {
        String text(String name) throws Refusal;

        long time(String name) throws Refusal;
    }

    private record QueryFields(ApiRequest request) implements Texts {
        @Override
        public String text(String name) {
            return request.parameter(name, "");
        }

        @Override
        public long time(String name) throws Refusal {
            return request.time(name);
        }
    }

    private record BodyFields(JsonBody fields) implements Texts {
        @Override
        public String text(String name) throws Refusal {
            return fields.text(name, "");
        }

        @Override
        public long time(String name) throws Refusal {
            return fields.time(name);
        }
    }

    // ---- acting

    private record Which(DlqReplay.Options options, DlqFilter filter, long[] ids) {
        static Which of(String queue, JsonBody fields) throws Refusal {
            DlqReplay.Options options = new DlqReplay.Options(
                    fields.count("limit", 0),
                    fields.count("rate_per_second", 0),
                    fields.flag("dry_run"),
                    fields.count("canary", 0));
            long[] ids = taskIds(fields);
            DlqFilter filter = filter(queue, new BodyFields(fields));
            if (ids.length > 0 && !filter.equals(new DlqFilter(queue, "", ""))) {
                throw Refusal.bad("give task_ids or a filter, not both");
            }
            return new Which(options, filter, ids);
        }

        static DlqFilter filter(String queue, Texts texts) throws Refusal {
            DlqFilter filter = new DlqFilter(queue, texts.text("type"), texts.text("error"));
            String fingerprint = texts.text("fingerprint");
            if (!fingerprint.isEmpty()) {
                if (!filter.error().isEmpty()) {
                    throw Refusal.bad("give error, a part of the text, or fingerprint, the whole kind; not both");
                }
                filter = filter.likeError(fingerprint);
            }
            return filter.died(bound(texts, "died_after", "newer_than"), bound(texts, "died_before", "older_than"));
        }

        private static long bound(Texts texts, String time, String age) throws Refusal {
            long at = texts.time(time);
            String ago = texts.text(age);
            if (ago.isEmpty()) {
                return at;
            }
            if (at != 0) {
                throw Refusal.bad("give " + time + " or " + age + ", not both");
            }
            return Math.max(1, System.currentTimeMillis() - Durations.ms(age, ago));
        }
    }

    /** None at all means all that match, so an empty list can't mean the same. */
    static long[] taskIds(JsonBody fields) throws Refusal {
        List<JsonNode> texts = fields.elements("task_ids");
        if (texts.isEmpty() && fields.has("task_ids")) {
            throw Refusal.bad("task_ids is empty; leave it out to mean all that match");
        }
        List<Long> ids = new ArrayList<>();
        for (JsonNode text : texts) {
            if (!text.isTextual()) {
                throw Refusal.bad("task_ids are strings like \"t-7f3a2\", not " + text);
            }
            ids.add(TaskJson.id(text.asText()));
        }
        return ids.stream().mapToLong(Long::longValue).toArray();
    }

    static BrokerCall replay(ApiRequest request) throws Refusal {
        JsonBody fields = request.json();
        List<String> known = new ArrayList<>(WHICH_FIELDS);
        known.addAll(REPLAY_FIELDS);
        fields.allow(known);
        Which which = Which.of(request.path().get(3), fields);
        DlqReplay.Patch patch = patch(request.path().get(3), fields, which);
        PatchPreview preview = preview(fields, which);
        BrokerCall replay = new BrokerCall(
                (out, id) -> DlqReplay.write(out, id, which.options(), which.filter(), which.ids(), patch),
                frame -> replayed(frame, which.options(), patch, preview));
        return preview == null ? replay : preview.before(replay, which.filter(), which.ids());
    }

    private static @Nullable PatchPreview preview(JsonBody fields, Which which) throws Refusal {
        int count = fields.count("preview", 0);
        if (count == 0) {
            return null;
        }
        if (!fields.has("merge_patch") || !which.options().dryRun() || count > PatchPreview.TASKS_MAX) {
            throw Refusal.bad("preview goes with merge_patch and dry_run, and shows at most " + PatchPreview.TASKS_MAX);
        }
        return new PatchPreview(mergePatch(fields), count);
    }

    private static MergePatch mergePatch(JsonBody fields) throws Refusal {
        try {
            return MergePatch.parse(TaskJson.bytes(fields.get("merge_patch")));
        } catch (MergePatch.Unpatchable e) {
            throw Refusal.bad(String.valueOf(e.getMessage()));
        }
    }

    private static DlqReplay.Patch patch(String queue, JsonBody fields, Which which) throws Refusal {
        if (fields.has("merge_patch")) {
            mergePatch(fields);
            if (fields.has("payload") || fields.has("payload_base64")) {
                throw Refusal.bad("give payload, another one, or merge_patch, changes of the present ones; not both");
            }
            return DlqReplay.Patch.merge(TaskJson.bytes(fields.get("merge_patch")));
        }
        boolean hasPayload = fields.has("payload") || fields.has("payload_base64");
        if (!hasPayload && WITH_PAYLOAD.stream().noneMatch(fields::has)) {
            return DlqReplay.Patch.NONE;
        }
        if (!hasPayload || which.ids().length != 1 || which.options().isRun()) {
            throw Refusal.bad("another payload goes with exactly one of task_ids, at once; "
                    + String.join(", ", WITH_PAYLOAD) + " go with a payload");
        }
        TaskSpec content = TaskSpec.type("patch").queue(queue);
        TaskJson.content(fields, content);
        content.expiresAtMs(fields.time("expires_at")).expiresInMs(fields.positive("expires_in_ms"));
        return new DlqReplay.Patch(Submit.write(new FrameWriter(), 0, content).written(), true);
    }

    private static Answer replayed(
            ByteBuffer frame, DlqReplay.Options options, DlqReplay.Patch patch, @Nullable PatchPreview preview) {
        Counted reply = new Counted().wrap(frame, 0);
        ObjectNode json = JsonBody.JSON.createObjectNode();
        if (reply.runId() == 0) {
            json.put("replayed", reply.count());
            json.put("dry_run", options.dryRun());
            if (patch.merges() && options.dryRun()) {
                json.put("refused", reply.refused());
            }
            if (preview != null) {
                json.set("preview", preview.tasks());
            }
            return Answer.json(200, json);
        }
        json.put("replay_id", DlqRun.format(reply.runId()));
        json.put("matched", reply.count());
        return Answer.json(202, json);
    }

    static BrokerCall discard(ApiRequest request) throws Refusal {
        JsonBody fields = request.json();
        fields.allow(WHICH_FIELDS);
        Which which = Which.of(request.path().get(3), fields);
        return new BrokerCall(
                (out, id) -> DlqDiscard.write(out, id, which.options(), which.filter(), which.ids()), frame -> {
                    ObjectNode json = JsonBody.JSON.createObjectNode();
                    json.put("discarded", new Counted().wrap(frame, 0).count());
                    json.put("dry_run", which.options().dryRun());
                    return Answer.json(200, json);
                });
    }

    // ---- replays that take a while

    static BrokerCall runs(ApiRequest request) throws Refusal {
        int limit = request.number("limit", LIST_DEFAULT);
        String queue = request.path().get(3);
        return new BrokerCall((out, id) -> DlqRuns.write(out, id, limit, queue), frame -> {
            ObjectNode json = JsonBody.JSON.createObjectNode();
            var runs = json.putArray("replays");
            Frames frames = new DlqRunList().wrap(frame, 0).runs();
            while (frames.next()) {
                runs.add(json(new DlqRun().wrap(frames.buffer(), frames.offset())));
            }
            return Answer.json(200, json);
        });
    }

    static BrokerCall stop(ApiRequest request) throws Refusal {
        long runId = runId(request.path().get(6));
        return new BrokerCall(
                (out, id) -> DlqStop.write(out, id, runId),
                frame -> Answer.json(200, json(new DlqRun().wrap(frame, 0))));
    }

    private static long runId(String text) throws Refusal {
        try {
            return DlqRun.parse(text);
        } catch (IllegalArgumentException e) {
            throw Refusal.bad(String.valueOf(e.getMessage()));
        }
    }

    private static ObjectNode json(DlqRun run) {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("replay_id", DlqRun.format(run.runId()));
        json.put("queue", run.queue());
        json.put("state", run.state().word());
        json.put("type", run.taskType());
        json.put(run.errorIsFingerprint() ? "fingerprint" : "error", run.error());
        json.put("matched", run.matched());
        json.put("replayed", run.replayed());
        json.put("skipped", run.skipped());
        json.put("rate_per_second", run.ratePerSecond());
        json.put("canary", run.canary());
        json.put("canary_completed", run.canaryCompleted());
        json.put("canary_failed", run.canaryFailed());
        TaskJson.time(json, "started_at", run.startedAtMs());
        TaskJson.time(json, "ended_at", run.endedAtMs());
        json.put("note", run.note());
        return json;
    }
}
