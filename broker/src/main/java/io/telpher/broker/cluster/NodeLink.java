package io.telpher.broker.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cluster.forward.ForwardedCall;
import io.telpher.broker.cluster.forward.Forwards;
import io.telpher.broker.cluster.keeping.RaftFolders;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.ConnectivityState;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.netty.GrpcSslContexts;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What nodes say to each other beside Raft, on the same port and under the same certificates; and who is meant by what they say. Raft's library takes whatever comes to its
 * address: a directory that was replaced, or one that is only to become a member, would answer for the member that is expected there, and votes and confirmations would be
 * counted that its disk knows nothing of. So a message that names another member is refused here.
 */
final class NodeLink implements GrpcServices.Customizer, ServerInterceptor {
    private static final String SERVICE = "telpher.NodeLink";
    private static final long ANSWER_SECONDS_MAX = 60;
    /** What a leader has in memory as an answer is not refused here. */
    private static final int ANSWER_BYTES_MAX = 256 << 20;

    private static final long FOUNDER_SECONDS_MAX = 2;
    private static final long REPORT_MS_MAX = 900;
    private static final byte[] NO_QUESTION = {'{', '}'};
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Logger LOG = LoggerFactory.getLogger(NodeLink.class);

    private static final MethodDescriptor<byte[], byte[]> FILES = method("Files");
    private static final MethodDescriptor<byte[], byte[]> PIECE = method("Piece");
    private static final MethodDescriptor<byte[], byte[]> JOIN = method("Join");
    private static final MethodDescriptor<byte[], byte[]> FOUNDER = method("Founder");
    private static final MethodDescriptor<byte[], byte[]> REPORT = method("Report");
    /** See {@link Forwards}. */
    private static final MethodDescriptor<byte[], byte[]> FORWARD =
            method("Forward", MethodDescriptor.MethodType.BIDI_STREAMING);

    private static final MethodDescriptor<byte[], byte[]> TERM = method("Term");
    private static final long NO_TERM = -1;

    /** What a node answers, on threads that may wait. */
    interface Host {
        /** @return {@link Bundle} as JSON */
        byte[] files(String ticket) throws IOException, InterruptedException, RefusedException;

        /** @return empty when the file is gone, or ends before; see {@link Bundle#piece} */
        byte[] piece(String ticket, String path, long offset) throws IOException, RefusedException;

        /** Begins to make this one a member; to be asked again until it is. */
        void join(String member, String address, String replaces) throws IOException, RefusedException;

        /** What this founder knows of another one, or is to note of it: {@link Founders#answer}. */
        JsonNode founder(JsonNode asks) throws IOException, RefusedException;

        /** The last term that this member knows of; it has not voted in a later one. */
        long term() throws IOException;

        /** A message for another member came here. */
        void misdirected(String member);

        /** What this node says of itself: {@link NodeReports#write}. */
        byte[] report() throws IOException;

        /** Null when nothing is taken yet. */
        ForwardedCall.@Nullable Target forwardsTo();
    }

    /** Held, since the level would go with it; below it that library tells each start what the machine can do. */
    private static final java.util.logging.Logger LIBRARY =
            java.util.logging.Logger.getLogger("org.apache.ratis.thirdparty.io.grpc");

    static {
        LIBRARY.setLevel(java.util.logging.Level.WARNING);
    }

    private final String member;
    private final Host host;
    private final RaftFolders folders;

    /** @param member that this process is */
    NodeLink(String member, Host host, RaftFolders folders) {
        this.member = member;
        this.host = host;
        this.folders = folders;
    }

