package io.telpher.client;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.telpher.client.micrometer.TelpherMeters;
import io.telpher.client.opentelemetry.TelpherTelemetry;
import io.telpher.client.slf4j.MdcInterceptor;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.Pong;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.TaskStateReply;
import io.telpher.testing.Patience;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

/** What an application can see of its tasks: traces, meters, the lines of its log, counters, health. */
@Timeout(60)
class ObservedTest {
    private static final int LARGE = 1 << 20;
    private static final int LEASE_MS = 30_000;

    /** Delivers what was submitted, twice: the first attempt fails. */
    private static final class Twice implements FakeBroker.Script {
        private final AtomicInteger deliveries = new AtomicInteger();
        private volatile byte @Nullable [] submitted;

        @Override
        public byte @Nullable [] reply(MessageType type, ByteBuffer frame) {
            int requestId = Frame.requestId(frame, 0);
            byte[] task = submitted;
            return switch (type) {
                case SUBMIT -> {
                    byte[] copy = new byte[frame.limit()];
                    frame.get(0, copy);
                    submitted = copy;
                    yield Submitted.write(new FrameWriter(), requestId, TaskState.READY, 7, 1, null)
                            .toBytes();
                }
                case RESERVE ->
                    task != null && deliveries.incrementAndGet() <= 2
                            ? WorkerScript.delivery(requestId, 7, LEASE_MS, task)
                            : FakeBroker.SILENCE;
                case PING -> Pong.write(new FrameWriter(), requestId).toBytes();
                default ->
                    TaskStateReply.begin(new FrameWriter(), requestId, new TaskView())
                            .endVar()
                            .end()
                            .toBytes();
            };
        }
    }

    private static void failOnce(Telpher telpher, List<String> notes) throws InterruptedException {
        telpher.submit(TaskSpec.type("mail").queue("post").payload("hello"));
        AtomicInteger attempts = new AtomicInteger();
        try (Worker worker = telpher.worker("post").start(task -> {
            notes.add(String.valueOf(MDC.get("task.id")) + " " + MDC.get("task.type"));
            if (attempts.incrementAndGet() == 1) {
                throw new IllegalStateException("not yet");
            }
            return null;
        })) {
            while (worker.counters().completed() == 0 || worker.inHand() > 0) {
                Patience.look();
            }
            assertEquals(new WorkerCounters(2, 1, 1, 0, 0, 0, 1, 0, 0), worker.counters());
        }
    }

    @Test
    void shouldTraceFromTheSubmitToEachAttempt() throws Exception {
        InMemorySpanExporter exporter = InMemorySpanExporter.create();
        try (FakeBroker broker = new FakeBroker(LARGE, new Twice());
                OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
                        .setTracerProvider(SdkTracerProvider.builder()
                                .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                                .build())
                        .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
                        .build();
                Telpher telpher = Telpher.builder(broker.url())
                        .interceptor(new TelpherTelemetry(sdk))
                        .connect()) {
            failOnce(telpher, new CopyOnWriteArrayList<>());
            requireOneTrace(exporter.getFinishedSpanItems());
        }
    }

    private static void requireOneTrace(List<SpanData> spans) {
        assertEquals(
                List.of("submit post", "process post", "process post"),
                spans.stream().map(SpanData::getName).toList());
        SpanData submit = spans.get(0);
        assertEquals(SpanKind.PRODUCER, submit.getKind());
        for (SpanData attempt : spans.subList(1, 3)) {
            assertEquals(submit.getTraceId(), attempt.getTraceId());
            assertEquals(submit.getSpanId(), attempt.getParentSpanId());
            assertEquals(SpanKind.CONSUMER, attempt.getKind());
            assertEquals("post", attempt.getAttributes().get(stringKey("messaging.destination.name")));
            assertEquals("t-7", attempt.getAttributes().get(stringKey("messaging.message.id")));
            assertEquals("process", attempt.getAttributes().get(stringKey("messaging.operation.type")));
        }
        assertEquals(
                "java.lang.IllegalStateException", spans.get(1).getAttributes().get(stringKey("error.type")));
        assertNull(spans.get(2).getAttributes().get(stringKey("error.type")));
    }

