package io.telpher.broker.cli;

import io.telpher.broker.Broker;
import io.telpher.broker.cli.bench.BenchCommand;
import io.telpher.broker.cli.connect.ContextCommand;
import io.telpher.broker.cli.disk.BackupCommand;
import io.telpher.broker.cli.disk.ClusterCommand;
import io.telpher.broker.cli.disk.JournalCommand;
import io.telpher.broker.cli.disk.NodeApi;
import io.telpher.broker.cli.dlq.DeadLetterCommand;
import io.telpher.broker.cli.launch.BrokerCommand;
import io.telpher.broker.cli.launch.ConfigCommand;
import io.telpher.broker.cli.launch.DoctorCommand;
import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.cli.task.ExportCommand;
import io.telpher.broker.cli.task.ImportCommand;
import io.telpher.broker.cli.task.SearchCommand;
import io.telpher.broker.cli.task.SubmitCommand;
import io.telpher.broker.cli.task.TaskCommand;
import io.telpher.broker.cli.task.WorkCommand;
import io.telpher.broker.cli.task.WorkerCommand;
import io.telpher.broker.cli.top.TopCommand;
import io.telpher.broker.config.ConfigException;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.memory.HeapTooSmallException;
import io.telpher.broker.net.StartException;
import io.telpher.broker.security.UnusableException;
import io.telpher.client.ConnectionException;
import io.telpher.client.TelpherException;
import java.util.Arrays;
import java.util.concurrent.CompletionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of the jar. Exit codes: see {@link Exit}. */
@Command(
        name = "tq",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = "Telpher: a durable task queue.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the broker refused; its code is on stderr",
            "2:wrong usage or configuration",
            "3:no broker answers",
            "4:the journal is in use or damaged",
            "5:the broker can't start here: its directory, disk or address has to be put right first",
            "6:the broker can't start now: a port is in use",
            "70:an error of Telpher's own",
            "71:a thread hung while the broker stopped; what was confirmed is durable"
        },
        subcommands = {
            BrokerCommand.class,
            DemoCommand.class,
            SubmitCommand.class,
            WorkCommand.class,
            TaskCommand.class,
            SearchCommand.class,
            QueueCommand.class,
            DeadLetterCommand.class,
            WorkerCommand.class,
            SnapshotCommand.class,
            ClusterCommand.class,
            BackupCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            DoctorCommand.class,
            JournalCommand.class,
            StatsCommand.class,
            TopCommand.class,
            ConfigCommand.class,
            TokenCommand.class,
            AuditCommand.class,
            ErrorsCommand.class,
            ContextCommand.class,
            BenchCommand.class,
            CompletionCommand.class,
            ManCommand.class
        })
public final class Main {
    static final String BROKER = "broker";

    /** Of {@link java.util.concurrent.ForkJoinPool}, read once. */
    static final String POOL_THREADS = "java.util.concurrent.ForkJoinPool.common.parallelism";

    /** More than that repeat each other. */
    private static final int CAUSES_MAX = 5;

    private static final int POOL_THREADS_MIN = 2;
    private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

    private Main() {}

    public static void main(String[] arguments) {
        if (arguments.length > 0 && arguments[0].equals(BROKER)) {
            poolFutures();
            // Without the other commands, whose classes would cost a start half a second.
            CommandLine broker = commandLine(new BrokerCommand()).setCommandName("tq " + BROKER);
            System.exit(broker.execute(Arrays.copyOfRange(arguments, 1, arguments.length)));
        }
        if (System.getProperty(LOG_FORMAT) == null) {
            System.setProperty(LOG_FORMAT, "%4$s %5$s%6$s%n"); // what the client logs, in one line each
        }
        System.exit(commandLine().execute(arguments));
    }

    /** Java's own number, but at least two: with one, each step of a future would be given a thread of its own, in a cluster several for each batch. */
    static void poolFutures() {
        if (System.getProperty(POOL_THREADS) == null) {
            int threads = Math.max(POOL_THREADS_MIN, Runtime.getRuntime().availableProcessors() - 1);
            System.setProperty(POOL_THREADS, String.valueOf(threads));
        }
    }

    public static CommandLine commandLine() {
        return commandLine(new Main());
    }

    public static CommandLine commandLine(Object command) {
        return new CommandLine(command).setExecutionExceptionHandler((thrown, failed, parsed) -> {
            Exception failure = cause(thrown);
            failed.getErr().println(message(failure));
            return exitCode(failure);
        });
    }

    /** The cause, without the wrappers of futures. */
    private static Exception cause(Exception thrown) {
        return thrown instanceof CompletionException && thrown.getCause() instanceof Exception cause ? cause : thrown;
    }

    private static String message(Exception failure) {
        boolean isOurs = failure instanceof TelpherException
                || failure instanceof JournalException
                || failure instanceof ConfigException
                || failure instanceof UnusableException
                || failure instanceof HeapTooSmallException
                || failure instanceof StartException
                || failure instanceof NodeApi.Unanswered
                || failure instanceof IllegalArgumentException;
        return isOurs ? String.valueOf(failure.getMessage()) : "TQ-9001 " + withCauses(failure);
    }

    private static String withCauses(Throwable failure) {
        StringBuilder text = new StringBuilder(failure.toString());
        Throwable cause = failure.getCause();
        for (int i = 0; cause != null && i < CAUSES_MAX; i++) {
            text.append("; caused by ").append(cause);
            cause = cause.getCause();
        }
        return text.toString();
    }

    private static int exitCode(Exception failure) {
        if (failure instanceof ConnectionException) {
            return Exit.NO_BROKER;
        }
        if (failure instanceof TelpherException) {
            return Exit.REFUSED;
        }
        if (failure instanceof NodeApi.Unanswered unanswered) {
            return unanswered.exit;
        }
        if (failure instanceof JournalException) {
            return Exit.JOURNAL;
        }
        if (failure instanceof StartException start) {
            return start.cure() == StartException.Cure.BY_WAITING ? Exit.PORT : Exit.PLACE;
        }
        boolean isUsage = failure instanceof IllegalArgumentException
                || failure instanceof ConfigException
                || failure instanceof HeapTooSmallException
                || failure instanceof UnusableException;
        return isUsage ? Exit.USAGE : Exit.INTERNAL;
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"Telpher " + Broker.VERSION};
        }
    }
}
