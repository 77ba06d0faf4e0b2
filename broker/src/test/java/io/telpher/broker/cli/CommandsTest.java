package io.telpher.broker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.cli.output.Exit;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What all commands have in common, held over picocli's model: each one that prints takes {@code -o}, each one that destroys asks. */
class CommandsTest {
    /** These take away for good what cannot be had back, of more than what they are given by id. */
    private static final Set<String> DESTROYS = Set.of("queue purge", "queue delete", "dlq discard", "token revoke");

    /** Changes much at once, and can show what it would do. */
    private static final Set<String> SHOWS_FIRST = Set.of("dlq replay", "config import");

    /** These print no rows or fields; why. */
    private static final Map<String, String> NO_DATA = Map.ofEntries(
            Map.entry("broker", "runs until it is stopped"),
            Map.entry("demo", "tells a story"),
            Map.entry("work", "runs until it is stopped"),
            Map.entry("completion", "a script for the shell"),
            Map.entry("generate-completion", "its older name"),
            Map.entry("errors", "pages to read"),
            Map.entry("dlq export", "JSON lines, always"),
            Map.entry("export", "a file of JSON lines, always"),
            Map.entry("import", "says how many there were"),
            Map.entry("man", "manual pages, into files"),
            Map.entry("config schema", "a JSON schema, always"),
            Map.entry("config export", "a file of its own format, always"),
            Map.entry("cluster transfer", "says that it is begun; tq cluster status shows the rest"),
            Map.entry("cluster upgrade", "says that it is begun; tq cluster status shows the rest"),
            Map.entry("cluster remove", "says that it is begun; tq cluster status shows the rest"),
            Map.entry("cluster step-down", "says that it is begun; tq cluster status shows the rest"),
            Map.entry("context use", "says nothing but that it is done"),
            Map.entry("context set", "says nothing but that it is done"),
            Map.entry("context delete", "says nothing but that it is done"));

    private static Map<String, CommandLine> leaves() {
        Map<String, CommandLine> leaves = new TreeMap<>();
        collect("", Main.commandLine(), leaves);
        return leaves;
    }

    private static void collect(String path, CommandLine command, Map<String, CommandLine> into) {
        if (command.getSubcommands().isEmpty()) {
            into.put(path, command);
        }
        command.getSubcommands().forEach((name, each) -> collect((path + " " + name).strip(), each, into));
    }

    private static Set<String> with(String option) {
        Set<String> names = new TreeSet<>();
        leaves().forEach((name, command) -> {
            if (command.getCommandSpec().findOption(option) != null) {
                names.add(name);
            }
        });
        return names;
    }

    private static Set<String> without(Set<String> some) {
        Set<String> others = new TreeSet<>(leaves().keySet());
        others.removeAll(some);
        return others;
    }

    @Test
    void shouldPrintAsTableOrJson() {
        assertEquals(new TreeSet<>(NO_DATA.keySet()), without(with("-o")), "commands without -o");
        for (CommandLine command : leaves().values()) {
            CommandLine.Model.OptionSpec format = command.getCommandSpec().findOption("-o");
            if (format != null) {
                assertEquals(List.of("table", "json", "jsonl"), candidates(format));
            }
        }
    }

    private static List<String> candidates(CommandLine.Model.OptionSpec option) {
        List<String> all = new ArrayList<>();
        option.completionCandidates().forEach(all::add);
        return all;
    }

    @Test
    void shouldAskBeforeItDestroys() {
        Set<String> dry = new TreeSet<>(DESTROYS);
        dry.addAll(SHOWS_FIRST);
        assertEquals(dry, with("--dry-run"));
        Set<String> yes = new TreeSet<>(DESTROYS);
        yes.add("bench"); // whose workers take the tasks of others, when there are some
        yes.add("search"); // which can change what it found
        assertEquals(yes, with("--yes"));
    }

    /** Wrong usage, before anything is connected to or opened: the address and the file are not there. */
    @Test
    void shouldDoNothingWithoutYes() {
        Map<String, String[]> calls = Map.of(
                "queue purge", new String[] {"queue", "purge", "mail", "-u", "tq://127.0.0.1:1"},
                "queue delete", new String[] {"queue", "delete", "mail", "--purge", "-u", "tq://127.0.0.1:1"},
                "dlq discard", new String[] {"dlq", "discard", "-u", "tq://127.0.0.1:1"},
                "token revoke", new String[] {"token", "revoke", "ops", "--file", "/nowhere/tokens.json"});
        assertEquals(DESTROYS, calls.keySet());
        calls.forEach((name, arguments) -> {
            StringWriter err = new StringWriter();
            int exit = Main.commandLine().setErr(new PrintWriter(err)).execute(arguments);
            assertEquals(Exit.USAGE, exit, name);
            assertTrue(err.toString().contains("add --yes if you mean it, or --dry-run"), err::toString);
        });
    }

    @Test
    void shouldExplainItself() {
        leaves().forEach((name, command) -> {
            assertTrue(
                    command.getCommandSpec().usageMessage().description().length > 0, name + " says not what it does");
            assertTrue(command.getCommandSpec().findOption("--help") != null, name + " has no --help");
        });
    }
}
