package io.telpher.broker.core;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.queue.DeleteQueue;
import io.telpher.protocol.queue.NoteQueue;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.PurgeQueue;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.ResumeQueue;
import io.telpher.protocol.record.Clock;
import io.telpher.protocol.record.EndWaits;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.QueueMaker;
import io.telpher.protocol.record.SetQueueLimits;
import io.telpher.protocol.record.SetRetainedBytes;
import io.telpher.protocol.record.SetRetention;
import io.telpher.protocol.task.Reschedule;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;

/** What operators and the broker itself do in scripts. */
final class OperatorVerbs {
    private final ScriptStage stage;
    private final Cast cast;
    private final Partition partition;
    private final Transcript transcript;
    private int requestId = 1_000_000;

    OperatorVerbs(ScriptStage stage, Cast cast, Partition partition, Transcript transcript) {
        this.stage = stage;
        this.cast = cast;
        this.partition = partition;
        this.transcript = transcript;
    }

    void play(String actor, String verb, Phrase phrase) {
        switch (verb) {
            case "sets" -> put(actor, phrase);
            case "pauses" -> pause(actor, phrase);
            case "notes" -> note(actor, phrase);
            case "resumes" -> send(actor, ResumeQueue.write(new FrameWriter(), ++requestId, phrase.word()));
            case "reschedules" -> reschedule(actor, phrase);
            case "purges" -> purge(actor, phrase);
            case "deletes" -> delete(actor, phrase);
            case "allows" -> allow(phrase);
            case "counts" -> count(phrase);
            case "replays" -> replay(actor, phrase);
            case "discards" -> discard(actor, phrase);
            case "lists" -> list(phrase);
            case "restarts" ->
                stage.apply(0, NewTerm.write(new FrameWriter(), 0, cast.newTerm(), Partition.SEMANTICS_VERSION));
            case "drains" ->
                stage.apply(0, EndWaits.write(new FrameWriter(), 0, phrase.takes("up to") ? phrase.number() : 100));
            case "keeps" -> keep(phrase);
            case "finds" -> findWallClock(phrase);
            case "fires" -> stage.tickLimit(phrase.number());
            default -> throw new IllegalArgumentException("nobody can do \"" + verb + "\"");
        }
    }

    private void send(String actor, FrameWriter frame) {
        stage.apply(cast.session(actor), frame);
    }

    private void keep(Phrase phrase) {
        phrase.takes("final tasks");
        if (phrase.takes("in")) {
            stage.apply(0, SetRetainedBytes.write(new FrameWriter(), 0, phrase.number()));
            phrase.takes("bytes");
        } else {
            phrase.takes("for");
            stage.apply(0, SetRetention.write(new FrameWriter(), 0, phrase.ms()));
        }
    }

    private void findWallClock(Phrase phrase) {
        phrase.takes("the wall clock");
        long offsetMs = 0;
        if (!phrase.takes("right")) {
            offsetMs = phrase.ms();
            offsetMs = phrase.takes("behind") ? -offsetMs : offsetMs;
            phrase.takes("ahead");
        }
        stage.apply(0, Clock.write(new FrameWriter(), 0, offsetMs));
    }

    private void put(String actor, Phrase phrase) {
        String queue = phrase.word();
        QueuePolicyFields policy = QueuePolicyFields.NOTHING;
        while (!phrase.isEnd()) {
            policy = field(phrase.word(), phrase).over(policy);
        }
        send(actor, PutQueue.write(new FrameWriter(), ++requestId, queue, policy));
    }

    private static QueuePolicyFields field(String name, Phrase phrase) {
        QueuePolicyFields no = QueuePolicyFields.NOTHING;
        return switch (name) {
            case "timeout" -> no.with(PolicyField.VISIBILITY_TIMEOUT, phrase.ms());
            case "retries" -> no.with(PolicyField.MAX_RETRIES, phrase.number());
            case "base" -> no.with(PolicyField.BASE, phrase.ms());
            case "cap" -> no.with(PolicyField.CAP, phrase.ms());
            case "jitter" -> no.with(PolicyField.JITTER, phrase.number());
            case "backoff" -> no.with(Backoff.valueOf(phrase.word().toUpperCase(Locale.ROOT)));
            case "on_disconnect" -> no.with(OnDisconnect.valueOf(phrase.word().toUpperCase(Locale.ROOT)));
            case "grace" -> no.with(PolicyField.DISCONNECT_GRACE, phrase.ms());
            case "crashes" -> no.with(PolicyField.MAX_CRASHES, phrase.number());
            case "key_release" -> no.with(PolicyField.KEY_RELEASE, phrase.word().equals("on") ? 1 : 0);
            case "max_tasks" -> no.with(PolicyField.MAX_TASKS, phrase.number());
            case "normal_share" -> no.with(PolicyField.MINIMUM_SHARE_NORMAL, phrase.number());
            case "low_share" -> no.with(PolicyField.MINIMUM_SHARE, phrase.number());
            default -> throw new IllegalArgumentException("a policy has no field \"" + name + "\"");
        };
    }

    /** {@code reschedules a, b [priority low] [in 5s | at 1h | now]}. */
    private void reschedule(String actor, Phrase phrase) {
        long[] ids = phrase.names().stream().mapToLong(cast::taskId).toArray();
        Priority priority =
                phrase.takes("priority") ? Priority.valueOf(phrase.word().toUpperCase(Locale.ROOT)) : null;
        long delayMs = Reschedule.KEEP;
        long runAtMs = 0;
        if (phrase.takes("now")) {
            delayMs = 0;
        } else if (phrase.takes("in")) {
            delayMs = phrase.ms();
        } else if (phrase.takes("at")) {
            runAtMs = Cast.START_MS + phrase.ms();
        }
        phrase.end();
        Reschedule.Change change = new Reschedule.Change(priority, delayMs, runAtMs);
        send(actor, Reschedule.write(new FrameWriter(), ++requestId, change, ids));
    }

