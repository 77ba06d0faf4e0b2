package io.telpher.broker.cli.launch;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import io.telpher.broker.config.LogSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/** The broker's log on stderr, as the configuration wants it. */
final class Logs {
    private static final Path STDERR = Path.of("/proc/self/fd/2");
    private static final String TEXT = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0} %msg%n";
    private static final String APPENDER = "STDERR";

    private Logs() {}

    /** Replaces what logback.xml or an earlier call set up; what is logged meanwhile comes out either way. */
    static void apply(LogSettings settings) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        EncoderBase<ILoggingEvent> encoder = isJson(settings.format()) ? new JsonLines() : text();
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> fresh = new ConsoleAppender<>();
        fresh.setName(APPENDER);
        fresh.setTarget("System.err");
        fresh.setContext(context);
        fresh.setEncoder(encoder);
        fresh.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.valueOf(settings.level().name()));
        // It tells a page for each election, and of a node that is away several lines a second; what matters of it
        // has lines of the broker's own.
        context.getLogger("org.apache.ratis").setLevel(Level.ERROR);
        root.detachAppender(APPENDER);
        root.addAppender(fresh);
    }

    private static PatternLayoutEncoder text() {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setPattern(TEXT);
        return encoder;
    }

    private static boolean isJson(LogSettings.Format format) {
        return switch (format) {
            case TEXT -> false;
            case JSON -> true;
            case AUTO -> !isTerminal();
        };
    }

    /** Java itself tells only of stdin and stdout together. */
    @SuppressWarnings(
            "SystemConsoleNull") // newer Javas always have a console: text is right for people, and this is no Linux
    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(STDERR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            // No Linux: a console is taken for a terminal.
            return System.console() != null;
        }
    }
}
