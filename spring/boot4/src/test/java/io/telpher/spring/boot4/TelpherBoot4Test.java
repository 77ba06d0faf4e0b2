package io.telpher.spring.boot4;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.spring.TelpherListener;
import io.telpher.spring.TelpherTemplate;
import io.telpher.spring.test.TelpherTest;
import io.telpher.test.TestTasks;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/** The slice: of the auto-configurations only Telpher's and JSON's, with a broker of its own. */
@TelpherTest(classes = TelpherBoot4Test.Sums.class)
class TelpherBoot4Test {
    @Autowired
    private TelpherTemplate template;

    @Autowired
    private TestTasks tasks;

    @Autowired
    private HealthIndicator health;

    /** What a task carries. */
    record Numbers(List<Integer> values) {}

    /** Its result. */
    record Sum(int value) {}

    static class Sums {
        @TelpherListener(queue = "sums", type = "sum")
        Sum sum(Numbers numbers) {
            return new Sum(numbers.values().stream().mapToInt(Integer::intValue).sum());
        }
    }

    @Test
    void shouldHandleATaskWithJackson3() {
        long id = template.submit("sums", "sum", new Numbers(List.of(1, 2, 3))).taskId();
        TaskView task = tasks.await(id);
        assertEquals(TaskState.COMPLETED, task.state, task.lastError);
        assertEquals(new Sum(6), template.result(task, Sum.class));
    }

    @Test
    void shouldBeHealthyWhileTheBrokerAnswers() {
        Health now = health.health();
        assertEquals(Status.UP, now == null ? null : now.getStatus());
    }

    @Test
    void shouldMakeADeadLetterOfWhatIsNoJson() {
        long id = template.submit("sums", "sum", "text").taskId();
        assertTrue(tasks.await(id).lastError.contains("not JSON"));
    }
}
