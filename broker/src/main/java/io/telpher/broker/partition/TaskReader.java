package io.telpher.broker.partition;

import io.telpher.broker.core.state.LastOutcome;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.journal.CorruptJournalException;
import io.telpher.broker.journal.Journal;
import io.telpher.protocol.Ack;
import io.telpher.protocol.Nack;
import io.telpher.protocol.Progress;
import io.telpher.protocol.Result;
import io.telpher.protocol.Submit;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskView;
import java.util.Map;

/** Puts a task together from what the core remembers and what its frames in the journal say. */
final class TaskReader {
    private final Journal journal;
    private final Submit submit = new Submit();
    private final Ack ack = new Ack();
    private final Nack nack = new Nack();
    private final Progress progress = new Progress();

    TaskReader(Journal journal) {
        this.journal = journal;
    }

    /** @param withPayload whether payload and headers are wanted too */
    TaskView read(TaskCursor task, boolean withPayload) {
        TaskView view = new TaskView();
        task.fill(view);
        view.leaseId = 0; // only its holder learns it
        readSubmit(task, withPayload, view);
        view.result = result(task);
        view.lastError = lastError(task);
        if (task.hasNote()) {
            view.progressNote =
                    progress.wrap(journal.read(task.noteLocation()), 0).note();
        }
        return view;
    }

    private void readSubmit(TaskCursor task, boolean withPayload, TaskView view) {
        if (!task.isSubmitNeeded() && !journal.isKept(task.submitLocation())) {
            return; // gone with its file
        }
        submit.wrap(journal.read(task.submitLocation(), task.submitCrc()), 0);
        view.contentType = submit.contentType();
        view.idempotencyKey = submit.idempotencyKey();
        view.payloadBytes = submit.payloadLength();
        if (withPayload) {
            view.payload = submit.payload();
            view.headers = submit.headers();
        }
    }

    /** What the task was submitted with, but for its times, and with this payload, content type and headers instead of its own. */
    TaskSpec patched(TaskCursor task, Submit content) {
        submit.wrap(journal.read(task.submitLocation(), task.submitCrc()), 0);
        TaskSpec spec = spec().payload(content.payload());
        spec.contentType(content.contentType().isEmpty() ? submit.contentType() : content.contentType());
        Map<String, String> headers = content.headers().isEmpty() ? submit.headers() : content.headers();
        headers.forEach(spec::header);
        return spec;
    }

    /** The same with the patch merged into its payload. */
    TaskSpec patched(TaskCursor task, MergePatch patch, int payloadBytesMax) throws MergePatch.Unpatchable {
        submit.wrap(journal.read(task.submitLocation(), task.submitCrc()), 0);
        TaskSpec spec =
                spec().contentType(submit.contentType()).payload(patch.apply(submit.payload(), payloadBytesMax));
        submit.headers().forEach(spec::header);
        return spec;
    }

    private TaskSpec spec() {
        return TaskSpec.type(submit.taskType())
                .queue(submit.queue())
                .priority(submit.priority())
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

    Result result(TaskCursor task) {
        if (task.lastOutcome() != LastOutcome.ACKED || task.outcomeLocation() == TaskCursor.NO_FRAME) {
            return Result.NONE;
        }
        ack.wrap(journal.read(task.outcomeLocation()), 0);
        return Result.of(ack.resultContentType(), ack.result());
    }

    /** The error of an earlier attempt; unlike the last one's its frame is not needed, so it goes with its file. */
    String errorAt(long nackLocation) {
        if (!journal.isKept(nackLocation)) {
            return "failed; the error went with its journal file";
        }
        try {
            return nack.wrap(journal.read(nackLocation), 0).error();
        } catch (CorruptJournalException e) {
            return "failed; the error can't be read: " + e.getMessage();
        }
    }

    String lastError(TaskCursor task) {
        return switch (task.lastOutcome()) {
            case NONE, ACKED -> "";
            case NACKED -> nack.wrap(journal.read(task.outcomeLocation()), 0).error();
            case LEASE_RAN_OUT -> "the lease ran out";
            case CONNECTION_CLOSED -> "the worker's connection closed";
        };
    }
}
