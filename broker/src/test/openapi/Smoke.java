import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.DeadLettersApi;
import org.openapitools.client.api.TasksApi;
import org.openapitools.client.api.WorkApi;
import org.openapitools.client.model.Ack;
import org.openapitools.client.model.Delivered;
import org.openapitools.client.model.Nack;
import org.openapitools.client.model.NewTask;
import org.openapitools.client.model.Reserve;
import org.openapitools.client.model.Task;
import org.openapitools.client.model.Tasks;

/** What the generated client does to a running broker: bin/openapi. */
public final class Smoke {
    public static void main(String[] arguments) throws ApiException {
        ApiClient client = new ApiClient();
        client.setBasePath(arguments[0]);
        TasksApi tasks = new TasksApi(client);
        WorkApi work = new WorkApi(client);
        NewTask task = new NewTask().type("letter").queue("smoke").payload(Map.of("to", "ann@example.org"));
        String done = tasks.submit(task, "key-1", null).getTaskId();
        require(done.equals(tasks.submit(task, "key-1", null).getTaskId()), "the key makes one task of both");
        Delivered first = reserve(work);
        work.ack(done, new Ack().leaseId(first.getLeaseId()).result(Map.of("sent", true)));
        Task completed = tasks.getTask(done, "5s", true);
        require("completed".equals(completed.getState()), "completed, not " + completed.getState());
        String dead = tasks.submit(task, null, null).getTaskId();
        Delivered second = reserve(work);
        work.nack(dead, new Nack().leaseId(second.getLeaseId()).error("no mailbox ann@example.org").permanent(true));
        Tasks letters = new DeadLettersApi(client)
                .listDeadLetters("smoke", null, null, null, null, null, null, null, true, 10, null);
        require(letters.getTasks().get(0).getTaskId().equals(dead), "a dead letter");
        require(tasks.searchTasks("ann@example.org queue:smoke", 10, null).getTasks().size() == 2, "both are found");
        System.out.println("submitted, reserved, acknowledged, failed and found");
    }

    private static Delivered reserve(WorkApi work) throws ApiException {
        List<Delivered> tasks = work.reserve("smoke", new Reserve().max(1L).version("1.0").host("here")).getTasks();
        return Objects.requireNonNull(tasks).get(0);
    }

    private static void require(boolean is, String what) {
        if (!is) {
            throw new IllegalStateException(what);
        }
    }
}
