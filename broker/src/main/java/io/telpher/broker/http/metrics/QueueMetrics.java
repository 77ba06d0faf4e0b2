package io.telpher.broker.http.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.telpher.broker.http.call.BrokerCall;
import io.telpher.broker.http.json.Answer;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Priority;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.queue.ListQueues;
import io.telpher.protocol.queue.Queue;
import io.telpher.protocol.queue.QueueList;
import io.telpher.protocol.queue.QueueView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The figures of each queue; beyond {@link #QUEUES_MAX} of them, in the order of their names, of all others together. Thread-safe. */
final class QueueMetrics {
    private static final Logger LOG = LoggerFactory.getLogger(QueueMetrics.class);

    /** Each has two dozen series. */
    static final int QUEUES_MAX = Limits.LIST_MAX;

    /** Pages of as many queues that a scrape looks at; what is in further ones is not shown. */
    private static final int PAGES_MAX = 20;

    private static final double MS = 1e3;

    private final PrometheusMeterRegistry registry;
    private final OtherQueues others = new OtherQueues();
    private final AttemptMetrics attempts;
    private final Map<String, Shown> queues = new HashMap<>();
    private boolean tellsOthers;

    /** The queues as one scrape sees them, page by page. */
    private final class Look {
        final List<QueueView> shown = new ArrayList<>();
        final QueueView rest = new QueueView();
        final Supplier<BrokerCall> then;
        int otherCount;
        int pages;

        Look(Supplier<BrokerCall> then) {
            this.then = then;
        }

        BrokerCall next(String after) {
            return new BrokerCall(
                    (out, id) -> ListQueues.write(out, id, Limits.LIST_MAX, after), frame -> Answer.NONE, frame -> {
                        String last = add(frame);
                        if (last != null && pages < PAGES_MAX) {
                            return next(last);
                        }
                        seen(this);
                        return then.get();
                    });
        }

        /** Returns where to go on; null = there are no more. */
        private @Nullable String add(ByteBuffer frame) {
            pages++;
            Frames frames = new QueueList().wrap(frame, 0).queues();
            Queue queue = new Queue();
            String last = null;
            int count = 0;
            while (frames.next()) {
                QueueView view = queue.wrap(frames.buffer(), frames.offset()).view();
                if (shown.size() < QUEUES_MAX && !view.name.equals(OtherQueues.NAME)) {
                    shown.add(view);
                } else {
                    OtherQueues.add(view, rest);
                    otherCount++;
                }
                last = view.name;
                count++;
            }
            return count == Limits.LIST_MAX ? last : null;
        }
    }

    /** The last that was seen of a queue. */
    private static final class Shown {
        QueueView view = new QueueView();
        final List<Meter> meters = new ArrayList<>();
    }

    QueueMetrics(PrometheusMeterRegistry registry) {
        this.registry = registry;
        this.attempts = new AttemptMetrics(registry.getPrometheusRegistry(), QUEUES_MAX, others);
    }

    AttemptMetrics attempts() {
        return attempts;
    }

    /** @param then what is asked when the queues were seen */
    BrokerCall scrape(Supplier<BrokerCall> then) {
        return new Look(then).next("");
    }

    private synchronized void seen(Look look) {
        Set<String> there = new HashSet<>();
        for (QueueView view : look.shown) {
            queues.computeIfAbsent(view.name, this::show).view = view;
            attempts.know(view.name);
            there.add(view.name);
        }
        boolean isCrowded = there.size() == QUEUES_MAX && look.otherCount > 0;
        others.shown(there, !isCrowded);
        // Once begun they go on: counters that come and go tell nothing.
        if (look.otherCount > 0 || queues.containsKey(OtherQueues.NAME)) {
            others.count(look.rest);
            queues.computeIfAbsent(OtherQueues.NAME, this::show).view = look.rest;
            there.add(OtherQueues.NAME);
        }
        if (isCrowded && !tellsOthers) {
            LOG.warn(
                    "TQ-3060 there are more than {} queues: the figures of {} are shown together, as queue \"{}\"",
                    QUEUES_MAX,
                    look.otherCount,
                    OtherQueues.NAME);
        }
        tellsOthers = isCrowded;
        queues.entrySet().removeIf(each -> {
            boolean isGone = !there.contains(each.getKey());
            if (isGone) {
                each.getValue().meters.forEach(registry::remove);
            }
            return isGone;
        });
    }

    /** This node leads no more, and knows nothing of queues: what it last saw would be taken for what is. */
    synchronized void forget() {
        queues.values().forEach(each -> each.meters.forEach(registry::remove));
        queues.clear();
    }

    private Shown show(String queue) {
        Shown shown = new Shown();
        for (Priority priority : Priority.values()) {
            String word = priority.name().toLowerCase(Locale.ROOT);
            tasks(shown, Tags.of("queue", queue, "state", "ready", "priority", word), view -> view.ready[
                    priority.ordinal()]);
        }
        tasks(shown, Tags.of("queue", queue, "state", "scheduled", "priority", ""), view -> view.scheduled);
        tasks(shown, Tags.of("queue", queue, "state", "retry_wait", "priority", ""), view -> view.retryWait);
        tasks(shown, Tags.of("queue", queue, "state", "active", "priority", ""), view -> view.active);
        tasks(shown, Tags.of("queue", queue, "state", "dead", "priority", ""), view -> view.dead);
        Tags tags = Tags.of("queue", queue);
        shown.meters.add(Gauge.builder("telpher.oldest.ready.age", shown, each -> each.view.oldestReadyAgeMs / MS)
                .description("How long the task that has been ready for longest has been so; 0 when none is")
                .baseUnit("seconds")
                .tags(tags)
                .register(registry));
        shown.meters.add(Gauge.builder("telpher.queue.paused", shown, each -> each.view.paused ? 1 : 0)
                .description("1 while the queue is paused")
                .tags(tags)
                .register(registry));
        shown.meters.add(Gauge.builder("telpher.queue.waiting.workers", shown, each -> each.view.waiters)
                .description("Reserves that wait at this queue")
                .tags(tags)
                .register(registry));
        shown.meters.add(FunctionCounter.builder("telpher.tasks.submitted", shown, each -> each.view.submitted)
                .description("Tasks accepted since the queue was made")
                .tags(tags)
                .register(registry));
        shown.meters.add(FunctionCounter.builder("telpher.tasks.completed", shown, each -> each.view.completed)
                .description("Tasks acknowledged since the queue was made")
                .tags(tags)
                .register(registry));
        shown.meters.add(FunctionCounter.builder("telpher.tasks.dead", shown, each -> each.view.died)
                .description("Tasks that joined the dead letters since the queue was made")
                .tags(tags)
                .register(registry));
        return shown;
    }

    private void tasks(Shown shown, Tags tags, ToDoubleFunction<QueueView> count) {
        shown.meters.add(Gauge.builder("telpher.tasks", shown, each -> count.applyAsDouble(each.view))
                .description("Tasks by queue, state and, while they are ready, priority")
                .tags(tags)
                .register(registry));
    }

    /** Number of queues, of {@code all}, without series of their own. */
    synchronized double others(long all) {
        int shown = queues.size() - (queues.containsKey(OtherQueues.NAME) ? 1 : 0);
        return Math.max(0, all - shown);
    }
}
