package io.telpher.broker.cluster.forward;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.thirdparty.io.grpc.ClientCall;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientResponseObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * A request handed from node to node, as messages both ways. The one that leads says so first, with an empty message, or ends the call: until then the request was not sent, and
 * may be handed to another. Then: the request; an empty message if its caller says no more; back, the answer; at last the end, when the caller has the answer. A call that is
 * cancelled before that end was not delivered: tasks that were leased in the answer are given back.
 */
public final class Forwards {
    private static final byte[] NOTHING = {};

    private Forwards() {}

    // ---- the side that leads

    public static StreamObserver<byte[]> take(ForwardedCall.@Nullable Target target, StreamObserver<byte[]> replies) {
        Taken taken = new Taken(target, (ServerCallStreamObserver<byte[]>) replies);
        taken.begin();
        return taken;
    }

    private static final class Taken implements StreamObserver<byte[]>, ForwardedCall.Ending {
        private final ForwardedCall.@Nullable Target target;
        private final ServerCallStreamObserver<byte[]> replies;
        private final AtomicBoolean isOver = new AtomicBoolean();
        private volatile ForwardedCall call = ForwardedCall.OVER;
        private volatile boolean isTaken;

        Taken(ForwardedCall.@Nullable Target target, ServerCallStreamObserver<byte[]> replies) {
            this.target = target;
            this.replies = replies;
        }

        void begin() {
            replies.setOnCancelHandler(this::gone);
            if (target == null || !target.leads()) {
                end(Status.FAILED_PRECONDITION.withDescription("this node does not lead"));
            } else {
                replies.onNext(NOTHING);
            }
        }

        @Override
        public void onNext(byte[] message) {
            if (isTaken) {
                call.saidAll();
            } else if (target != null && !isOver.get()) {
                isTaken = true;
                call = target.take(message, this);
                if (isOver.get()) {
                    call.gone(); // cancelled meanwhile
                }
            }
        }

        @Override
        public void answered(byte[] answer) {
            if (!isOver.get()) {
                replies.onNext(answer);
            }
        }

        @Override
        public void unanswered(boolean isSent, String why) {
            end(Status.UNAVAILABLE.withDescription(why));
        }

        private void end(Status status) {
            if (isOver.compareAndSet(false, true)) {
                replies.onError(status.asRuntimeException());
            }
        }

        @Override
        public void onCompleted() {
            if (isOver.compareAndSet(false, true)) {
                call.delivered();
                replies.onCompleted();
            }
        }

        private void gone() {
            isOver.set(true);
            call.gone();
        }

        @Override
        public void onError(Throwable cause) {
            gone();
        }
    }

    // ---- the side that hands over

    public static ForwardedCall hand(ClientCall<byte[], byte[]> call, byte[] request, ForwardedCall.Ending ending) {
        Handed handed = new Handed(request, ending);
        ClientCalls.asyncBidiStreamingCall(call, handed);
        return handed;
    }

    private static final class Handed implements ClientResponseObserver<byte[], byte[]>, ForwardedCall {
        private final byte[] request;
        private final Ending ending;
        private @Nullable ClientCallStreamObserver<byte[]> sending;
        private boolean isSent;
        private boolean isOver;
        private boolean isEnded;
        private boolean hasSaidAll;

        Handed(byte[] request, Ending ending) {
            this.request = request;
            this.ending = ending;
        }

        @Override
        public synchronized void beforeStart(ClientCallStreamObserver<byte[]> stream) {
            sending = stream;
        }

        @Override
        public void onNext(byte[] message) {
            if (!send()) {
                answer(message);
            }
        }

        /** False when it was sent before. */
        private synchronized boolean send() {
            if (isSent || isOver || sending == null) {
                return isOver;
            }
            isSent = true;
            sending.onNext(request);
            if (hasSaidAll) {
                sending.onNext(NOTHING);
            }
            return true;
        }

        private void answer(byte[] message) {
            if (takeEnd()) {
                ending.answered(message);
            }
        }

        private synchronized boolean takeEnd() {
            boolean isFirst = !isOver;
            isOver = true;
            return isFirst;
        }

        @Override
        public void onError(Throwable cause) {
            if (takeEnd()) {
                ending.unanswered(
                        wasSent(), String.valueOf(Status.fromThrowable(cause).getDescription()));
            }
        }

        private synchronized boolean wasSent() {
            return isSent;
        }

        @Override
        public void onCompleted() {
            if (takeEnd()) {
                ending.unanswered(wasSent(), "the node that leads ended it without an answer");
            }
        }

        @Override
        public synchronized void saidAll() {
            hasSaidAll = true;
            if (isSent && !isOver && !isEnded && sending != null) {
                sending.onNext(NOTHING);
            }
        }

        @Override
        public synchronized void delivered() {
            if (sending != null && !isEnded) {
                isEnded = true;
                sending.onCompleted();
            }
        }

        @Override
        public synchronized void gone() {
            isOver = true;
            if (sending != null && !isEnded) {
                isEnded = true;
                sending.cancel("its caller is gone", null);
            }
        }
    }
}
