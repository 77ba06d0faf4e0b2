package io.telpher.broker.partition.payload;

import io.telpher.broker.core.state.LastOutcome;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.CorruptJournalException;
import io.telpher.broker.journal.Store;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Progress;
import io.telpher.protocol.record.PayloadUnreadable;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts a task together from what the core remembers and what its frames in the journal say. */
public final class TaskReader {
    private final Store store;
    private final Submit submit = new Submit();
    private final Ack ack = new Ack();
    private final Nack nack = new Nack();
    private final PayloadUnreadable unreadable = new PayloadUnreadable();
    private final Progress progress = new Progress();

    public TaskReader(Store store) {
        this.store = store;
    }

    /** @param withPayload whether payload and headers are wanted too */
    public TaskView read(TaskCursor task, boolean withPayload) {
        TaskView view = new TaskView();
        task.fill(view);
        view.leaseId = 0; // only its holder learns it
        readSubmit(task, withPayload, view);
        view.result = result(task);
        view.resultUnreadable = hasResult(task) && !view.result.isPresent();
        view.lastError = lastError(task);
        if (task.hasNote()) {
            view.progressNote = note(task);
        }
        return view;
    }

    private String note(TaskCursor task) {
        try {
            return progress.wrap(store.read(task.noteLocation()), 0).note();
        } catch (CorruptJournalException e) {
            return "the note can't be read";
        }
    }

    /** What the task was submitted with, good until the next is read; null when it is gone, or can't be read. */
    @Nullable
    public Submit submit(TaskCursor task) {
        if (!task.isSubmitNeeded() && !store.isKept(task.submitLocation())) {
            return null;
        }
        try {
            return submit.wrap(store.read(task.submitLocation(), task.submitCrc()), 0);
        } catch (CorruptJournalException e) {
            return null;
        }
    }

    private void readSubmit(TaskCursor task, boolean withPayload, TaskView view) {
        if (!task.isSubmitNeeded() && !store.isKept(task.submitLocation())) {
            return; // gone with its file
        }
        try {
            submit.wrap(store.read(task.submitLocation(), task.submitCrc()), 0);
        } catch (CorruptJournalException e) {
            view.payloadUnreadable = true; // the rest of the task is whole all the same
            return;
        }
        view.contentType = submit.contentType();
        view.idempotencyKey = submit.idempotencyKey();
        view.payloadBytes = submit.payloadLength();
        if (withPayload) {
            view.payload = submit.payload();
            view.headers = submit.headers();
        }
    }

    /** For people, what can't be read of a payload, and where: without the directories, since clients see it. */
    public static String unreadable(CorruptJournalException e) {
        int name = e.file().lastIndexOf('/') + 1;
        return "payload unreadable: file " + e.file().substring(name) + " offset " + e.offset() + " (TQ-2006)";
    }

    /**
     * What the task was submitted with, but for its times, and with this payload, content type and headers instead of its own.
     *
     * @throws CorruptJournalException when that can't be read
     */
    public TaskSpec patched(TaskCursor task, Submit content) {
        submit.wrap(store.read(task.submitLocation(), task.submitCrc()), 0);
        TaskSpec spec = spec(task)
                .payload(content.payload())
                .expiresAtMs(content.expiresAtMs())
                .expiresInMs(content.expiresInMs());
        spec.contentType(content.contentType().isEmpty() ? submit.contentType() : content.contentType());
        Map<String, String> headers = content.headers().isEmpty() ? submit.headers() : content.headers();
        headers.forEach(spec::header);
        return spec;
    }

    /** The same with the patch merged into its payload. */
    public TaskSpec patched(TaskCursor task, MergePatch patch, int payloadBytesMax) throws MergePatch.Unpatchable {
        try {
            submit.wrap(store.read(task.submitLocation(), task.submitCrc()), 0);
        } catch (CorruptJournalException e) {
            throw new MergePatch.Unpatchable(unreadable(e));
        }
        TaskSpec spec =
                spec(task).contentType(submit.contentType()).payload(patch.apply(submit.payload(), payloadBytesMax));
        submit.headers().forEach(spec::header);
        return spec;
    }

    /** Its priority may have been changed since. */
    private TaskSpec spec(TaskCursor task) {
        return TaskSpec.type(submit.taskType())
                .queue(submit.queue())
                .priority(task.priority())
                .idempotencyKey(submit.idempotencyKey())
                .idempotencyWindowMs(submit.idempotencyWindowMs())
                .visibilityTimeoutMs(submit.visibilityTimeoutMs())
                .maxRetries(submit.maxRetries())
                .backoff(
                        submit.backoff(),
                        submit.baseMs(),
                        submit.capMs(),
                        submit.factorMillis(),
                        submit.jitterPercent());
    }

    private static boolean hasResult(TaskCursor task) {
        return task.lastOutcome() == LastOutcome.ACKED && task.outcomeLocation() != TaskCursor.NO_FRAME;
    }

    /** {@link Result#NONE} when it can't be read, too. */
    public Result result(TaskCursor task) {
        if (!hasResult(task)) {
            return Result.NONE;
        }
        try {
            ack.wrap(store.read(task.outcomeLocation()), 0);
            return Result.of(ack.resultContentType(), ack.result());
        } catch (CorruptJournalException e) {
            return Result.NONE;
        }
    }

    /** The error of an earlier attempt; unlike the last one's its frame is not needed, so it goes with its file. */
    public String errorAt(long location) {
        if (!store.isKept(location)) {
            return "failed; the error went with its journal file";
        }
        try {
            ByteBuffer frame = store.read(location);
            return Frame.typeCode(frame, 0) == MessageType.PAYLOAD_UNREADABLE.code()
                    ? unreadable.wrap(frame, 0).error()
                    : nack.wrap(frame, 0).error();
        } catch (CorruptJournalException e) {
            return "failed; the error can't be read: " + e.getMessage();
        }
    }

    public String lastError(TaskCursor task) {
        LastOutcome last = task.lastOutcome();
        return last.hasErrorFrame() ? errorAt(task.outcomeLocation()) : last.text();
    }
}
