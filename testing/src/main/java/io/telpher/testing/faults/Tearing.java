package io.telpher.testing.faults;

import java.util.Random;

/**
 * What becomes of the writes to one file that no sync covered. A disk writes whole sectors, in any order; which of them it wrote is chosen here, by
 * way of the shapes that real crashes have.
 */
final class Tearing {
    private static final int SECTOR_BYTES = 512;
    private static final int PAGE_BYTES = 4096;

    /** Where a run of writes is cut off, or which of its pieces stay. */
    enum Shape {
        NOTHING,
        EVERYTHING,
        BEGINNING,
        END,
        SECTORS,
        PAGES
    }

    private final Random random;
    private final Shape shape;
    private final long cutAt;
    private final double kept;
    private final boolean sizes;
    private long seen;

    /** @param pendingBytes of all the writes that {@link #keeps} will be asked about */
    Tearing(Random random, Shape shape, long pendingBytes) {
        this.random = random;
        this.shape = shape;
        this.cutAt = pendingBytes == 0 ? 0 : random.nextLong(pendingBytes + 1);
        this.kept = new double[] {0.1, 0.5, 0.9}[random.nextInt(3)];
        this.sizes = random.nextBoolean();
    }

    static Shape anyShape(Random random) {
        return Shape.values()[random.nextInt(Shape.values().length)];
    }

    /** The pieces that a write falls into, each kept or not as a whole. */
    int pieceBytes(long offset) {
        int size = shape == Shape.PAGES ? PAGE_BYTES : SECTOR_BYTES;
        return (int) (size - offset % size);
    }

    /** Of the next piece of this length; pieces are asked about in the order written. */
    boolean keeps(int length) {
        long before = seen;
        seen += length;
        return switch (shape) {
            case NOTHING -> false;
            case EVERYTHING -> true;
            case BEGINNING -> seen <= cutAt;
            case END -> before >= cutAt;
            case SECTORS, PAGES -> random.nextDouble() < kept;
        };
    }

    /** Of a change of the file's size, which is written apart from its contents. */
    boolean keepsSize() {
        return switch (shape) {
            case NOTHING -> false;
            case EVERYTHING -> true;
            case BEGINNING -> seen < cutAt;
            case END -> seen >= cutAt;
            case SECTORS, PAGES -> sizes;
        };
    }
}
