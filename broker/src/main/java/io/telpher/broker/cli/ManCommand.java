package io.telpher.broker.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes a manual page for each command, from what picocli knows of it; the packages have them. */
@Command(name = "man", hidden = true, mixinStandardHelpOptions = true, description = "Writes the manual pages.")
final class ManCommand implements Callable<Integer> {
    @Option(names = "--dir", required = true, paramLabel = "DIR", description = "Where to, made when it is not there.")
    private Path directory = Path.of("man");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(directory);
        write(spec.root());
        return 0;
    }

    private void write(CommandSpec command) throws IOException {
        Files.writeString(directory.resolve(name(command) + ".1"), page(command));
        for (CommandLine sub : command.subcommands().values()) {
            if (!sub.getCommandSpec().usageMessage().hidden()) {
                write(sub.getCommandSpec());
            }
        }
    }

    /** {@code tq-queue-list} */
    private static String name(CommandSpec command) {
        return command.qualifiedName("-");
    }

    /** In the language of man pages: a line with a dot in front is a command, a backslash and a minus have to be escaped. */
    static String page(CommandSpec command) {
        StringBuilder page = new StringBuilder();
        String what = text(command.usageMessage().description());
        page.append(".TH ").append(name(command).toUpperCase(Locale.ROOT)).append(" 1 \"\" Telpher\n.ad l\n");
        page.append(".SH NAME\n").append(escaped(name(command))).append(" \\- ").append(firstSentence(what));
        page.append("\n.SH SYNOPSIS\n.nf\n").append(escaped(synopsis(command))).append("\n.fi\n.SH DESCRIPTION\n");
        page.append(escaped(what)).append('\n');
        if (!command.positionalParameters().isEmpty()) {
            page.append(".SH ARGUMENTS\n");
            for (PositionalParamSpec each : command.positionalParameters()) {
                entry(page, each.paramLabel(), each);
            }
        }
        page.append(".SH OPTIONS\n");
        for (OptionSpec each : command.options()) {
            if (!each.hidden()) {
                String names = String.join(", ", each.names());
                entry(page, each.arity().max() == 0 ? names : names + " " + each.paramLabel(), each);
            }
        }
        subcommands(page, command);
        command.root().usageMessage().exitCodeList().forEach((code, meaning) -> {
            page.append(page.indexOf(".SH EXIT STATUS") < 0 ? ".SH EXIT STATUS\n" : "");
            page.append(".TP\n")
                    .append(code)
                    .append('\n')
                    .append(escaped(meaning))
                    .append('\n');
        });
        page.append(".SH SEE ALSO\n/usr/share/doc/telpher/OPERATIONS.md\n");
        return page.toString();
    }

    private static void entry(StringBuilder page, String label, ArgSpec each) {
        page.append(".TP\n\\fB").append(escaped(label)).append("\\fR\n");
        page.append(escaped(text(each.description()))).append('\n');
    }

    private static void subcommands(StringBuilder page, CommandSpec command) {
        command.subcommands().forEach((name, sub) -> {
            CommandSpec each = sub.getCommandSpec();
            if (!each.usageMessage().hidden()) {
                page.append(page.indexOf(".SH COMMANDS") < 0 ? ".SH COMMANDS\n" : "");
                page.append(".TP\n\\fB").append(escaped(name(each))).append("\\fR(1)\n");
                page.append(escaped(text(each.usageMessage().description()))).append('\n');
            }
        });
    }

    private static String synopsis(CommandSpec command) {
        CommandLine line = command.commandLine();
        return line.getHelp().synopsis(0).strip();
    }

    private static String firstSentence(String text) {
        int end = text.indexOf(". ");
        String first = end < 0 ? text : text.substring(0, end);
        return escaped(first.endsWith(".") ? first.substring(0, first.length() - 1) : first);
    }

    private static String text(String... lines) {
        String text = String.join(" ", lines)
                .replace("%n", " ")
                .replaceAll("@\\|\\w+ (.*?)\\|@", "$1")
                .strip();
        return text.isEmpty() ? "." : text;
    }

    private static String escaped(String text) {
        String plain = text.replace("\\", "\\e").replace("-", "\\-");
        StringBuilder safe = new StringBuilder();
        for (String line : plain.split("\n", -1)) {
            boolean isCommand = line.startsWith(".") || line.startsWith("'");
            safe.append(safe.length() == 0 ? "" : "\n")
                    .append(isCommand ? "\\&" : "")
                    .append(line);
        }
        return safe.toString();
    }
}
