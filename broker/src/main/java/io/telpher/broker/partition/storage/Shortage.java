package io.telpher.broker.partition.storage;

/** Work that waits because too little space is left on the disk. */
public enum Shortage {
    TASKS("new tasks are refused"),
    SNAPSHOTS("snapshots are put off"),
    COPIES("compaction is put off");

    private final String text;

    Shortage(String text) {
        this.text = text;
    }

    /** For people. */
    public String text() {
        return text;
    }
}
