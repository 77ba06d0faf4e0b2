package io.telpher.broker.torture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** By JSON over HTTP. */
final class HttpApi implements Api {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofMillis(ANSWER_MS_MAX))
            .build();
    private final List<String> addresses;
    private int at;

    /** @param addresses as {@code host:port}, of which one takes requests */
    HttpApi(List<String> addresses) {
        this.addresses = List.copyOf(addresses);
    }

    /** The next request is for another one. */
    private void turnAway() {
        at = (at + 1) % addresses.size();
    }

    private JsonNode call(String method, String path, ObjectNode body) throws Refused, NoAnswer {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + addresses.get(at) + "/api/v1/" + path))
                .timeout(Duration.ofMillis(ANSWER_MS_MAX))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        try {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() / 100 != 2) {
                Refused refused = refused(response);
                if (refused.code().equals(ErrorCode.NOT_LEADER.name())) {
                    turnAway();
                }
                if (refused.code().equals(ErrorCode.OUTCOME_UNKNOWN.name())) {
                    throw new NoAnswer(refused);
                }
                throw refused;
            }
            return JSON.readTree(response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NoAnswer(e);
        } catch (IOException e) {
            turnAway();
            throw new NoAnswer(e);
        }
    }

    private static Refused refused(HttpResponse<String> response) throws IOException {
        JsonNode problem = JSON.readTree(response.body());
        String status = String.valueOf(response.statusCode());
        return new Refused(
                problem.path("code").asText(status), problem.path("detail").asText(response.body()));
    }

    private static ObjectNode json(Task task) {
        ObjectNode json = JSON.createObjectNode()
                .put("type", "torture")
                .put("queue", task.queue())
                .put("payload_base64", Base64.getEncoder().encodeToString(task.payload()))
                .put("content_type", "application/octet-stream")
                .put("priority", task.priority().name().toLowerCase(Locale.ROOT));
        if (task.delayMs() > 0) {
            json.put("delay_ms", task.delayMs());
        }
        if (task.runAtMs() > 0) {
            json.put("run_at", Instant.ofEpochMilli(task.runAtMs()).toString());
        }
        return task.key().isEmpty() ? json : json.put("idempotency_key", task.key());
    }

    private static String at(Held held, String verb) {
        return "tasks/" + TaskId.format(held.taskId()) + "/" + verb;
    }

    private static ObjectNode under(Held held) {
        return JSON.createObjectNode().put("lease_id", held.leaseId());
    }

    @Override
    public long submit(Task task) throws Refused, NoAnswer {
        return TaskId.parse(call("POST", "tasks", json(task)).path("task_id").asText());
    }

    @Override
    public List<Long> submitBatch(List<Task> tasks) throws Refused, NoAnswer {
        ObjectNode body = JSON.createObjectNode();
        tasks.forEach(task -> body.withArray("tasks").add(json(task)));
        List<Long> ids = new ArrayList<>();
        for (JsonNode task : call("POST", "tasks/batch", body).path("tasks")) {
            ids.add(TaskId.parse(task.path("task_id").asText()));
        }
        return ids;
    }

    @Override
    public List<Held> reserve(List<String> queues, int max, int waitMs) throws Refused, NoAnswer {
        if (queues.size() != 1) {
            throw new IllegalArgumentException("HTTP reserves from one queue, not from " + queues);
        }
        String queue = queues.get(0);
        ObjectNode wants =
                JSON.createObjectNode().put("max", max).put("wait_ms", waitMs).put("worker", "torture-http");
        List<Held> held = new ArrayList<>();
        for (JsonNode task : call("POST", "queues/" + queue + "/reserve", wants).path("tasks")) {
            held.add(new Held(
                    TaskId.parse(task.path("task_id").asText()),
                    task.path("lease_id").asLong(),
                    task.path("lease_ms").asInt(),
                    task.path("attempt").asInt(),
                    queue,
                    Base64.getDecoder().decode(task.path("payload_base64").asText())));
        }
        return held;
    }

    @Override
    public void ack(Held held, byte[] result, @Nullable Task followUp) throws Refused, NoAnswer {
        ObjectNode body = under(held)
                .put("result_base64", Base64.getEncoder().encodeToString(result))
                .put("result_content_type", "text/plain");
        if (followUp != null) {
            body.putArray("follow_up").add(json(followUp));
        }
        call("POST", at(held, "ack"), body);
    }

    @Override
    public void nack(Held held, boolean permanent) throws Refused, NoAnswer {
        call("POST", at(held, "nack"), under(held).put("error", "on purpose").put("permanent", permanent));
    }

    @Override
    public void release(Held held) throws Refused, NoAnswer {
        call("POST", at(held, "release"), under(held));
    }

    @Override
    public void extend(Held held) throws Refused, NoAnswer {
        call("POST", at(held, "extend"), under(held).put("visibility_timeout_ms", held.leaseMs()));
    }

    @Override
    public String cancel(long taskId) throws Refused, NoAnswer {
        String status = call("DELETE", "tasks/" + TaskId.format(taskId), JSON.createObjectNode())
                .path("status")
                .asText();
        return status.toUpperCase(Locale.ROOT);
    }
}
