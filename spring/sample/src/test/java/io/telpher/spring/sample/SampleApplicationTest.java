package io.telpher.spring.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telpher.client.Interceptor;
import io.telpher.client.ReservedTask;
import io.telpher.client.TaskHandler;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.spring.ListenerWorkers;
import io.telpher.spring.TelpherTemplate;
import io.telpher.spring.test.WithTelpherBroker;
import io.telpher.test.TestTasks;
import io.telpher.testing.Patience;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.actuate.health.HealthEndpoint;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

/** The whole application over a broker of its own; one context for all of it. */
@SpringBootTest(args = "first@example.org")
@WithTelpherBroker
@Timeout(120)
class SampleApplicationTest {
    @Autowired
    private TelpherTemplate template;

    @Autowired
    private TestTasks tasks;

    @Autowired
    private MeterRegistry meters;

    @Autowired
    private HealthEndpoint health;

    @Autowired
    private ListenerWorkers listeners;

    @Autowired
    private Seen seen;

    /** What handlers log by. */
    static final class Seen implements Interceptor {
        final Map<String, Map<String, String>> byTask = new ConcurrentHashMap<>();

        @Override
        public @Nullable Result handling(ReservedTask task, TaskHandler next) throws Exception {
            byTask.put(task.id(), MDC.getCopyOfContextMap());
            return next.handle(task);
        }
    }

    @TestConfiguration
    static class Configuration {
        @Bean
        Seen seen() {
            return new Seen();
        }

        @Bean
        SimpleMeterRegistry meters() {
            return new SimpleMeterRegistry();
        }
    }

    private TaskView welcomed(String address) {
        long id = template.submit("mail", "welcome", new Welcome(address)).taskId();
        tasks.drain("mail");
        return tasks.await(id);
    }

    @Test
    void shouldHandleATaskAndKeepItsResult() {
        TaskView task = welcomed("ann@example.org");
        assertEquals(TaskState.COMPLETED, task.state);
        assertEquals(new Mails.Receipt("ann@example.org", 1), template.result(task, Mails.Receipt.class));
    }

    @Test
    void shouldTryAgainAfterTheBackoff() {
        assertEquals(
                new Mails.Receipt("busy@example.org", 2),
                template.result(welcomed("busy@example.org"), Mails.Receipt.class));
    }

    @Test
    void shouldMakeADeadLetterOfWhatCantBeHandled() {
        assertTrue(welcomed("nobody").lastError.contains("\"nobody\" is no address"));
        long broken = template.submit(
                        TaskSpec.type("welcome").queue("mail").payload("{").contentType("application/json"))
                .taskId();
        assertEquals(TaskState.DEAD, tasks.await(broken).state);
        long strange = template.submit("mail", "strange", "x").taskId();
        assertTrue(tasks.await(strange).lastError.contains("no handler for the type \"strange\""));
    }

    @Test
    void shouldRefuseAPayloadBeyondTheLimitBeforeItIsSent() {
        byte[] large = new byte[(1 << 20) + 1];
        assertThrows(IllegalArgumentException.class, () -> template.submit("mail", "welcome", large));
    }

    @Test
    void shouldBeSeenByHealthAndMeters() {
        assertEquals(Status.UP, health.healthForPath("telpher").getStatus());
        welcomed("meter@example.org");
        assertEquals(1, meters.get("telpher.client.connected").gauge().value());
        assertTrue(meters.get("messaging.client.operation.duration")
                        .tag("messaging.destination.name", "mail")
                        .timer()
                        .count()
                > 0);
        assertTrue(meters.get("messaging.process.duration")
                        .tag("messaging.telpher.type", "welcome")
                        .tag("error.type", "none")
                        .timer()
                        .count()
                > 0);
        awaitCompleted();
    }

    /** The broker has told the task's end; its worker may have yet to hear it. */
    private void awaitCompleted() {
        while (completed() < 1) {
            Patience.look();
        }
    }

    private double completed() {
        return meters.get("telpher.worker.outcomes")
                .tag("worker", "mail")
                .tag("outcome", "completed")
                .functionCounter()
                .count();
    }

    @Test
    void shouldTellTheLogOfWhichTask() {
        TaskView task = welcomed("log@example.org");
        Map<String, String> context = seen.byTask.get(io.telpher.protocol.TaskId.format(task.taskId));
        assertNotNull(context);
        assertEquals("mail", context.get("task.queue"));
        assertEquals("1", context.get("task.attempt"));
    }

    private static long keepers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("telpher-listeners") && !thread.isDaemon())
                .count();
    }

    /** It has no web server, and all threads of the client are daemons. */
    @Test
    void shouldNotEndByItselfWhileItsListenersRun() {
        assertEquals(1, keepers());
        listeners.stop();
        while (keepers() > 0) {
            Patience.look();
        }
        listeners.start();
        assertEquals(1, keepers());
    }

    @Test
    void shouldStopAndStartAgain() {
        tasks.drain("mail"); // what the application itself has submitted at its start
        listeners.stop();
        assertEquals(0, listeners.count());
        listeners.start();
        assertEquals(1, listeners.count());
        assertEquals(0, completed(), "the meters are those of the worker that runs now");
        assertEquals(TaskState.COMPLETED, welcomed("again@example.org").state);
        awaitCompleted();
    }
}