    @Test
    void shouldMeasureSubmitsHandlersAndWhatIsCounted() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        TelpherMeters meters = new TelpherMeters(registry);
        try (FakeBroker broker = new FakeBroker(LARGE, new Twice());
                Telpher telpher = meters.bind(
                        Telpher.builder(broker.url()).interceptor(meters).connect())) {
            failOnce(telpher, new CopyOnWriteArrayList<>());
            assertEquals(1, registry.get("telpher.client.connected").gauge().value());
            assertEquals(
                    1, registry.get("telpher.client.requests").functionCounter().count());
        }
        assertEquals(
                1,
                registry.get("messaging.client.operation.duration")
                        .tag("messaging.destination.name", "post")
                        .tag("error.type", "none")
                        .timer()
                        .count());
        assertEquals(
                1,
                registry.get("messaging.process.duration")
                        .tag("error.type", "IllegalStateException")
                        .timer()
                        .count());
        assertEquals(
                1,
                registry.get("messaging.process.duration")
                        .tag("error.type", "none")
                        .timer()
                        .count());
    }

    @Test
    void shouldMeasureTheWorkerThatTookTheNameOver() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        TelpherMeters meters = new TelpherMeters(registry);
        try (FakeBroker broker = new FakeBroker(LARGE, new WorkerScript(1, LEASE_MS));
                Telpher telpher = Telpher.connect(broker.url())) {
            try (Worker first = meters.bind("mail", telpher.worker("mail").start(task -> null))) {
                while (completed(registry) < 1) {
                    Patience.look();
                }
                assertEquals(1, first.counters().completed());
            }
            try (Worker second = meters.bind("mail", telpher.worker("mail").start(task -> null))) {
                assertEquals(0, second.counters().completed());
                assertEquals(0, completed(registry));
            }
        }
    }

    private static double completed(SimpleMeterRegistry registry) {
        return registry.get("telpher.worker.outcomes")
                .tag("outcome", "completed")
                .functionCounter()
                .count();
    }

    @Test
    void shouldNameTheTaskInTheHandlersLog() throws Exception {
        List<String> notes = new CopyOnWriteArrayList<>();
        try (FakeBroker broker = new FakeBroker(LARGE, new Twice());
                Telpher telpher = Telpher.builder(broker.url())
                        .interceptor(new MdcInterceptor())
                        .connect()) {
            failOnce(telpher, notes);
        }
        assertEquals(List.of("t-7 mail", "t-7 mail"), notes);
        assertNull(MDC.get("task.id"));
    }

    @Test
    void shouldSayWhetherTheBrokerAnswers() throws Exception {
        try (FakeBroker broker = new FakeBroker(LARGE, new Twice());
                Telpher telpher = Telpher.connect(broker.url())) {
            assertTrue(telpher.health().isUp());
        }
        try (Telpher nobody = Telpher.builder("tq://127.0.0.1:1").lazy().connect()) {
            Health health = nobody.within(Duration.ofMillis(200)).health();
            assertFalse(health.isUp());
            assertTrue(health.detail().contains("127.0.0.1:1"), health.detail());
        }
    }

    // ---- what interceptors see of submits

    @Test
    void shouldTellInterceptorsHowEachSubmitEnded() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        Interceptor notes = new Interceptor() {
            @Override
            public Ended submitting(TaskSpec task) {
                task.header("seen", "yes");
                return (submission, failure) -> {
                    heard.add(submission == null ? String.valueOf(failure) : submission.id());
                    throw new AssertionError("what an interceptor thinks of it changes no outcome");
                };
            }
        };
        AtomicInteger asked = new AtomicInteger();
        FakeBroker.Script refusesTheSecond = (type, frame) -> asked.incrementAndGet() == 2
                ? WorkerScript.refused(frame, ErrorCode.QUEUE_PAUSED)
                : Submitted.write(new FrameWriter(), Frame.requestId(frame, 0), TaskState.READY, 7, 1, null)
                        .toBytes();
        try (FakeBroker broker = new FakeBroker(LARGE, refusesTheSecond);
                Telpher telpher =
                        Telpher.builder(broker.url()).interceptor(notes).connect()) {
            TaskSpec task = TaskSpec.type("t");
            telpher.submit(task);
            telpher.submitAsync(task).handle((submission, failure) -> null).join();
            telpher.submitAsync(task).join();
            assertTrue(task.headers().isEmpty(), "the caller's task stays as it is");
        }
        assertEquals(
                List.of("t-7", "io.telpher.client.TelpherException: QUEUE_PAUSED: refused by the script", "t-7"),
                heard);
    }
}
