package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.Delivery;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system of its own that fills up. It is mounted in a namespace of its own, which goes with the process that holds it. */
class DiskFullTest {
    private static final int PAYLOAD_BYTES = 1 << 20;

    @TempDir
    Path directory;

    private Process holder;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        holder = new ProcessBuilder(
                        "unshare",
                        "-m",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o size=460m tmpfs \"$0\" && head -c 90M /dev/zero > \"$0/ballast\" && echo mounted && exec cat",
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        String line = holder.inputReader().readLine();
        if (!"mounted".equals(line)) {
            System.out.println("SKIPPED: DiskFullTest needs root, to mount a small file system: " + line);
            Assumptions.abort("no file system could be mounted: " + line);
        }
    }

    @AfterEach
    void unmount() throws InterruptedException {
        holder.destroyForcibly().waitFor();
    }

    private List<String> inside() {
        return List.of("nsenter", "-t", String.valueOf(holder.pid()), "-m", "--");
    }

    private void free() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(inside());
        command.addAll(List.of("rm", directory.resolve("ballast").toString()));
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    }

    private static byte[] payload(int seed) {
        byte[] payload = new byte[PAYLOAD_BYTES];
        new Random(seed).nextBytes(payload);
        return payload;
    }

    private final List<Long> accepted = new ArrayList<>();

    private void submit(Telpher telpher) {
        byte[] payload = payload(accepted.size());
        accepted.add(telpher.submit(TaskSpec.type("t").queue("disk").payload(payload))
                .taskId());
    }

    @Test
    void shouldRefuseSubmitsAckOnAndResumeByItself() throws Exception {
        BrokerProcess broker = BrokerProcess.start(directory, 0, inside());
        try (Telpher telpher = Telpher.connect(broker.url())) {
            submit(telpher);
            TelpherException refused = assertThrows(TelpherException.class, () -> {
                for (int i = 0; i < 400; i++) {
                    submit(telpher);
                }
            });
            assertEquals(ErrorCode.DISK_FULL, refused.code());
            assertTrue(refused.retryAfterMs() > 0);
            RawWorker worker = new RawWorker(telpher);
            Delivery delivery = worker.reserve("disk", 1, 0);
            assertTrue(delivery.next());
            worker.ack(delivery.taskId(), delivery.leaseId());
            free();
            Overload.await("submits are taken again", () -> {
                try {
                    submit(telpher);
                    return true;
                } catch (TelpherException e) {
                    return e.code() != ErrorCode.DISK_FULL;
                }
            });
            requireAll(telpher);
        } finally {
            broker.kill();
        }
        try (BrokerProcess again = BrokerProcess.start(directory, 0, inside());
                Telpher telpher = Telpher.connect(again.url())) {
            requireAll(telpher);
        }
    }

    private void requireAll(Telpher telpher) {
        assertEquals(TaskState.COMPLETED, telpher.get(accepted.get(0)).state);
        for (int i = 1; i < accepted.size(); i++) {
            byte[] kept = telpher.getAsync(accepted.get(i), true).join().payload;
            assertTrue(Arrays.equals(payload(i), kept), "payload of task " + i);
        }
    }
}
