package io.telpher.test;

import io.telpher.client.Telpher;
import io.telpher.protocol.TaskView;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A JUnit extension: one {@link TestBroker} and one client for the tests of a class. Thread-safe.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final TelpherExtension telpher = new TelpherExtension();
 *
 * @Test
 * void shouldRemindAfterADay() {
 *     long id = reminders.schedule(telpher.client());
 *     telpher.advance(Duration.ofDays(1));
 *     assertEquals(TaskState.COMPLETED, telpher.awaitTask(id).state);
 * }
 * }</pre>
 */
public final class TelpherExtension implements BeforeAllCallback, AfterAllCallback {
    private final Supplier<TestBroker> start;
    private @Nullable TestBroker broker;
    private @Nullable Telpher client;

    /** Over {@link TestBroker#start}. */
    public TelpherExtension() {
        this(TestBroker::start);
    }

    private TelpherExtension(Supplier<TestBroker> start) {
        this.start = start;
    }

    /** Over {@link TestBroker#inMemory}. */
    public static TelpherExtension inMemory() {
        return new TelpherExtension(TestBroker::inMemory);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        broker = start.get();
        client = broker.connect();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (client != null) {
            client.close();
        }
        if (broker != null) {
            broker.close();
        }
    }

    /** @throws NullPointerException outside of a test */
    public TestBroker broker() {
        return Objects.requireNonNull(broker, "the broker runs while the tests of a class do");
    }

    /** Connected to the broker; closed after the last test. */
    public Telpher client() {
        return Objects.requireNonNull(client, "the client is there while the tests of a class run");
    }

    /** For clients of the test's own. */
    public String url() {
        return broker().url();
    }

    /** {@link TestBroker#advance}. */
    public void advance(Duration time) {
        broker().advance(time);
    }

    /** {@link TestTasks#await}. */
    public TaskView awaitTask(long taskId) {
        return new TestTasks(broker(), client()).await(taskId);
    }

    /** {@link TestTasks#drain}. */
    public void drain(String queue) {
        new TestTasks(broker(), client()).drain(queue);
    }
}
