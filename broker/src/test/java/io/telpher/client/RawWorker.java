package io.telpher.client;

import io.telpher.protocol.Result;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Reserve;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** Reserve and ack one by one, so that a test knows which ack was answered. */
public final class RawWorker {
    private final Telpher telpher;

    public RawWorker(Telpher telpher) {
        this.telpher = telpher;
    }

    /** Sends any request, once. */
    public CompletableFuture<ByteBuffer> ask(IntFunction<FrameWriter> request) {
        return telpher.ask(request, false);
    }

    /** @throws TelpherException when refused or cut off */
    public Delivery reserve(String queue, int max, int waitMs) {
        return reserve(List.of(queue), max, waitMs);
    }

    /** @throws TelpherException when refused or cut off */
    public Delivery reserve(List<String> queues, int max, int waitMs) {
        Reserve.Wants wants = new Reserve.Wants(max, waitMs, 0, "raw");
        ByteBuffer frame = telpher.await(ask(id -> Reserve.write(new FrameWriter(), id, wants, queues)));
        return new Deliveries().wrap(frame, 0).first();
    }

    /** @throws TelpherException when refused or cut off */
    public void ack(long taskId, long leaseId) {
        ByteBuffer none = ByteBuffer.allocate(0);
        telpher.await(ask(id -> Ack.write(new FrameWriter(), id, taskId, leaseId, Result.NONE, none)));
    }

    /** @throws TelpherException when refused or cut off */
    public void nack(long taskId, long leaseId, String error) {
        telpher.await(telpher.ask(id -> Nack.write(new FrameWriter(), id, taskId, leaseId, 0, true, error), false));
    }
}
