package io.telpher.broker.sim;

import io.telpher.protocol.Frame;
import io.telpher.protocol.Submit;
import java.util.zip.CRC32C;

/** What a submit says, whatever its request id: two with the same key are the same when this is. */
final class ContentHash {
    private ContentHash() {}

    static long of(Submit submit) {
        CRC32C crc = new CRC32C();
        int begin = submit.frameOffset();
        crc.update(
                submit.buffer().duplicate().limit(begin + submit.frameBytes()).position(begin + Frame.HEADER_BYTES));
        return crc.getValue();
    }
}
