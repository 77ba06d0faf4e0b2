package io.telpher.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Keeps what Netty finds to have leaked. Netty makes one by the system property {@code io.netty.customResourceLeakDetector}. */
public final class LeakDetector<T> extends ResourceLeakDetector<T> {
    private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

    /** Called by Netty, which finds this constructor by its parameters. */
    public LeakDetector(Class<?> resourceType, int samplingInterval) {
        super(resourceType, samplingInterval);
    }

    /** As above, in the words of older versions of Netty: it complains when this one is missing. */
    @Deprecated
    public LeakDetector(Class<?> resourceType, int samplingInterval, long unused) {
        super(resourceType, samplingInterval);
    }

    @Override
    protected boolean needReport() {
        return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
        LEAKS.add(resourceType + " was not released" + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
        LEAKS.add(resourceType + " was not released; where is not known");
    }

    /** What was collected without having been released, each told once. */
    static List<String> findLeaks() throws InterruptedException {
        collectGarbage();
        // Netty looks at what was collected when it tracks the next buffer.
        for (int i = 0; i < 2; i++) {
            ByteBuf next = PooledByteBufAllocator.DEFAULT.directBuffer(1);
            next.release();
        }
        List<String> found = new ArrayList<>();
        for (String leak = LEAKS.poll(); leak != null; leak = LEAKS.poll()) {
            found.add(leak);
        }
        return found;
    }

    /** Returns when a collection has taken what was unreachable at the call. */
    private static void collectGarbage() throws InterruptedException {
        ReferenceQueue<Object> collected = new ReferenceQueue<>();
        WeakReference<Object> witness = new WeakReference<>(new Object(), collected);
        do {
            System.gc();
        } while (collected.remove(100) != witness);
    }
}