    private void pause(String actor, Phrase phrase) {
        String queue = phrase.word();
        boolean refuses = phrase.takes("refusing submits");
        String reason = phrase.takes("because") ? phrase.word() : "";
        send(actor, PauseQueue.write(new FrameWriter(), ++requestId, queue, refuses, reason, actor));
    }

    private void note(String actor, Phrase phrase) {
        String text = phrase.word();
        phrase.takes("on");
        send(actor, NoteQueue.write(new FrameWriter(), ++requestId, phrase.word(), text, actor));
    }

    private void purge(String actor, Phrase phrase) {
        String queue = phrase.word();
        int limit = phrase.takes("up to") ? phrase.number() : 0;
        long after = phrase.takes("behind") ? cast.taskId(phrase.word()) : 0;
        long upTo = phrase.takes("until") ? cast.taskId(phrase.word()) : 0;
        send(actor, PurgeQueue.write(new FrameWriter(), ++requestId, queue, limit, after, upTo));
    }

    private void delete(String actor, Phrase phrase) {
        String queue = phrase.word();
        boolean purges = phrase.takes("with its tasks");
        long after = phrase.takes("behind") ? cast.taskId(phrase.word()) : 0;
        long upTo = phrase.takes("until") ? cast.taskId(phrase.word()) : 0;
        send(actor, DeleteQueue.write(new FrameWriter(), ++requestId, queue, purges, after, upTo));
    }

    /** {@code allows 3 queues, 2 of one client, idle for 1h}. */
    private void allow(Phrase phrase) {
        int queuesMax = phrase.number();
        phrase.takes("queues,");
        int perClientMax = phrase.number();
        phrase.takes("of one client, idle for");
        stage.apply(0, SetQueueLimits.write(new FrameWriter(), 0, queuesMax, perClientMax, phrase.ms()));
    }

    /** {@code counts producer as 7}. */
    private void count(Phrase phrase) {
        String actor = phrase.word();
        phrase.takes("as");
        stage.apply(cast.session(actor), QueueMaker.write(new FrameWriter(), 0, phrase.number()));
    }

    private record Selected(DlqReplay.Options options, DlqFilter filter, List<Long> ids) {
        long[] idArray() {
            return ids.stream().mapToLong(Long::longValue).toArray();
        }
    }

    /** {@code a, b} or {@code all [of QUEUE] [type T] [saying "x"]}, then {@code [up to N] [dry]}. */
    private Selected select(Phrase phrase) {
        String queue = "";
        String type = "";
        String error = "";
        List<Long> ids = List.of();
        if (phrase.takes("all")) {
            queue = phrase.takes("of") ? phrase.word() : "";
            type = phrase.takes("type") ? phrase.word() : "";
            error = phrase.takes("saying") ? phrase.word() : "";
        } else {
            List<String> names = phrase.names();
            ids = names.stream().map(cast::taskId).toList();
        }
        int limit = phrase.takes("up to") ? phrase.number() : 0;
        boolean dry = phrase.takes("dry");
        return new Selected(new DlqReplay.Options(limit, 0, dry), new DlqFilter(queue, type, error), ids);
    }

    private void replay(String actor, Phrase phrase) {
        Selected selected = select(phrase);
        ByteBuffer patch = ByteBuffer.allocate(0);
        if (phrase.takes("patched")) {
            FrameWriter submit = new FrameWriter();
            patch = Submit.write(submit, 0, SubmitPhrase.readPatch(phrase)).written();
        }
        phrase.end();
        send(
                actor,
                DlqReplay.write(
                        new FrameWriter(), ++requestId, selected.options, selected.filter, selected.idArray(), patch));
    }

    private void discard(String actor, Phrase phrase) {
        Selected selected = select(phrase);
        phrase.end();
        send(
                actor,
                DlqDiscard.write(
                        new FrameWriter(), ++requestId, selected.options, selected.filter, selected.idArray()));
    }

    /** {@code dead of mail} or {@code tasks [of QUEUE] [type T] [in STATE] [after a] [up to N]}. */
    private void list(Phrase phrase) {
        StringBuilder shown = new StringBuilder();
        long next = 0;
        if (phrase.takes("dead of")) {
            partition.whileDeadPassAfter(phrase.word(), 0, task -> {
                add(shown, task.taskId());
                return true;
            });
        } else {
            phrase.takes("tasks");
            String queue = phrase.takes("of") ? phrase.word() : "";
            String type = phrase.takes("type") ? phrase.word() : "";
            int mask = phrase.takes("in")
                    ? TaskState.valueOf(phrase.word().toUpperCase(Locale.ROOT)).mask()
                    : 0;
            long after = after(phrase);
            int[] left = {limit(phrase)};
            next = partition.list(new TaskFilter(after, mask, queue, type), Integer.MAX_VALUE, task -> {
                add(shown, task.taskId());
                return --left[0] > 0;
            });
        }
        phrase.end();
        transcript.say(shown.length() == 0 ? "none" : shown.toString());
        if (next != 0) {
            transcript.say("go on after " + cast.name(next));
        }
    }

    private long after(Phrase phrase) {
        return phrase.takes("after") ? cast.taskId(phrase.word()) : 0;
    }

    private static int limit(Phrase phrase) {
        return phrase.takes("up to") ? phrase.number() : 100;
    }

    private void add(StringBuilder shown, long taskId) {
        shown.append(shown.length() == 0 ? "" : ", ").append(cast.name(taskId));
    }
}
