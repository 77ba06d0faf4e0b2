package io.telpher.broker.core;

import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Progress;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.record.Disconnect;
import io.telpher.protocol.record.PayloadUnreadable;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;

/** What producers and workers do in scripts. */
final class ScriptVerbs {
    private final ScriptStage stage;
    private final Cast cast;
    private final Partition partition;
    private final Transcript transcript;
    private final OperatorVerbs operator;
    private int requestId;

    ScriptVerbs(ScriptStage stage, Cast cast, Partition partition, Transcript transcript) {
        this.stage = stage;
        this.cast = cast;
        this.partition = partition;
        this.transcript = transcript;
        this.operator = new OperatorVerbs(stage, cast, partition, transcript);
    }

    void play(String actor, String verb, Phrase phrase) {
        switch (verb) {
            case "submits" -> submit(actor, phrase);
            case "reserves" -> reserve(actor, phrase);
            case "completes" -> complete(actor, phrase);
            case "fails" -> fail(actor, phrase);
            case "releases" -> release(actor, phrase);
            case "extends" -> extend(actor, phrase);
            case "reports" -> report(actor, phrase);
            case "cancels" -> send(actor, Cancel.write(new FrameWriter(), ++requestId, cast.taskId(phrase.word())));
            case "disconnects" -> disconnect(actor, phrase);
            case "reconnects" -> cast.reconnect(actor);
            case "loses" -> loseOldConnection(actor, phrase);
            case "misses" -> miss(actor, phrase);
            case "sees" -> see(phrase);
            case "passes" -> phrase.end();
            default -> operator.play(actor, verb, phrase);
        }
    }

    /** {@code up to n}: so many of its leases end, and more records about the same connection follow. */
    private void disconnect(String actor, Phrase phrase) {
        int leasesMax = phrase.takes("up to") ? phrase.number() : 0;
        long session = leasesMax > 0 ? cast.session(actor) : cast.disconnect(actor);
        stage.apply(session, Disconnect.write(new FrameWriter(), 0, leasesMax));
    }

    private void loseOldConnection(String actor, Phrase phrase) {
        phrase.takes("the old connection");
        stage.apply(cast.disconnect(actor + " old"), Disconnect.write(new FrameWriter(), 0));
    }

    private void send(String actor, FrameWriter frame) {
        stage.apply(cast.session(actor), frame);
    }

    private void submit(String actor, Phrase phrase) {
        if (!phrase.takes("all:")) {
            send(actor, Submit.write(new FrameWriter(), ++requestId, SubmitPhrase.read(cast, phrase)));
            return;
        }
        Nested nested = nested(phrase);
        send(actor, SubmitBatch.write(new FrameWriter(), ++requestId, nested.count, nested.frames));
    }

    private record Nested(int count, ByteBuffer frames) {}

    /** {@code a on mail; b on sms}: the rest of the line. */
    private Nested nested(Phrase phrase) {
        FrameWriter frames = new FrameWriter();
        StringBuilder one = new StringBuilder();
        int count = 0;
        while (!phrase.isEnd()) {
            String word = phrase.word();
            boolean last = word.endsWith(";") || phrase.isEnd();
            one.append(word.replace(";", "")).append(' ');
            if (last) {
                TaskSpec spec = SubmitPhrase.read(cast, new Phrase(one.toString()));
                Submit.write(frames, 0, spec);
                one.setLength(0);
                count++;
            }
        }
        return new Nested(count, frames.written());
    }

    private void reserve(String actor, Phrase phrase) {
        int max = phrase.takes("up to") ? phrase.number() : 1;
        phrase.takes("from");
        List<String> queues = phrase.names();
        int waitMs = phrase.takes("wait") ? (int) phrase.ms() : 0;
        int leaseMs = phrase.takes("lease") ? (int) phrase.ms() : 0;
        phrase.end();
        Reserve.Wants wants = new Reserve.Wants(max, waitMs, leaseMs, actor);
        send(actor, Reserve.write(new FrameWriter(), ++requestId, wants, queues));
    }

    private void complete(String actor, Phrase phrase) {
        String task = phrase.word();
        Nested nested = new Nested(0, ByteBuffer.allocate(0));
        if (phrase.takes("and submits")) {
            nested = nested(phrase);
        }
        phrase.end();
        Result result = Result.of("text/plain", new byte[] {'o', 'k'});
        send(
                actor,
                Ack.write(
                        new FrameWriter(),
                        ++requestId,
                        cast.taskId(task),
                        cast.lease(actor, task),
                        result,
                        nested.frames));
    }

    /** {@code misses the payload of a}: it can't be read for the delivery to this worker. */
    private void miss(String actor, Phrase phrase) {
        phrase.takes("the payload of");
        String task = phrase.word();
        phrase.end();
        String error = "payload unreadable: file 000000000001.cq4 offset 4096 (TQ-2006)";
        stage.apply(0, PayloadUnreadable.write(new FrameWriter(), cast.taskId(task), cast.lease(actor, task), error));
    }

    private void fail(String actor, Phrase phrase) {
        String task = phrase.word();
        boolean permanent = phrase.takes("permanently");
        long retryAfterMs = phrase.takes("retry after") ? phrase.ms() : TaskSpec.INHERIT;
        phrase.end();
        send(
                actor,
                Nack.write(
                        new FrameWriter(),
                        ++requestId,
                        cast.taskId(task),
                        cast.lease(actor, task),
                        retryAfterMs,
                        permanent,
                        "it broke"));
    }

    private void release(String actor, Phrase phrase) {
        String task = phrase.word();
        phrase.end();
        send(actor, Release.write(new FrameWriter(), ++requestId, cast.taskId(task), cast.lease(actor, task)));
    }

    private void extend(String actor, Phrase phrase) {
        String task = phrase.word();
        int leaseMs = phrase.takes("to") ? (int) phrase.ms() : 0;
        boolean notStarted = phrase.takes("without a start");
        phrase.end();
        long lease = cast.lease(actor, task);
        send(actor, Extend.write(new FrameWriter(), ++requestId, cast.taskId(task), lease, leaseMs, notStarted));
    }

    private void report(String actor, Phrase phrase) {
        String task = phrase.word();
        int percent = phrase.number();
        String note = phrase.isEnd() ? "" : phrase.word();
        send(
                actor,
                Progress.write(
                        new FrameWriter(), ++requestId, cast.taskId(task), cast.lease(actor, task), percent, note));
    }

    private void see(Phrase phrase) {
        if (phrase.takes("queue")) {
            seeQueue(phrase.word());
            return;
        }
        String name = phrase.word();
        TaskCursor task = partition.find(cast.taskId(name));
        if (task == null) {
            transcript.say(name + (partition.wasPurged(cast.taskId(name)) ? " is purged" : " is not there"));
            return;
        }
        transcript.say(name + " is " + transcript.describe(task) + "; attempts " + task.attempts() + ", crashes "
                + task.crashes() + ", replays " + task.replays() + ", last outcome "
                + task.lastOutcome().name().toLowerCase(Locale.ROOT));
    }

    private void seeQueue(String name) {
        QueueCursor queue = partition.findQueue(name);
        transcript.say(queue == null ? "there is no queue " + name : transcript.describe(queue));
    }
}