    private static MethodDescriptor<byte[], byte[]> method(String name) {
        return method(name, MethodDescriptor.MethodType.UNARY);
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
                .setRequestMarshaller(Bytes.MARSHALLER)
                .setResponseMarshaller(Bytes.MARSHALLER)
                .build();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        static final Bytes MARSHALLER = new Bytes();

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    // ---- the side that is asked

    @Override
    public NettyServerBuilder customize(NettyServerBuilder builder, EnumSet<GrpcServices.Type> types) {
        return builder.addService(ServerServiceDefinition.builder(SERVICE)
                        .addMethod(FILES, answering(ask -> host.files(text(ask, "ticket"))))
                        .addMethod(
                                PIECE,
                                answering(ask -> host.piece(
                                        text(ask, "ticket"),
                                        text(ask, "path"),
                                        ask.path("offset").asLong())))
                        .addMethod(JOIN, answering(ask -> {
                            host.join(text(ask, "member"), text(ask, "address"), text(ask, "replaces"));
                            return new byte[0];
                        }))
                        .addMethod(FOUNDER, answering(ask -> JSON.writeValueAsBytes(host.founder(ask))))
                        .addMethod(REPORT, answering(ask -> host.report()))
                        .addMethod(
                                FORWARD,
                                ServerCalls.asyncBidiStreamingCall(
                                        replies -> Forwards.take(host.forwardsTo(), replies)))
                        .addMethod(TERM, answering(ask -> term(text(ask, "member"))))
                        .build())
                .intercept(this);
    }

    private byte[] term(String wanted) throws IOException, RefusedException {
        if (!wanted.equals(member)) {
            host.misdirected(wanted);
            throw new RefusedException("this is member " + member + ", not " + wanted);
        }
        return JSON.writeValueAsBytes(JSON.createObjectNode().put("term", host.term()));
    }

    private static String text(JsonNode ask, String field) {
        return ask.path(field).asText();
    }

    @FunctionalInterface
    private interface Answering {
        byte[] answer(JsonNode ask) throws IOException, InterruptedException, RefusedException;
    }

    private static ServerCallHandler<byte[], byte[]> answering(Answering answering) {
        return ServerCalls.asyncUnaryCall((request, replies) -> answer(answering, request, replies));
    }

    private static void answer(Answering answering, byte[] request, StreamObserver<byte[]> replies) {
        try {
            replies.onNext(answering.answer(JSON.readTree(request)));
            replies.onCompleted();
        } catch (RefusedException e) {
            replies.onError(
                    Status.FAILED_PRECONDITION.withDescription(e.getMessage()).asRuntimeException());
        } catch (IOException e) {
            replies.onError(Status.UNAVAILABLE.withDescription(e.toString()).asRuntimeException());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            replies.onError(Status.UNAVAILABLE.withDescription("the node stops").asRuntimeException());
        }
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        return new SimpleForwardingServerCallListener<>(next.startCall(promising(call), headers)) {
            private boolean isRefused;

            @Override
            public void onMessage(Q message) {
                RaftRpcRequestProto addressed = addressed(message);
                ByteString wanted = addressed == null ? ByteString.EMPTY : addressed.getReplyId();
                if (isRefused || wanted.isEmpty() || wanted.toStringUtf8().equals(member)) {
                    if (!isRefused) {
                        super.onMessage(message);
                    }
                    return;
                }
                isRefused = true;
                host.misdirected(wanted.toStringUtf8());
                call.close(
                        Status.PERMISSION_DENIED.withDescription(
                                "this is member " + member + ", not " + wanted.toStringUtf8()),
                        new Metadata());
            }

            @Override
            public void onHalfClose() {
                if (!isRefused) {
                    super.onHalfClose();
                }
            }
        };
    }

    /** A vote goes out only when it is there for good. */
    private <Q, R> ServerCall<Q, R> promising(ServerCall<Q, R> call) {
        return new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendMessage(R message) {
                if (message instanceof RequestVoteReplyProto) {
                    try {
                        folders.force();
                    } catch (IOException e) {
                        throw new UncheckedIOException("a vote can't be kept, so none is given", e);
                    }
                }
                super.sendMessage(message);
            }
        };
    }

    /** Whom one of Raft's own messages is meant for; null when it is none of these. */
    private static @Nullable RaftRpcRequestProto addressed(Object message) {
        if (message instanceof AppendEntriesRequestProto entries) {
            return entries.getServerRequest();
        }
        if (message instanceof RequestVoteRequestProto vote) {
            return vote.getServerRequest();
        }
        if (message instanceof InstallSnapshotRequestProto snapshot) {
            return snapshot.getServerRequest();
        }
        if (message instanceof StartLeaderElectionRequestProto election) {
            return election.getServerRequest();
        }
        return message instanceof ReadIndexRequestProto read ? read.getServerRequest() : null;
    }

    // ---- the side that asks

    /** A connection to one node. Any thread. */
    static final class Connection implements AutoCloseable {
        private final ManagedChannel channel;

        /** @param address of its node link */
        Connection(ClusterSettings settings, String address) throws IOException {
            NettyChannelBuilder builder = NettyChannelBuilder.forTarget(address);
            ClusterSettings.Tls tls = settings.tls();
            if (tls == null) {
                builder.usePlaintext();
            } else {
                builder.sslContext(GrpcSslContexts.forClient()
                        .trustManager(tls.authorities().toFile())
                        .keyManager(tls.certificate().toFile(), tls.key().toFile())
                        .build());
            }
            channel = builder.maxInboundMessageSize(ANSWER_BYTES_MAX).build();
        }

