package io.telpher.broker.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** A file of an image: what a power cut may have left of it. */
record ImageFile(int number, long run, byte[] bytes) implements JournalBytes {
    @Override
    public Path path() {
        return Path.of("image", Long.toString(run), Integer.toString(number));
    }

    @Override
    public long length() {
        return bytes.length;
    }

    @Override
    public ByteBuffer map() {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
