package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Handlers by type: what they are given, what becomes of what they return and throw, and who stands around them. */
@Timeout(60)
class TypedHandlersTest {
    private static final int LARGE = 1 << 20;
    private static final int LEASE_MS = 30_000;
    private static final String TYPE = "mail";

    /** As an application would have it. */
    record Mail(String to, int copies) {}

    private static TaskSpec json(String text) {
        return TaskSpec.type(TYPE).payload(text).contentType("application/json");
    }

    /** What the broker hears of one such task. */
    private static String outcome(TaskSpec task, UnaryOperator<WorkerBuilder> setup) throws Exception {
        WorkerScript script = new WorkerScript(1, LEASE_MS).delivering(task);
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = setup.apply(telpher.worker("default")).start()) {
            assertNotNull(worker);
            return String.valueOf(script.outcomes.poll(30, TimeUnit.SECONDS));
        }
    }

    private static String outcomeOf(RetryPolicy policy, Exception failure) throws Exception {
        return outcome(json("{}"), worker -> worker.retry(TYPE, policy).on(TYPE, Mail.class, (task, mail) -> {
            throw failure;
        }));
    }

    @Test
    void shouldGiveTheHandlerWhatTheProducerMeant() throws Exception {
        List<Object> given = new CopyOnWriteArrayList<>();
        TaskSpec mail = json("{\"to\":\"ann\",\"copies\":2,\"newer\":true}");
        assertEquals("ack", outcome(mail, worker -> worker.on(TYPE, Mail.class, (task, value) -> given.add(value))));
        assertEquals("ack", outcome(mail, worker -> worker.on(TYPE, String.class, (task, value) -> given.add(value))));
        TaskSpec bare = TaskSpec.type(TYPE).payload("{\"to\":\"bob\",\"copies\":1}");
        assertEquals("ack", outcome(bare, worker -> worker.on(TYPE, Mail.class, (task, value) -> given.add(value))));
        assertEquals(
                "ack",
                outcome(bare, worker -> worker.on(TYPE, byte[].class, (task, value) -> given.add(value.length))));
        assertEquals(
                "ack",
                outcome(
                        bare,
                        worker -> worker.on(TYPE, task -> {
                            given.add(task.text().length());
                            return null;
                        })));
        assertEquals(
                List.of(new Mail("ann", 2), "{\"to\":\"ann\",\"copies\":2,\"newer\":true}", new Mail("bob", 1), 23, 23),
                new ArrayList<>(given));
    }

    @Test
    void shouldKeepWhatAHandlerAnswers() throws Exception {
        assertEquals(
                "ack application/json {\"to\":\"ann\",\"copies\":3}",
                outcome(
                        json("{\"to\":\"ann\",\"copies\":2}"),
                        worker -> worker.answer(
                                TYPE, Mail.class, (task, mail) -> new Mail(mail.to(), mail.copies() + 1))));
        assertEquals(
                "ack text/plain; charset=utf-8 done",
                outcome(json("{}"), worker -> worker.answer(TYPE, Mail.class, (task, mail) -> "done")));
        assertEquals("ack", outcome(json("{}"), worker -> worker.answer(TYPE, Mail.class, (task, mail) -> null)));
        assertEquals(
                "ack image/png ",
                outcome(
                        json("{}"),
                        worker ->
                                worker.answer(TYPE, Mail.class, (task, mail) -> Result.of("image/png", new byte[0]))));
    }

    @Test
    void shouldFailForGoodWhatNoRetryCanHelp() throws Exception {
        UnaryOperator<WorkerBuilder> mails = worker -> worker.on(TYPE, Mail.class, (task, mail) -> {});
        assertEquals(
                "permanent: io.telpher.client.PermanentFailure: no handler for the type \"mail\": this worker has sms, tweet",
                outcome(json("{}"), worker -> worker.on("tweet", task -> null).on("sms", task -> null)));
        String torn = outcome(json("{\"to\":"), mails);
        assertTrue(
                torn.startsWith(
                        "permanent: io.telpher.client.PermanentFailure: the payload of a task of type \"mail\": "
                                + "6 bytes (application/json) can't be read as io.telpher.client.TypedHandlersTest$Mail: "),
                torn);
        String other = outcome(json("<mail/>").contentType("text/xml"), mails);
        assertTrue(other.endsWith("the content type is not JSON"), other);
        String result = outcome(json("{}"), worker -> worker.answer(TYPE, Mail.class, (task, mail) -> new Object()));
        assertTrue(
                result.startsWith(
                        "permanent: io.telpher.client.PermanentFailure: the result of a task of type \"mail\": java.lang.Object can't be written as application/json"),
                result);
        String none = outcome(json("null"), mails);
        assertTrue(none.contains("what was read is null, not a "), none);
    }

    @Test
    void shouldTakeOtherTypesWithTheHandlerForAll() throws Exception {
        WorkerScript script = new WorkerScript(1, LEASE_MS).delivering(json("{}"));
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker("default")
                        .on("sms", task -> null)
                        .start(task -> {
                            throw new PermanentFailure(task.type());
                        })) {
            assertNotNull(worker);
            assertEquals(
                    "permanent: io.telpher.client.PermanentFailure: mail", script.outcomes.poll(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void shouldRefuseASetUpThatCannotWork() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, new WorkerScript(0, LEASE_MS));
                Telpher telpher = Telpher.connect(broker.url())) {
            WorkerBuilder worker = telpher.worker("default");
            assertThrows(IllegalArgumentException.class, worker::start);
            assertThrows(IllegalArgumentException.class, () -> worker.on("no type", task -> null));
            worker.on("once", task -> null);
            assertThrows(IllegalArgumentException.class, () -> worker.on("once", task -> null));
        }
    }

    @Test
    void shouldRetryAsThePolicySays() throws Exception {
        Exception failure = new IllegalStateException("later");
        assertEquals(
                "retry after 2000: java.lang.IllegalStateException: later",
                outcomeOf(RetryPolicy.fixed(3, Duration.ofSeconds(2)), failure));
        assertEquals(
                "permanent: java.lang.IllegalStateException: later",
                outcomeOf(RetryPolicy.fixed(0 + 1, Duration.ofSeconds(2)), failure));
        assertEquals(
                "permanent: java.util.concurrent.ExecutionException: java.lang.IllegalStateException: later",
                outcomeOf(
                        RetryPolicy.fixed(3, Duration.ZERO).neverFor(IllegalStateException.class),
                        new java.util.concurrent.ExecutionException(failure)));
        assertEquals("nack: java.lang.IllegalStateException: later", outcomeOf((task, thrown) -> null, failure));
        assertEquals(
                "permanent: io.telpher.client.PermanentFailure: no",
                outcomeOf(RetryPolicy.fixed(3, Duration.ZERO), new PermanentFailure("no")));
        String broken = outcomeOf(
                (task, thrown) -> {
                    throw new IllegalStateException("the policy's own");
                },
                failure);
        assertTrue(broken.startsWith("permanent: the retry policy failed: java.lang.IllegalStateException"), broken);
    }

    // ---- interceptors

    private static final class Noting implements Interceptor {
        private final String name;
        private final List<String> notes;

        Noting(String name, List<String> notes) {
            this.name = name;
            this.notes = notes;
        }

        @Override
        public Ended submitting(TaskSpec task) {
            task.header("by", task.headers().getOrDefault("by", "") + name);
            notes.add(name + " submits");
            return (submission, failure) ->
                    notes.add(name + " hears " + (submission == null ? failure : submission.id()));
        }

        @Override
        public @Nullable Result handling(ReservedTask task, TaskHandler next) throws Exception {
            notes.add(name + " begins");
            try {
                return next.handle(task);
            } finally {
                notes.add(name + " ends");
            }
        }
    }

    @Test
    void shouldStandAroundHandlersInTheOrderGiven() throws Exception {
        List<String> notes = new CopyOnWriteArrayList<>();
        WorkerScript script = new WorkerScript(1, LEASE_MS);
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.builder(broker.url())
                        .interceptor(new Noting("a", notes))
                        .connect();
                Worker worker = telpher.worker("default")
                        .interceptor(new Noting("b", notes))
                        .start(task -> {
                            notes.add("work");
                            return null;
                        })) {
            assertNotNull(worker);
            assertEquals("ack", script.outcomes.poll(30, TimeUnit.SECONDS));
        }
        assertEquals(List.of("a begins", "b begins", "work", "b ends", "a ends"), notes);
    }

    // ---- threads

    @Test
    void shouldRunHandlersOnTheApplicationsThreads() throws Exception {
        ExecutorService own = Executors.newSingleThreadExecutor(task -> new Thread(task, "the-applications"));
        try {
            assertEquals(
                    "permanent: io.telpher.client.PermanentFailure: the-applications",
                    outcome(json("{}"), worker -> worker.executor(own).on(TYPE, task -> {
                        throw new PermanentFailure(Thread.currentThread().getName());
                    })));
            assertTrue(!own.isShutdown(), "it is the application's");
        } finally {
            own.shutdown();
        }
    }

    @Test
    void shouldFailAnAttemptThatTheExecutorRejects() throws Exception {
        String rejected = outcome(json("{}"), worker -> worker.executor(task -> {
                    throw new RejectedExecutionException("full");
                })
                .on(TYPE, task -> null));
        assertTrue(rejected.startsWith("nack: the worker's executor rejected the handler: "), rejected);
    }

    @Test
    void shouldFailAnAttemptWhateverTheExecutorThrows() throws Exception {
        String rejected = outcome(json("{}"), worker -> worker.executor(task -> {
                    throw new IllegalStateException("broken");
                })
                .on(TYPE, task -> null));
        assertTrue(rejected.endsWith("rejected the handler: java.lang.IllegalStateException: broken"), rejected);
    }

    /** A pool with CallerRunsPolicy, among others: the caller is the thread that renews leases. */
    @Test
    void shouldRunNoHandlerOnTheConnectionsThread() throws Exception {
        AtomicReference<@Nullable Thread> handling = new AtomicReference<>();
        String rejected =
                outcome(json("{}"), worker -> worker.executor(Runnable::run).on(TYPE, task -> {
                    handling.set(Thread.currentThread());
                    return null;
                }));
        assertTrue(rejected.contains("it runs handlers on the thread that gives them to it"), rejected);
        assertEquals(null, handling.get());
    }

    @Test
    void shouldRunHandlersOnVirtualThreadsWhereThereAreSome() throws Exception {
        if (Runtime.version().feature() < 21) {
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> outcome(json("{}"), worker -> worker.virtualThreads().on(TYPE, task -> null)));
        } else {
            String thread =
                    outcome(json("{}"), worker -> worker.virtualThreads().on(TYPE, task -> {
                        throw new PermanentFailure(String.valueOf(Thread.currentThread()));
                    }));
            assertTrue(thread.contains("VirtualThread["), thread);
            String overrun = outcome(json("{}"), worker -> worker.virtualThreads()
                    .maxRuntime(Duration.ofMillis(1))
                    .on(TYPE, task -> {
                        new CountDownLatch(1).await(); // until it is interrupted
                        return null;
                    }));
            assertTrue(overrun.startsWith("nack: the handler ran longer than its maxRuntime"), overrun);
            requireTogether(200);
        }
    }

    /** Each handler waits for all others. */
    private static void requireTogether(int count) throws Exception {
        WorkerScript script = new WorkerScript(count, LEASE_MS);
        CountDownLatch together = new CountDownLatch(count);
        try (FakeBroker broker = new FakeBroker(LARGE, script);
                Telpher telpher = Telpher.connect(broker.url());
                Worker worker = telpher.worker("default")
                        .virtualThreads()
                        .concurrency(count)
                        .start(task -> {
                            together.countDown();
                            together.await();
                            return null;
                        })) {
            for (int i = 0; i < count; i++) {
                assertEquals("ack", script.outcomes.poll(30, TimeUnit.SECONDS));
            }
            assertNotNull(worker);
        }
    }

    // ---- results

    @Test
    void shouldReadResults() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, new WorkerScript(0, LEASE_MS));
                Telpher telpher = Telpher.connect(broker.url())) {
            io.telpher.protocol.TaskView view = new io.telpher.protocol.TaskView();
            assertEquals(null, telpher.result(view, Mail.class));
            view.result = Result.of("application/json", "{\"to\":\"a\"}".getBytes(StandardCharsets.UTF_8));
            assertEquals(new Mail("a", 0), telpher.result(view, Mail.class));
            assertEquals("{\"to\":\"a\"}", telpher.result(view, String.class));
            view.result = Result.of("application/json", "7".getBytes(StandardCharsets.UTF_8));
            assertEquals(7, telpher.result(view, int.class));
            view.result = Result.of("image/png", new byte[3]);
            assertThrows(IllegalArgumentException.class, () -> telpher.result(view, Mail.class));
        }
    }
}
