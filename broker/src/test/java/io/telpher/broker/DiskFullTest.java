package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.RawWorker;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.lease.Delivery;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system of its own that fills up. It is mounted in a namespace of its own, which goes with the process that holds it. */
class DiskFullTest {
    private static final int PAYLOAD_BYTES = 1 << 20;
    private static final int NO_ROOM_FOR_A_SNAPSHOT = 100;
    private static final int LEFT_UNDONE = 20;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

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

    /** Runs it where the file system is, and returns what it prints. */
    private String inside(String script) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(inside());
        command.addAll(List.of("sh", "-ec", script, directory.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), script);
        return printed;
    }

    private void free() throws IOException, InterruptedException {
        inside("rm \"$0/ballast\"");
    }

    /** Somebody else takes all but so much of the disk. */
    private void leave(int mebibytes) throws IOException, InterruptedException {
        inside("free=$(df --output=avail -k \"$0\" | tail -1); head -c $((free - " + mebibytes
                + " * 1024))K /dev/zero > \"$0/filler\"");
    }

    private String httpPort() throws IOException, InterruptedException {
        Matcher port = Pattern.compile("\"http\":(\\d+)").matcher(inside("cat \"$0/ports.json\""));
        assertTrue(port.find());
        return port.group(1);
    }

    private static String readiness(String port) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz?verbose"))
                .build();
        return HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .join()
                .body();
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

    private void fill(Telpher telpher) {
        TelpherException refused = assertThrows(TelpherException.class, () -> {
            for (int i = 0; i < 400; i++) {
                submit(telpher);
            }
        });
        assertEquals(ErrorCode.DISK_FULL, refused.code());
        assertTrue(refused.retryAfterMs() > 0);
    }

    private void awaitSubmits(Telpher telpher) throws InterruptedException {
        Overload.await("submits are taken again", () -> {
            try {
                submit(telpher);
                return true;
            } catch (TelpherException e) {
                return e.code() != ErrorCode.DISK_FULL;
            }
        });
    }

    @Test
    void shouldRefuseSubmitsAckOnAndResumeByItself() throws Exception {
        BrokerProcess broker = BrokerProcess.start(directory, 0, inside());
        try (Telpher telpher = Telpher.connect(broker.url())) {
            fill(telpher);
            ackFirst(telpher);
            free();
            awaitSubmits(telpher);
            requireAll(telpher);
        } finally {
            broker.kill();
        }
        try (BrokerProcess again = BrokerProcess.start(directory, 0, inside());
                Telpher telpher = Telpher.connect(again.url())) {
            requireAll(telpher);
        }
    }

    @Test
    void shouldPutSnapshotsOffUntilTheyFitAndThenGiveTheDiskBackByItself() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(directory, 0, inside());
                Telpher telpher = Telpher.connect(broker.url())) {
            String http = httpPort();
            fill(telpher);
            assertTrue(readiness(http).contains("new tasks are refused"), readiness(http));
            leave(NO_ROOM_FOR_A_SNAPSHOT);
            String snapshots = inside("find \"$0\" -name '*.snapshot*' | sort");
            ackFirst(telpher);
            TelpherException refused = assertThrows(
                    TelpherException.class, () -> telpher.operations().snapshot());
            assertEquals(ErrorCode.DISK_FULL, refused.code());
            assertTrue(readiness(http).contains("snapshots are put off"), readiness(http));
            assertEquals(snapshots, inside("find \"$0\" -name '*.snapshot*' | sort"));
            ackAllBut(telpher, LEFT_UNDONE);
            inside("rm \"$0/filler\"");
            awaitSubmits(telpher);
            Overload.await("nothing waits for space", () -> !readiness(http).contains("MiB free;"));
            requireDoneBut(telpher, LEFT_UNDONE);
            broker.kill();
        }
        inside("echo half > \"$0/snapshots/00000000000000ff.snapshot.unfinished\"");
        try (BrokerProcess again = BrokerProcess.start(directory, 0, inside());
                Telpher telpher = Telpher.connect(again.url())) {
            assertEquals("", inside("find \"$0/snapshots\" -name '*.unfinished'"));
            requireDoneBut(telpher, LEFT_UNDONE);
        }
    }

    private static void ackFirst(Telpher telpher) {
        RawWorker worker = new RawWorker(telpher);
        Delivery delivery = worker.reserve("disk", 1, 0);
        assertTrue(delivery.next());
        worker.ack(delivery.taskId(), delivery.leaseId());
    }

    /** One in so many stays, so that no file is empty and none may stay because of it. */
    private void ackAllBut(Telpher telpher, int everySoMany) {
        RawWorker worker = new RawWorker(telpher);
        for (int i = 1; i < accepted.size(); i++) {
            Delivery delivery = worker.reserve("disk", 1, 0);
            assertTrue(delivery.next());
            if (i % everySoMany != 1) {
                worker.ack(delivery.taskId(), delivery.leaseId());
            }
        }
    }

    private void requireDoneBut(Telpher telpher, int everySoMany) {
        for (int i = 0; i < accepted.size(); i++) {
            TaskView task = telpher.getAsync(accepted.get(i), true).join();
            if (i % everySoMany != 1 && !isLast(i)) {
                assertEquals(TaskState.COMPLETED, task.state);
            } else {
                assertTrue(Arrays.equals(payload(i), task.payload), "payload of task " + i);
            }
        }
    }

    /** Submitted when there was space again. */
    private boolean isLast(int i) {
        return i == accepted.size() - 1;
    }

    private void requireAll(Telpher telpher) {
        assertEquals(TaskState.COMPLETED, telpher.get(accepted.get(0)).state);
        for (int i = 1; i < accepted.size(); i++) {
            byte[] kept = telpher.getAsync(accepted.get(i), true).join().payload;
            assertTrue(Arrays.equals(payload(i), kept), "payload of task " + i);
        }
    }
}
