package io.telpher.broker.cli.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.client.Operations.ConnectedWorker;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.BrokerStats.Field;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.queue.QueueView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What {@code tq top} draws at a given size, and what its keys do. */
class TopViewTest {
    private final List<QueueView> queues = new ArrayList<>();
    private final List<ConnectedWorker> workers = new ArrayList<>();
    private final long[] stats = new long[Field.values().length];
    private final TopView view = new TopView("tq://127.0.0.1:8357", TopColumn.ready, "");

    TopViewTest() {
        stats[Field.DISK_FREE_BYTES.ordinal()] = 100L << 30;
        stats[Field.SYNC_P99_MICROS.ordinal()] = 800;
        stats[Field.UPTIME_MS.ordinal()] = TimeUnit.HOURS.toMillis(3);
    }

    private QueueView queue(String name, long ready, long submitted, long completed) {
        QueueView queue = new QueueView();
        queue.name = name;
        queue.ready[1] = ready;
        queue.submitted = submitted;
        queue.completed = completed;
        queues.add(queue);
        return queue;
    }

    private TopReading reading() {
        BrokerStats told = new BrokerStats()
                .wrap(BrokerStats.write(new FrameWriter(), 0, stats).written(), 0);
        return TopReading.of(told, List.copyOf(queues), workers, null, 0);
    }

    private List<String> lines(int width, int height) {
        return lines(reading(), width, height);
    }

    private List<String> lines(TopReading reading, int width, int height) {
        return view.lines(reading, null, width, height).stream()
                .map(line -> line.toString().stripTrailing())
                .toList();
    }

