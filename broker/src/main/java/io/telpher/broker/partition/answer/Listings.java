package io.telpher.broker.partition.answer;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.TaskFilter;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.partition.deadletter.DeadLetterGroups;
import io.telpher.broker.partition.deadletter.DeadLetterScan;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.query.Scan;
import io.telpher.broker.partition.query.ScanBudget;
import io.telpher.broker.partition.query.SearchMatch;
import io.telpher.broker.partition.query.TaskListPage;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.SearchQuery;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.deadletter.DlqGroups;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.ListQueues;
import io.telpher.protocol.queue.QueueList;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Search;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.Tasks;
import java.util.ArrayList;
import java.util.List;

/**
 * Pages of tasks, of dead letters and of queues, and counts of dead letters: each looks at as many as it takes, piece by piece ({@link Scans}). A page that found little
 * after {@link #PIECES_MAX} pieces is answered as it is, with where to go on.
 */
final class Listings {
    /** About half a second of the partition's thread, in turns with others. */
    private static final int PIECES_MAX = 500;

    /** Rows between two looks at the budget. */
    private static final int ROWS_A_LOOK = 64;

    /** Read for a page between two looks at the budget, about. */
    private static final int BYTES_A_LOOK = 64 << 10;

    private final Partition partition;
    private final TaskReader reader;
    private final Replies replies;

    Listings(Partition partition, TaskReader reader, Replies replies) {
        this.partition = partition;
        this.reader = reader;
        this.replies = replies;
    }

    /** LIST. */
    Scan tasks(Session asker, ListTasks asked) {
        return new TaskScan(asker, asked);
    }

    /** SEARCH. */
    Scan search(Session asker, Search asked) {
        return new SearchScan(asker, asked);
    }

    /** DLQ_LIST. */
    Scan dead(Session asker, DlqList asked) {
        return new DeadScan(asker, asked);
    }

    /** DLQ_GROUPS. */
    Scan groups(Session asker, DlqGroups asked) {
        DeadLetterScan scan = DeadLetterScan.of(partition, reader, asked.filter(), 0, 0);
        DeadLetterGroups groups = new DeadLetterGroups(reader, asked.byType());
        return budget -> {
            scan.step(budget, task -> budget.spend(groups.add(task)));
            if (scan.isDone()) {
                replies.send(asker, groups.write(replies.begin(), asked.requestId(), asked.limit()));
            }
            return scan.isDone();
        };
    }

    /** LIST_QUEUES. */
    Scan queues(Session asker, ListQueues asked) {
        return new QueueScan(asker, asked);
    }

    private void send(Session asker, int requestId, TaskListPage page, long nextAfter, long nextPlace) {
        send(asker, requestId, page, nextAfter, nextPlace, 0);
    }

    private void send(Session asker, int requestId, TaskListPage page, long nextAfter, long nextPlace, long looked) {
        FrameWriter out = replies.begin();
        Tasks.begin(out, requestId, nextAfter, nextPlace, page.tasks().size(), looked);
        for (TaskView task : page.tasks()) {
            Task.write(out, 0, task);
        }
        replies.send(asker, out.endVar().end());
    }

    private final class TaskScan implements Scan {
        private final Session asker;
        private final int requestId;
        private final TaskListPage page;
        private TaskFilter filter;
        private int pieces;

        TaskScan(Session asker, ListTasks asked) {
            this.asker = asker;
            this.requestId = asked.requestId();
            this.filter = TaskFilter.of(asked);
            this.page = new TaskListPage(reader, false, asked.limit());
        }

        @Override
        public boolean step(ScanBudget budget) {
            pieces++;
            long next;
            long before;
            do {
                before = page.bytes();
                next = look(before + BYTES_A_LOOK);
                filter = filter.after(next);
            } while (next != 0 && !page.isFull() && budget.spend(ROWS_A_LOOK, page.bytes() - before));
            boolean isOver = next == 0 || page.isFull() || pieces == PIECES_MAX;
            if (isOver) {
                send(asker, requestId, page, page.isCut() ? page.last().taskId : next, 0);
            }
            return isOver;
        }

