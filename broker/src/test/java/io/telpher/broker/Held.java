package io.telpher.broker;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** What holds whatever comes in: no error of the broker's own in the log, memory in proportion to the input, and none kept. */
public final class Held extends AppenderBase<ILoggingEvent> {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final long bytesMax;
    private final long bytesPerInputByte;
    private final List<String> errors = new ArrayList<>();

    /**
     * @param bytesMax what is needed for nothing at all, a broker for example
     * @param bytesPerInputByte beyond that
     */
    public Held(long bytesMax, long bytesPerInputByte) {
        this.bytesMax = bytesMax;
        this.bytesPerInputByte = bytesPerInputByte;
        Logger root = (Logger) org.slf4j.LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        setContext(root.getLoggerContext());
        start();
        root.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
            errors.add(event.getFormattedMessage() + "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }
    }

    /** What taking an input in cost. */
    private record Cost(long allocatedBytes, long keptBytes) {}

    /** Takes an input in on this thread; once more when that cost too much, since the first time may have loaded classes. */
    public void during(int inputBytes, Runnable work) {
        long allowedBytes = bytesMax + bytesPerInputByte * inputBytes;
        Cost cost = cost(work);
        if (cost.keptBytes() != 0 || cost.allocatedBytes() > allowedBytes) {
            cost = cost(work);
        }
        if (cost.allocatedBytes() > allowedBytes) {
            throw new AssertionError("an input of " + inputBytes + " bytes made it allocate " + cost.allocatedBytes());
        }
        if (cost.keptBytes() != 0) {
            throw new AssertionError(cost.keptBytes() + " bytes of buffers were not released");
        }
    }

    private Cost cost(Runnable work) {
        errors.clear();
        long buffersBefore = bufferBytes();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (!errors.isEmpty()) {
            throw new AssertionError(errors.get(0));
        }
        return new Cost(allocated, bufferBytes() - buffersBefore);
    }

    /** Exact where the allocator pools nothing, which is for the command line to say; else 0, and the leak check is all there is. */
    private static long bufferBytes() {
        if (!(ByteBufAllocator.DEFAULT instanceof UnpooledByteBufAllocator)) {
            return 0;
        }
        ByteBufAllocatorMetric metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
        return metric.usedDirectMemory() + metric.usedHeapMemory();
    }
}
