package io.telpher.benchmarks.rivals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * For clients whose calls wait for the answer: a thread sends as one batch what was submitted while the batch before was under way. So it is fast under load, and alone a submit goes
 * at once.
 */
final class BatchingSubmitter implements Driver.Submitter {
    private static final int BATCH_MAX = 256;
    private static final int LOOK_MS = 100;
    private static final int CLOSE_MS = 5_000;

    /** Sends a batch and returns when the server has confirmed all of it. */
    interface Batch {
        void send(List<byte[]> payloads) throws Exception;
    }

    private record Item(byte[] payload, CompletableFuture<Void> confirm) {}

    private final LinkedBlockingQueue<Item> items = new LinkedBlockingQueue<>();
    private final Batch batch;
    private final AutoCloseable connection;
    private final Thread thread = new Thread(this::loop, "submitter");
    private volatile boolean stopping;

    BatchingSubmitter(Batch batch, AutoCloseable connection) {
        this.batch = batch;
        this.connection = connection;
        thread.setDaemon(true);
        thread.start();
    }

    private void loop() {
        List<Item> taken = new ArrayList<>(BATCH_MAX);
        while (!stopping) {
            taken.clear();
            try {
                Item first = items.poll(LOOK_MS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    taken.add(first);
                    items.drainTo(taken, BATCH_MAX - 1);
                    batch.send(taken.stream().map(Item::payload).toList());
                    taken.forEach(item -> item.confirm.complete(null));
                }
            } catch (Exception e) {
                taken.forEach(item -> item.confirm.completeExceptionally(e));
                if (e instanceof InterruptedException) {
                    return;
                }
            }
        }
    }

    @Override
    public CompletableFuture<?> submit(byte[] payload) {
        Item item = new Item(payload, new CompletableFuture<>());
        items.add(item);
        return item.confirm;
    }

    @Override
    public void close() throws Exception {
        stopping = true;
        thread.join(CLOSE_MS);
        connection.close();
    }
}
