package io.telpher.broker.core.command.task;

import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The journal gives the CRC32C of a whole record; a SUBMIT nested in it is read alone later and needs its own. */
public final class NestedCrc {
    private final CRC32C crc = new CRC32C();

    public int of(Submit submit) {
        ByteBuffer frame = submit.buffer().duplicate();
        frame.limit(submit.frameOffset() + submit.frameBytes()).position(submit.frameOffset());
        crc.reset();
        crc.update(frame);
        return (int) crc.getValue();
    }
}