    private static int row(List<String> lines, String start) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith(start)) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void shouldShowTheBrokerItsQueuesAndItsWorkers() {
        queue("mail", 1_234, 0, 0).oldestReadyAgeMs = 200_000;
        queues.get(0).active = 7;
        workers.add(new ConnectedWorker(
                1, "mailer-1", "java", "10.0.0.7:50123", "", "", List.of(), System.currentTimeMillis(), 7, 2, false));
        List<String> lines = lines(200, 20);
        assertEquals(20, lines.size());
        assertEquals(
                "Telpher tq://127.0.0.1:8357   up 3 h 0 min   sync p99 0.8 ms   disk 100 GiB free   journal 0 B   connections 0",
                lines.get(0));
        assertEquals("! mail is behind: a task has been ready for 3 min 20 s", lines.get(2));
        String mail = lines.get(row(lines, "mail"));
        assertTrue(mail.matches("mail +1,234 +0 +0 +7 +0 +0 +0 +3 min 20 s +0"), mail);
        String worker = lines.get(row(lines, "mailer-1"));
        assertTrue(worker.matches("mailer-1 +java +10.0.0.7:50123 +7 +2 +\\d+ ms"), worker);
        assertTrue(lines.get(19).startsWith("q quit"), lines.get(19));
    }

    @Test
    void shouldReckonRatesFromTwoReadings() {
        queue("mail", 1, 100, 50);
        TopReading first = reading();
        queues.clear();
        queue("mail", 1, 130, 55);
        queue("new", 1, 4, 0);
        TopReading second =
                TopReading.of(first.stats(), List.copyOf(queues), workers, first, TimeUnit.SECONDS.toNanos(2));
        assertEquals(15, second.queues().get(0).in());
        assertEquals(2.5, second.queues().get(0).out());
        assertEquals(2, second.queues().get(1).in());
        assertEquals(17, second.in());
    }

    @Test
    void shouldSortByTheColumnThatTheArrowsChoose() {
        queue("a", 1, 0, 0);
        queue("b", 5, 0, 0);
        queue("c", 3, 0, 0).dead = 9;
        assertEquals(List.of("b", "c", "a"), names());
        view.pressed("r");
        assertEquals(List.of("a", "c", "b"), names());
        view.pressed("Left");
        assertEquals(List.of("a", "b", "c"), names());
        for (int i = 0; i < 5; i++) {
            view.pressed("Right");
        }
        assertEquals("c", names().get(0));
    }

    private List<String> names() {
        return lines(150, 30).stream()
                .filter(line -> line.matches("[abc] .*"))
                .map(line -> line.substring(0, 1))
                .toList();
    }

    @Test
    void shouldFilterWhileTyping() {
        queue("mail", 0, 0, 0);
        queue("sms", 0, 0, 0);
        for (String key : List.of("/", "M", "a", "q", "Backspace")) {
            view.pressed(key);
        }
        List<String> lines = lines(150, 20);
        assertTrue(lines.get(19).startsWith("filter: Ma"), lines.get(19));
        assertTrue(row(lines, "mail") > 0 && row(lines, "sms") < 0, lines::toString);
        assertFalse(view.isOver(), "a q of the filter is no command");
        view.pressed("Enter");
        assertTrue(lines(150, 20).get(19).contains("filter \"Ma\": 1 of 2 queues"), () -> lines(150, 20)
                .get(19));
        view.pressed("Escape");
        assertTrue(row(lines(150, 20), "sms") > 0);
        view.pressed("q");
        assertTrue(view.isOver());
    }

    @Test
    void shouldFitEverySize() {
        for (int i = 0; i < 40; i++) {
            queue("queue-" + i, 1, 0, 0).paused = true;
            workers.add(new ConnectedWorker(i, "w" + i, "c", "a", "", "", List.of(), 0, 0, 0, false));
        }
        for (int height = 1; height < 60; height++) {
            for (int width : new int[] {1, 20, 80, 300}) {
                List<String> lines = lines(width, height);
                assertEquals(height, lines.size());
                int columns = width;
                assertTrue(lines.stream().allMatch(line -> line.length() <= columns), lines::toString);
            }
        }
    }

    @Test
    void shouldScrollAsFarAsThereAreQueues() {
        for (int i = 10; i < 50; i++) {
            queue("queue-" + i, 0, 0, 0);
        }
        assertTrue(row(lines(100, 20), "queue-10") > 0);
        view.pressed("PageDown");
        List<String> second = lines(100, 20);
        assertTrue(row(second, "queue-10") < 0 && row(second, "queue-23") > 0, second::toString);
        view.pressed("End");
        assertTrue(row(lines(100, 20), "queue-49") > 0);
        view.pressed("Up");
        assertTrue(row(lines(100, 20), "queue-49") < 0);
        view.pressed("Home");
        assertTrue(row(lines(100, 20), "queue-10") > 0);
    }

    @Test
    void shouldNotLetANameSteerTheTerminal() {
        workers.add(
                new ConnectedWorker(1, "evil\u001b]0;x\u0007\u009b2J\n", "c", "a", "", "", List.of(), 0, 0, 0, false));
        String drawn = String.join("", lines(100, 20));
        assertTrue(drawn.chars().noneMatch(Character::isISOControl), drawn);
        assertTrue(drawn.contains("evil"), drawn);
    }

    @Test
    void shouldSayWhatIsWrongTheWorstFirst() {
        queue("idle", 3, 0, 0).oldestReadyAgeMs = 6_000;
        queue("stopped", 900, 0, 0).paused = true;
        stats[Field.DISK_FREE_BYTES.ordinal()] = 100L << 20;
        stats[Field.SYNC_P99_MICROS.ordinal()] = 300_000;
        stats[Field.DEAD.ordinal()] = 1;
        assertEquals(
                List.of(
                        "disk: only 100 MiB are free; new tasks are refused, acks still work",
                        "idle has no workers: 3 tasks ready, the oldest for 6 s",
                        "journal: 1 % of syncs took 300 ms or more; each confirmation waits for one",
                        "stopped is paused with 900 tasks ready",
                        "dead letters: 1 task waits for a decision, see tq dlq groups"),
                TopProblem.of(reading()).stream().map(TopProblem::text).toList());
    }
}
