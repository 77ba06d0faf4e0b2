package io.telpher.broker.memory;

/** What a data directory holds does not fit into this process's heap. Nothing was changed. */
public final class HeapTooSmallException extends RuntimeException {
    private static final long serialVersionUID = 1;

    HeapTooSmallException(long heapMib, long wantedMib, long percent) {
        super("TQ-3054 the tasks in the data directory don't fit into a heap of " + heapMib + " MiB: it was full with "
                + percent + "% read; nothing was changed. Start with -Xmx" + wantedMib + "m or more (JAVA_OPTS=-Xmx"
                + wantedMib + "m)");
    }
}
