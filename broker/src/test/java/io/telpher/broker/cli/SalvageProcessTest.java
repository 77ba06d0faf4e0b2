package io.telpher.broker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskView;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As an operator lives through it: killed, damaged, refused, salvaged, started; all by the real commands. */
class SalvageProcessTest {
    private static final int TASKS = 200;

    @TempDir
    Path directory;

    private TqProcess broker(Path data) throws IOException {
        return TqProcess.start(
                directory, "broker", "--set=journal.dir=" + data, "--set=listen.port=0", "--set=http.port=0");
    }

    private static String url(TqProcess broker) throws IOException {
        return "tq://" + broker.line().replaceFirst("ready binary=(\\S+) .*", "$1");
    }

    private static String payload(int number) {
        return String.format("needle %04d", number);
    }

    private static void flip(Path data, String text) throws IOException {
        JournalText found = JournalText.find(data, text);
        try (RandomAccessFile bytes = new RandomAccessFile(found.file().toFile(), "rw")) {
            bytes.seek(found.at());
            bytes.write(text.charAt(0) ^ 1);
        }
    }

    @Test
    void shouldBringBackEveryIntactConfirmedSubmitOfADamagedBroker() throws Exception {
        Path data = directory.resolve("data");
        Map<Integer, Long> confirmed = new HashMap<>();
        try (TqProcess broker = broker(data);
                Telpher telpher = Telpher.connect(url(broker))) {
            for (int i = 0; i < TASKS; i++) {
                TaskSpec task = TaskSpec.type("mail").queue("mail").payload(payload(i));
                confirmed.put(i, telpher.submit(task).taskId());
            }
        }
        flip(data, payload(50));
        flip(data, payload(120));

        TqProcess.Ended refused = TqProcess.run(
                directory, "broker", "--set=journal.dir=" + data, "--set=listen.port=0", "--set=http.port=0");
        assertEquals(4, refused.exit(), refused.errors());
        assertTrue(refused.errors().contains("tq journal salvage"), refused.errors());
        assertEquals(
                4,
                TqProcess.run(directory, "journal", "verify", data.toString()).exit());

        Path saved = directory.resolve("saved");
        TqProcess.Ended salvage =
                TqProcess.run(directory, "journal", "salvage", data.toString(), saved.toString(), "-o", "json");
        assertEquals(0, salvage.exit(), salvage.errors());
        assertTrue(salvage.out().contains("\"outcome\" : \"kept\""), salvage.out());
        assertTrue(salvage.errors().contains("missing from record"), salvage.errors());
        assertEquals(
                0,
                TqProcess.run(directory, "journal", "verify", saved.toString()).exit());
        assertEquals(
                4,
                TqProcess.run(directory, "journal", "salvage", data.toString(), saved.toString())
                        .exit(),
                "what is there is not written over");

        try (TqProcess broker = broker(saved);
                Telpher telpher = Telpher.connect(url(broker))) {
            Map<String, Long> found = new HashMap<>();
            for (TaskView task :
                    telpher.operations().list(0, 1000, 0, "mail", "").tasks()) {
                byte[] payload = telpher.getAsync(task.taskId, true).join().payload;
                found.put(new String(payload, StandardCharsets.UTF_8), task.taskId);
            }
            confirmed.forEach((number, id) -> {
                if (number < 50) {
                    assertEquals(id, found.get(payload(number)), "before the damage ids stay");
                } else if (number != 50 && number != 120) {
                    assertNotNull(found.get(payload(number)), payload(number));
                }
            });
            assertEquals(TASKS - 2, found.size());
        }
    }
}
