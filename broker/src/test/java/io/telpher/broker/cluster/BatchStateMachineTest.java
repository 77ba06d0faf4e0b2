package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.UUID;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.server.raftlog.LogProtoUtils;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;

/** What Raft's library is told to write of our entries. */
class BatchStateMachineTest {
    private static final String PAYLOAD = "secret-" + UUID.randomUUID();

    @Test
    void shouldNotShowPayloadsInTheLog() {
        LogEntryProto entry = LogEntryProto.newBuilder()
                .setTerm(3)
                .setIndex(7)
                .setStateMachineLogEntry(
                        StateMachineLogEntryProto.newBuilder().setLogData(ByteString.copyFromUtf8(PAYLOAD)))
                .build();
        String told = LogProtoUtils.toLogEntryString(entry, BatchStateMachine::shown);
        assertFalse(told.contains(PAYLOAD), told);
        assertTrue(told.contains(PAYLOAD.length() + " bytes"), told);
    }
}
