package io.telpher.broker.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * A command of {@code tq} in this process.
 *
 * @param said both streams
 */
public record CommandHere(int exit, String said) {
    public static CommandHere run(String... words) {
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said, true);
        int exit = Main.commandLine().setOut(out).setErr(out).execute(words);
        return new CommandHere(exit, said.toString());
    }
}