        /** See {@link Founders}. */
        JsonNode founder(JsonNode asks) throws IOException, RefusedException {
            return JSON.readTree(ask(FOUNDER, asks, FOUNDER_SECONDS_MAX));
        }

        byte[] files(String ticket) throws IOException, RefusedException {
            return ask(FILES, JSON.createObjectNode().put("ticket", ticket));
        }

        byte[] piece(String ticket, String path, long offset) throws IOException, RefusedException {
            return ask(
                    PIECE,
                    JSON.createObjectNode()
                            .put("ticket", ticket)
                            .put("path", path)
                            .put("offset", offset));
        }

        void join(String member, String address, String replaces) throws IOException, RefusedException {
            ask(
                    JOIN,
                    JSON.createObjectNode()
                            .put("member", member)
                            .put("address", address)
                            .put("replaces", replaces));
        }

        /**
         * Asks what the node says of itself.
         *
         * @param answered told what it says; one that does not answer says nothing
         * @param silent told when it does not answer
         */
        void report(Consumer<byte[]> answered, Runnable silent) {
            connectNow();
            ClientCalls.asyncUnaryCall(
                    channel.newCall(
                            REPORT, CallOptions.DEFAULT.withDeadlineAfter(REPORT_MS_MAX, TimeUnit.MILLISECONDS)),
                    NO_QUESTION,
                    new StreamObserver<>() {
                        @Override
                        public void onNext(byte[] answer) {
                            answered.accept(answer);
                        }

                        @Override
                        public void onError(Throwable cause) {
                            LOG.debug("the node at {} says nothing of itself", channel.authority(), cause);
                            silent.run();
                        }

                        @Override
                        public void onCompleted() {
                            // It has said it.
                        }
                    });
        }

        /** @param said told once, on any thread: in which term that member is; negative = it does not say so within the patience */
        void term(String member, Duration patience, LongConsumer said) throws IOException {
            CallOptions options = CallOptions.DEFAULT
                    .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
                    .withExecutor(Runnable::run);
            ClientCalls.asyncUnaryCall(
                    channel.newCall(TERM, options),
                    JSON.writeValueAsBytes(JSON.createObjectNode().put("member", member)),
                    new StreamObserver<>() {
                        private long term = NO_TERM;

                        @Override
                        public void onNext(byte[] answer) {
                            try {
                                term = JSON.readTree(answer).path("term").asLong(NO_TERM);
                            } catch (IOException e) {
                                term = NO_TERM; // as one that does not answer
                            }
                        }

                        @Override
                        public void onError(Throwable e) {
                            said.accept(NO_TERM);
                        }

                        @Override
                        public void onCompleted() {
                            said.accept(term);
                        }
                    });
        }

        /** Hands a request to the node at the other end, if that leads. */
        ForwardedCall forward(byte[] request, ForwardedCall.Ending ending) {
            connectNow();
            return Forwards.hand(channel.newCall(FORWARD, CallOptions.DEFAULT), request, ending);
        }

        /** After each failure the library rests, at last for two minutes, and what is asked meanwhile fails at once; the other may be back. */
        private void connectNow() {
            if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
                channel.resetConnectBackoff();
            }
        }

        private byte[] ask(MethodDescriptor<byte[], byte[]> method, JsonNode request)
                throws IOException, RefusedException {
            return ask(method, request, ANSWER_SECONDS_MAX);
        }

        private byte[] ask(MethodDescriptor<byte[], byte[]> method, JsonNode request, long secondsMax)
                throws IOException, RefusedException {
            try {
                return ClientCalls.blockingUnaryCall(
                        channel,
                        method,
                        CallOptions.DEFAULT.withDeadlineAfter(secondsMax, TimeUnit.SECONDS),
                        JSON.writeValueAsBytes(request));
            } catch (StatusRuntimeException e) {
                String said = e.getStatus().getDescription();
                if (e.getStatus().getCode() == Status.Code.FAILED_PRECONDITION) {
                    throw new RefusedException(said == null ? e.toString() : said);
                }
                throw new UnreachableException(
                        "the node link at " + channel.authority() + " does not answer: " + e.getMessage(), e);
            }
        }

        @Override
        public void close() {
            channel.shutdownNow();
        }
    }
}
