package io.telpher.test;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.Stats;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.CancelRequested;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Progress;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.record.MessageReader;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.GoAway;
import io.telpher.protocol.session.Hello;
import io.telpher.protocol.session.Ping;
import io.telpher.protocol.session.Pong;
import io.telpher.protocol.session.Welcome;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.TaskStateReply;
import io.telpher.protocol.task.Tasks;
import io.telpher.protocol.task.WaitFor;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** A client of an {@link InMemoryBroker}: reads requests on a thread of its own, and does them under the broker's lock. */
final class MemoryConnection {
    private static final int FRAME_BYTES_MAX = 16 << 20;

    private final Socket socket;
    private final OutputStream out;
    private final InMemoryBroker broker;
    private final MemoryTasks tasks;
    private final long session;
    private final MessageReader reader = new MessageReader();

    MemoryConnection(Socket socket, InMemoryBroker broker, MemoryTasks tasks, long session) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
        this.broker = broker;
        this.tasks = tasks;
        this.session = session;
    }

    /** Until the client hangs up, or sends what is no frame. */
    void serve() {
        try (socket) {
            DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
            while (true) {
                int length = Integer.reverseBytes(in.readInt());
                if (length < Frame.HEADER_BYTES - Frame.LENGTH_BYTES || length > FRAME_BYTES_MAX) {
                    return;
                }
                byte[] bytes = new byte[Frame.LENGTH_BYTES + length];
                ByteBuffer frame =
                        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0, length);
                in.readFully(bytes, Frame.LENGTH_BYTES, length);
                Problem malformed = FrameValidator.structure(frame, 0, bytes.length);
                if (malformed != null) {
                    refuse(0, malformed);
                    return;
                }
                broker.locked(() -> answer(reader.read(frame, 0)));
            }
        } catch (EOFException | SocketException e) {
            return; // it hung up, as clients do
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } finally {
            broker.hungUp(this);
        }
    }

    private void answer(Message message) {
        Problem problem = message.problem(Limits.DEFAULT);
        if (problem != null) {
            refuse(message.requestId(), problem);
            return;
        }
        try {
            answerSound(message);
        } catch (MemoryTasks.Refusal e) {
            refuse(message.requestId(), e.problem);
        }
    }

    private void answerSound(Message message) {
        int id = message.requestId();
        if (message instanceof Hello) {
            send(Welcome.write(new FrameWriter(), id, 0, FRAME_BYTES_MAX, tasks.nowMs(), session, "in-memory"));
        } else if (message instanceof Ping) {
            send(Pong.write(new FrameWriter(), id));
        } else if (message instanceof Submit submit) {
            submitted(id, tasks.submit(submit));
        } else if (message instanceof SubmitBatch batch) {
            submitted(id, tasks.submitAll(batch.tasks()));
        } else if (message instanceof Get get) {
            task(id, tasks.get(get.taskId()).shown(get.withPayload()));
        } else if (message instanceof WaitFor wait) {
            tasks.get(wait.taskId());
            tasks.waitFor(new MemoryTasks.Waiter(this, id, tasks.nowMs() + wait.waitMs(), wait.taskId(), null));
        } else if (message instanceof Cancel cancel) {
            state(id, tasks.cancel(cancel.taskId()));
        } else if (message instanceof ListTasks list) {
            tasks(id, tasks.list(list));
        } else if (message instanceof Stats) {
            send(BrokerStats.write(new FrameWriter(), id, new long[BrokerStats.Field.values().length]));
        } else {
            answerWorker(id, message);
        }
    }

    private void answerWorker(int id, Message message) {
        if (message instanceof Reserve reserve) {
            long endMs = tasks.nowMs() + reserve.waitMs();
            tasks.waitFor(new MemoryTasks.Waiter(this, id, endMs, 0, MemoryTasks.demand(reserve)));
        } else if (message instanceof Ack ack) {
            state(id, tasks.ack(ack));
        } else if (message instanceof Nack nack) {
            state(id, tasks.nack(nack));
        } else if (message instanceof Release release) {
            state(id, tasks.release(release.taskId(), release.leaseId()));
        } else if (message instanceof Extend extend) {
            state(id, tasks.extend(this, extend));
        } else if (message instanceof Progress progress) {
            state(id, tasks.progress(progress));
        } else if (message instanceof GoAway away) {
            if (away.drain() == GoAway.Drain.BEGINS) {
                tasks.endReserves(this);
            }
        } else {
            throw new MemoryTasks.Refusal(
                    ErrorCode.BAD_REQUEST,
                    "the in-memory broker does not do " + message.type() + "; TestBroker.start() has a real one");
        }
    }

    private void submitted(int id, MemoryTasks.Accepted accepted) {
        TaskView task = accepted.task().view;
        send(Submitted.write(
                new FrameWriter(),
                id,
                task.state,
                task.taskId,
                task.createdAtMs,
                accepted.duplicate() ? task.result : null));
    }

    private void submitted(int id, List<MemoryTasks.Accepted> accepted) {
        FrameWriter frame = BatchSubmitted.begin(new FrameWriter(), id, accepted.size(), tasks.nowMs());
        for (MemoryTasks.Accepted each : accepted) {
            TaskView task = each.task().view;
            BatchSubmitted.entry(frame, task.taskId, task.state, each.duplicate());
        }
        send(frame.endVar().end());
    }

    private void state(int id, MemoryTask task) {
        FrameWriter frame = TaskStateReply.begin(new FrameWriter(), id, task.view);
        for (long followUp : task.followUps) {
            frame.rawI64(followUp);
        }
        send(frame.endVar().end());
    }

    private void tasks(int id, List<TaskView> views) {
        FrameWriter frame = Tasks.begin(new FrameWriter(), id, 0, 0, views.size());
        views.forEach(view ->
                frame.raw(ByteBuffer.wrap(Task.write(new FrameWriter(), 0, view).toBytes())));
        send(frame.endVar().end());
    }

    void task(int id, TaskView view) {
        send(Task.write(new FrameWriter(), id, view));
    }

    void deliveries(int id, List<MemoryTask> leased) {
        int bytes = leased.stream()
                .mapToInt(task -> Delivery.HEADER_BYTES + task.frame.length)
                .sum();
        ByteBuffer frame = ByteBuffer.allocate(Deliveries.PREFIX_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
        Deliveries.writePrefix(frame, id, leased.size(), false, bytes);
        for (MemoryTask task : leased) {
            Delivery.writeHeader(frame, task.view, task.view.visibilityTimeoutMs);
            frame.put(task.frame);
        }
        send(frame.array());
    }

    void cancelRequested(TaskView task) {
        send(CancelRequested.write(new FrameWriter(), 0, task.taskId, task.leaseId));
    }

    private void refuse(int id, Problem problem) {
        send(ErrorReply.write(new FrameWriter(), id, problem, 0, ""));
    }

    private void send(FrameWriter frame) {
        send(frame.toBytes());
    }

    private void send(byte[] frame) {
        try {
            out.write(frame);
        } catch (IOException e) {
            close(); // the reading side finds out
        }
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
