package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.machine.CpuTimes;
import io.telpher.benchmarks.machine.ProcessTree;
import io.telpher.benchmarks.report.Figure;
import io.telpher.benchmarks.report.Figures;
import java.io.IOException;

/** What a server, this process and the machine spend between two moments. */
final class Meter {
    private static final double MS = 1e3;
    private static final double THOUSAND = 1e3;
    private static final double NANOS = 1e9;

    private final ProcessTree server;
    private final long startNanos;
    private final double serverCpu;
    private final double clientCpu;
    private final CpuTimes machine;
    private final double written;

    private Meter(ProcessTree server) throws IOException {
        this.server = server;
        serverCpu = server.cpuSeconds();
        clientCpu = ProcessTree.ownCpuSeconds();
        machine = CpuTimes.now();
        written = server.writtenBytes();
        startNanos = System.nanoTime();
    }

    static Meter start(ProcessTree server) throws IOException {
        return new Meter(server);
    }

    /** @param tasks that were done since the start */
    void end(long tasks, Figures figures) throws IOException {
        double seconds = (System.nanoTime() - startNanos) / NANOS;
        double serverSpent = server.cpuSeconds() - serverCpu;
        double clientSpent = ProcessTree.ownCpuSeconds() - clientCpu;
        CpuTimes now = CpuTimes.now();
        figures.put(Figure.SECONDS, seconds);
        figures.put(Figure.TASKS, (double) tasks);
        figures.put(Figure.RATE, tasks / seconds);
        if (tasks > 0) {
            figures.put(Figure.SERVER_CPU_MS, serverSpent * MS * THOUSAND / tasks);
            figures.put(Figure.CLIENT_CPU_MS, clientSpent * MS * THOUSAND / tasks);
            figures.put(Figure.WRITTEN_BYTES, (server.writtenBytes() - written) / tasks);
        }
        figures.put(Figure.SERVER_CORES, serverSpent / seconds);
        figures.put(Figure.RSS_MIB, server.rssBytes() / (1 << 20));
        figures.put(Figure.STEAL_CORES, (now.stolen() - machine.stolen()) / seconds);
        figures.put(
                Figure.OTHERS_CORES, Math.max(0, now.busy() - machine.busy() - serverSpent - clientSpent) / seconds);
    }
}