        private long look(long bytesMax) {
            return partition.list(filter, ROWS_A_LOOK, task -> page.add(task) && page.bytes() < bytesMax);
        }
    }

    /** Of all tasks, whatever state and queue; those of queues that the asker may not see are passed over. */
    private final class SearchScan implements Scan {
        private final Session asker;
        private final int requestId;
        private final SearchMatch match;
        private final TaskListPage page;
        private TaskFilter filter;
        private long looked;
        private int pieces;

        SearchScan(Session asker, Search asked) {
            this.asker = asker;
            this.requestId = asked.requestId();
            this.match = new SearchMatch(reader, SearchQuery.parse(asked.query()));
            this.filter = new TaskFilter(asked.afterTaskId(), 0, asked.queue(), "");
            this.page = new TaskListPage(reader, false, asked.limit());
        }

        @Override
        public boolean step(ScanBudget budget) {
            pieces++;
            long next;
            long before;
            do {
                before = read();
                next = look(before + BYTES_A_LOOK);
                filter = filter.after(next);
            } while (next != 0 && !page.isFull() && budget.spend(ROWS_A_LOOK, read() - before));
            boolean isOver = next == 0 || page.isFull() || pieces == PIECES_MAX;
            if (isOver) {
                send(asker, requestId, page, page.isCut() ? page.last().taskId : next, 0, looked);
            }
            return isOver;
        }

        private long look(long bytesMax) {
            return partition.list(filter, ROWS_A_LOOK, task -> {
                looked++;
                boolean isFound = asker.rights().allow(MessageType.SEARCH, task.queue()) && match.matches(task);
                return (!isFound || page.add(task)) && read() < bytesMax;
            });
        }

        private long read() {
            return match.bytesRead() + page.bytes();
        }
    }

    private final class DeadScan implements Scan {
        private final Session asker;
        private final int requestId;
        private final TaskListPage page;
        private final DeadLetterScan scan;
        /** Of the last one on the page. */
        private long lastPlace;

        private int pieces;

        DeadScan(Session asker, DlqList asked) {
            this.asker = asker;
            this.requestId = asked.requestId();
            DlqList.Page wanted = asked.page();
            this.page = new TaskListPage(reader, wanted.withPayload(), wanted.limit());
            this.scan = DeadLetterScan.of(partition, reader, asked.filter(), wanted.afterPlace(), wanted.afterTaskId());
        }

        @Override
        public boolean step(ScanBudget budget) {
            pieces++;
            scan.step(budget, task -> {
                long before = page.bytes();
                boolean goesOn = page.add(task);
                lastPlace = page.isCut() ? lastPlace : task.death();
                return budget.spend(page.bytes() - before) && goesOn;
            });
            boolean isOver = scan.isDone() || page.isFull() || pieces == PIECES_MAX;
            if (isOver && page.isCut()) {
                send(asker, requestId, page, page.last().taskId, lastPlace);
            } else if (isOver) {
                send(asker, requestId, page, scan.isDone() ? 0 : scan.lastId(), scan.isDone() ? 0 : scan.place());
            }
            return isOver;
        }
    }

    /** QueueList that the asker may not see are looked at, too. */
    private final class QueueScan implements Scan {
        private final Session asker;
        private final ListQueues asked;
        private final List<QueueCursor> shown = new ArrayList<>();
        private String after;
        private boolean isDone;

        QueueScan(Session asker, ListQueues asked) {
            this.asker = asker;
            this.asked = asked;
            this.after = asked.after();
        }

        @Override
        public boolean step(ScanBudget budget) {
            isDone = true;
            partition.queues(after, queue -> {
                after = queue.name();
                if (partition.placement().isHome(queue.name())
                        && asker.rights().allow(MessageType.LIST_QUEUES, queue.name())) {
                    shown.add(queue);
                }
                isDone = shown.size() == asked.limit();
                boolean goesOn = !isDone && budget.spend(0);
                isDone |= goesOn;
                return goesOn;
            });
            if (!isDone) {
                return false;
            }
            FrameWriter out = replies.begin();
            QueueList.begin(out, asked.requestId(), shown.size());
            shown.forEach(queue -> replies.write(out, 0, queue));
            replies.send(asker, out.endVar().end());
            return true;
        }
    }
}
