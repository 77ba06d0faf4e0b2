package io.telpher.broker.torture;

import io.telpher.client.ConnectionException;
import io.telpher.client.RawWorker;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** By the Java client. */
final class TcpApi implements Api {
    private final Telpher telpher;
    private final RawWorker raw;

    TcpApi(Telpher telpher) {
        this.telpher = telpher;
        this.raw = new RawWorker(telpher);
    }

    private static <T> T answer(CompletableFuture<T> reply) throws Refused, NoAnswer {
        try {
            return reply.get(ANSWER_MS_MAX, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new NoAnswer(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NoAnswer(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TelpherException refusal
                    && !(refusal instanceof ConnectionException)
                    && refusal.code() != null) {
                throw new Refused(refusal.code().name(), String.valueOf(refusal.getMessage()));
            }
            throw new NoAnswer(e);
        }
    }

    static TaskSpec spec(Task task) {
        return TaskSpec.type("torture")
                .queue(task.queue())
                .payload(task.payload())
                .priority(task.priority())
                .delayMs(task.delayMs())
                .runAtMs(task.runAtMs())
                .idempotencyKey(task.key());
    }

    @Override
    public long submit(Task task) throws Refused, NoAnswer {
        return answer(telpher.submitAsync(spec(task))).taskId();
    }

    @Override
    public List<Long> submitBatch(List<Task> tasks) throws Refused, NoAnswer {
        List<TaskSpec> specs = tasks.stream().map(TcpApi::spec).toList();
        return answer(telpher.submitBatchAsync(specs)).stream()
                .map(Submission::taskId)
                .toList();
    }

    @Override
    public List<Held> reserve(List<String> queues, int max, int waitMs) throws Refused, NoAnswer {
        Reserve.Wants wants = new Reserve.Wants(max, waitMs, 0, "torture-tcp");
        ByteBuffer frame = answer(raw.ask(id -> Reserve.write(new FrameWriter(), id, wants, queues)));
        List<Held> held = new ArrayList<>();
        Delivery delivery = new Deliveries().wrap(frame, 0).first();
        while (delivery.next()) {
            held.add(new Held(
                    delivery.taskId(),
                    delivery.leaseId(),
                    delivery.leaseMs(),
                    delivery.attempt(),
                    delivery.submit().queue(),
                    delivery.submit().payload()));
        }
        return held;
    }

    @Override
    public void ack(Held held, byte[] result, @Nullable Task followUp) throws Refused, NoAnswer {
        FrameWriter followUps = new FrameWriter();
        if (followUp != null) {
            Submit.write(followUps, 0, spec(followUp));
        }
        Result with = Result.of("text/plain", result);
        answer(raw.ask(
                id -> Ack.write(new FrameWriter(), id, held.taskId(), held.leaseId(), with, followUps.written())));
    }

    @Override
    public void nack(Held held, boolean permanent) throws Refused, NoAnswer {
        answer(raw.ask(id -> Nack.write(
                new FrameWriter(), id, held.taskId(), held.leaseId(), TaskSpec.INHERIT, permanent, "on purpose")));
    }

    @Override
    public void release(Held held) throws Refused, NoAnswer {
        answer(raw.ask(id -> Release.write(new FrameWriter(), id, held.taskId(), held.leaseId())));
    }

    @Override
    public void extend(Held held) throws Refused, NoAnswer {
        answer(raw.ask(id -> Extend.write(new FrameWriter(), id, held.taskId(), held.leaseId(), held.leaseMs())));
    }

    @Override
    public String cancel(long taskId) throws Refused, NoAnswer {
        return answer(raw.ask(id -> io.telpher.protocol.task.Cancel.write(new FrameWriter(), id, taskId))
                        .thenApply(frame -> new io.telpher.protocol.task.TaskStateReply()
                                .wrap(frame, 0)
                                .state()))
                .name();
    }
}
