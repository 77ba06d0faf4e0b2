package io.telpher.broker.sim;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.task.Submit;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** What a submit says, whatever its request id and whenever it runs or expires: two with the same key are the same when this is. */
final class ContentHash {
    /** run_at_ms, expires_at_ms and expires_in_ms in the block. */
    private static final int[] TIMES = {16, 24, 64};

    private ContentHash() {}

    static long of(Submit submit) {
        Submit copy = new Submit()
                .wrap(submit.buffer().duplicate().order(java.nio.ByteOrder.LITTLE_ENDIAN), submit.frameOffset());
        byte[] frame = new byte[copy.frameBytes()];
        copy.buffer().get(copy.frameOffset(), frame);
        Arrays.fill(frame, 0, Frame.HEADER_BYTES, (byte) 0);
        for (int field : TIMES) {
            Arrays.fill(frame, Frame.HEADER_BYTES + field, Frame.HEADER_BYTES + field + Long.BYTES, (byte) 0);
        }
        CRC32C crc = new CRC32C();
        crc.update(frame);
        return crc.getValue();
    }
}
