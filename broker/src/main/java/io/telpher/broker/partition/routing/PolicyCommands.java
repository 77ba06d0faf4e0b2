package io.telpher.broker.partition.routing;

import io.netty.buffer.Unpooled;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.session.OwnSession;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.session.ErrorReply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Queue policies of a reloaded configuration on their way to one partition, and what it says of each: one PUT_QUEUE a queue, whose request id is the
 * queue's place. {@link #send} on any thread, once; the answers come on the partition's.
 */
public final class PolicyCommands extends OwnSession {
    private final FrameWriter frames = new FrameWriter();
    private final List<String> queues = new ArrayList<>();
    private final Map<String, String> refused = new TreeMap<>();
    private final CompletableFuture<Map<String, String>> complete = new CompletableFuture<>();
    private final PartitionAgent agent;
    private int answers;

    public PolicyCommands(PartitionAgent agent) {
        super(SubQuery.nextId());
        this.agent = agent;
    }

    /** For commands without a reply, ahead of the policies. */
    public FrameWriter frames() {
        return frames;
    }

    public void put(String queue, QueuePolicyFields policy) {
        PutQueue.write(frames, queues.size(), queue, policy);
        queues.add(queue);
    }

    /** @return by queue why it was refused, once each is answered; never completes when the partition can't go on */
    public CompletableFuture<Map<String, String>> send() {
        agent.receive(this, Unpooled.wrappedBuffer(frames.toBytes()));
        if (queues.isEmpty()) {
            finish();
        }
        return complete;
    }

    @Override
    protected void answered(ByteBuffer replies) {
        for (int at = 0; at < replies.limit(); at += (int) Frame.bytes(replies, at)) {
            if (Frame.typeCode(replies, at) == MessageType.ERROR.code()) {
                refused.put(
                        queues.get(Frame.requestId(replies, at)),
                        new ErrorReply().wrap(replies, at).message());
            }
            answers++;
        }
        if (answers == queues.size()) {
            finish();
        }
    }

    /** Behind what was sent, the partition forgets this session. */
    private void finish() {
        agent.closed(this);
        complete.complete(refused);
    }
}
