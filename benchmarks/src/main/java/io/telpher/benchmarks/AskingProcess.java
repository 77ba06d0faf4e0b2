package io.telpher.benchmarks;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.task.Get;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * The one that waits for its answers while others exceed: a process of its own, so that it stands still with the broker only, and not in the
 * collections of those who make the load. It asks for one task every few milliseconds; each line on its stdin ends a
 * {@linkplain #interval measurement}.
 */
final class AskingProcess implements AutoCloseable {
    private static final int EVERY_MS = 2;
    private static final double NANOS_A_MS = 1e6;
    private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
    private static final int MEDIAN = 50;
    private static final int P99 = 99;

    private static final Recorder GETS = new Recorder(3);
    private static final AtomicReference<Longest> LONGEST = new AtomicReference<>(Longest.NONE);

    private final Process process;
    private final PrintWriter questions;
    private final BufferedReader answers;

    private AskingProcess(Process process) {
        this.process = process;
        questions = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
        answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** @param task that is asked for */
    static AskingProcess start(String url, long task) throws IOException {
        Process started = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms64m",
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AskingProcess.class.getName(),
                        url,
                        String.valueOf(task)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        // Also when this process is interrupted.
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "end-asker"));
        return new AskingProcess(started);
    }

    /** What it saw since the last one, as text. */
    String interval() throws IOException {
        questions.println();
        String seen = answers.readLine();
        if (seen == null) {
            throw new IOException("the one that asks was let down by the broker; what it says is above");
        }
        return seen;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Of one measurement. */
    private record Longest(long nanos, LocalTime sent) {
        static final Longest NONE = new Longest(0, LocalTime.MIN);
    }

    public static void main(String[] args) throws IOException {
        Thread asking = new Thread(() -> ask(args[0], Long.parseLong(args[1])), "asks");
        asking.setUncaughtExceptionHandler((thread, failure) -> {
            failure.printStackTrace();
            System.exit(1);
        });
        asking.start();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (lines.readLine() != null) {
            Histogram seen = GETS.getIntervalHistogram();
            Longest longest = LONGEST.getAndSet(Longest.NONE);
            System.out.printf(
                    "%,6d GETs: p50 %.2f p99 %.2f longest %.1f ms, sent at %s%n",
                    seen.getTotalCount(),
                    seen.getValueAtPercentile(MEDIAN) / NANOS_A_MS,
                    seen.getValueAtPercentile(P99) / NANOS_A_MS,
                    longest.nanos / NANOS_A_MS,
                    CLOCK.format(longest.sent));
        }
        System.exit(0);
    }

    private static void ask(String url, long task) {
        try (FrameSocket asker = new FrameSocket(url, "asks")) {
            FrameWriter get = Get.write(new FrameWriter(), 1, task, false);
            while (true) {
                LocalTime sent = LocalTime.now(ZoneId.systemDefault());
                long start = System.nanoTime();
                ByteBuffer answer = asker.call(get);
                long took = System.nanoTime() - start;
                GETS.recordValue(took);
                LONGEST.accumulateAndGet(new Longest(took, sent), (a, b) -> b.nanos > a.nanos ? b : a);
                if (MessageType.known(Frame.typeCode(answer, 0)) != MessageType.TASK) {
                    throw new IOException("no " + MessageType.TASK);
                }
                TimeUnit.MILLISECONDS.sleep(EVERY_MS);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("asking for task " + task, e);
        }
    }
}
