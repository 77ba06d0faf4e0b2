package io.telpher.broker.core;

import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Who and what a script's names stand for: actors are sessions, tasks are ids, and each actor remembers its leases. */
final class Cast {
    static final long START_MS = 1_700_000_000_000L;

    private final TestJournal journal;
    private final Map<String, Long> sessions = new HashMap<>();
    private final Map<Long, String> actors = new HashMap<>();
    private final Map<String, Long> taskIds = new HashMap<>();
    private final Map<Long, String> names = new HashMap<>();
    private final Map<String, Long> leases = new HashMap<>();
    private final Deque<String> announced = new ArrayDeque<>();
    private long connections;
    private long term = 1;

    Cast(TestJournal journal) {
        this.journal = journal;
    }

    /** The session of this actor, connected first if it is not. Names that begin with http are HTTP connections. */
    long session(String actor) {
        return sessions.computeIfAbsent(actor, name -> {
            long id = term << 32 | ++connections;
            id |= name.startsWith("http") ? Partition.HTTP_SESSION_BIT : 0;
            actors.put(id, name);
            return id;
        });
    }

    long disconnect(String actor) {
        long session = session(actor);
        sessions.remove(actor);
        return session;
    }

    /** The actor goes on over a new connection; the old one is still open. */
    void reconnect(String actor) {
        long old = session(actor);
        sessions.remove(actor);
        sessions.put(actor + " old", old);
    }

    long newTerm() {
        sessions.clear();
        return ++term;
    }

    String actor(long session) {
        return actors.getOrDefault(session, "session " + session);
    }

    /** The next task submitted gets this name. */
    void announce(String name) {
        announced.addLast(name);
    }

    void nothingCame() {
        announced.clear();
    }

    String submitted(long taskId, boolean duplicate) {
        String name = announced.removeFirst();
        taskIds.put(name, taskId);
        names.putIfAbsent(taskId, name);
        return duplicate ? name + " is a duplicate of " + names.get(taskId) : name;
    }

    String name(long taskId) {
        return names.getOrDefault(taskId, TaskId.format(taskId));
    }

    /** A name that was never submitted is an id of its own. */
    long taskId(String name) {
        Long id = taskIds.get(name);
        return id != null ? id : TaskId.parse(name);
    }

    void leased(long session, TaskCursor task) {
        checkFrame(task);
        leases.put(actor(session) + " " + name(task.taskId()), task.leaseId());
    }

    /** The last lease that this actor had of this task; one that nobody was given when it had none. */
    long lease(String actor, String task) {
        return leases.getOrDefault(actor + " " + name(taskId(task)), 999_999L);
    }

    /** The core must know where each task's own bytes lie. */
    void checkFrame(TaskCursor task) {
        byte[] frame = journal.frameAt(task.submitLocation());
        if (frame.length != task.submitBytes() || TestJournal.crc(frame, 0, frame.length) != task.submitCrc()) {
            throw new AssertionError(
                    "the SUBMIT frame of " + TaskId.format(task.taskId()) + " is not where the core says");
        }
    }

    String moment(long ms) {
        return time(ms - START_MS);
    }

    static String time(long ms) {
        if (ms != 0 && ms % 86_400_000 == 0) {
            return ms / 86_400_000 + "d";
        }
        if (ms != 0 && ms % 3_600_000 == 0) {
            return ms / 3_600_000 + "h";
        }
        if (ms != 0 && ms % 60_000 == 0) {
            return ms / 60_000 + "min";
        }
        return ms % 1000 == 0 ? ms / 1000 + "s" : ms < 1000 ? ms + "ms" : ms / 1000.0 + "s";
    }
}
