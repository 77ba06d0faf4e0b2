package io.telpher.broker.journal;

import java.util.Random;

/** Which unsynced sectors get to the platter when the power goes. One per crash; asked in the order of the file. */
public final class Tear {
    /** What is torn and how. */
    public enum Kind {
        /** Nothing that was not synced is there. */
        LOST,
        /** All of it is there. */
        KEPT,
        /** Each page of 4 KiB for itself. */
        PAGES,
        /** Each sector of 512 bytes for itself. */
        SECTORS,
        /** All up to some sector, nothing behind it. */
        PREFIX,
        /** Nothing up to some sector, all behind it: the disk's own order. */
        SUFFIX,
        /** All but one sector in a few. */
        HOLES
    }

    private static final int HOLE_ONE_IN = 12;

    private final Kind kind;
    private final int percent;
    private int asked;
    private int lastPage = -1;
    private boolean lastPageKept;

    public Tear(Kind kind, int percent) {
        this.kind = kind;
        this.percent = percent;
    }

    /** A new file is looked at. */
    void begin() {
        asked = 0;
        lastPage = -1;
    }

    boolean keeps(int sector, int page, Random random) {
        asked++;
        return switch (kind) {
            case LOST -> false;
            case KEPT -> true;
            case SECTORS -> random.nextInt(100) < percent;
            case PAGES -> keepsPage(page, random);
            case PREFIX -> asked <= percent;
            case SUFFIX -> asked > percent;
            case HOLES -> random.nextInt(HOLE_ONE_IN) > 0;
        };
    }

    private boolean keepsPage(int page, Random random) {
        if (page != lastPage) {
            lastPage = page;
            lastPageKept = random.nextInt(100) < percent;
        }
        return lastPageKept;
    }

    @Override
    public String toString() {
        return kind + " " + percent;
    }
}
