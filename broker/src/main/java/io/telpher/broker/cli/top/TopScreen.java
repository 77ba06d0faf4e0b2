package io.telpher.broker.cli.top;

import java.io.IOException;
import java.util.function.Supplier;
import org.jline.terminal.Attributes;
import org.jline.terminal.KeyEvent;
import org.jline.terminal.KeyParser;
import org.jline.terminal.Size;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jline.utils.Signals;

/** The terminal while {@code tq top} has it. It is as before when {@link #run} returns or the process ends by a signal. */
final class TopScreen {
    private static final int KEY_WAIT_MS = 100;
    private static final int REST_OF_KEY_MS = 20;
    private static final int KEY_CHARS_MAX = 16;
    private static final char ESCAPE = '\u001b';
    private static final char CONTROL_C = 3;

    private final org.jline.terminal.Terminal terminal;
    private final Attributes before;
    private final Display display;
    private volatile boolean isResized = true;
    private volatile boolean isStopped;

    TopScreen() throws IOException {
        terminal = TerminalBuilder.builder()
                .system(true)
                .provider("exec")
                .dumb(false)
                .nativeSignals(true)
                .signalHandler(this::signalled)
                .build();
        // Later, when the JVM already stops, nothing can be drawn any more.
        Signals.register("TERM", () -> isStopped = true);
        Signals.register("HUP", () -> isStopped = true);
        before = terminal.enterRawMode();
        Attributes raw = terminal.getAttributes();
        // Ctrl-C comes as a key, so that nothing but the loop below ends it.
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, false);
        terminal.setAttributes(raw);
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.keypad_xmit);
        terminal.puts(Capability.cursor_invisible);
        display = new Display(terminal, true);
    }

    private void signalled(org.jline.terminal.Terminal.Signal signal) {
        switch (signal) {
            case WINCH -> isResized = true;
            case INT, QUIT -> isStopped = true;
            default -> {
                // Suspending would leave the screen half drawn; the terminal's own key for it is off.
            }
        }
    }

    /**
     * Draws until the view is over, or a signal ends it.
     *
     * @param frames what is to be seen now; the same object again = nothing has changed
     */
    void run(TopView view, Supplier<TopLive.Frame> frames) throws IOException {
        try {
            Size size = Size.of(80, 24);
            TopLive.Frame drawn = null;
            boolean isPressed = true;
            while (!view.isOver() && !isStopped) {
                if (isResized) {
                    isResized = false;
                    size = terminal.getSize();
                    display.resize(size);
                    display.clear();
                    isPressed = true;
                }
                TopLive.Frame newest = frames.get();
                boolean isNew = newest != drawn && (!view.isPaused() || drawn == null);
                if (isNew || isPressed) {
                    drawn = isNew || drawn == null ? newest : drawn;
                    display.update(view.lines(drawn.reading(), drawn.trouble(), size.getColumns(), size.getRows()), -1);
                    terminal.flush();
                }
                isPressed = readKey(view);
            }
        } finally {
            restore();
        }
    }

    private boolean readKey(TopView view) throws IOException {
        NonBlockingReader keys = terminal.reader();
        int first = keys.read(KEY_WAIT_MS);
        if (first == NonBlockingReader.READ_EXPIRED) {
            return false;
        }
        if (first == NonBlockingReader.EOF || first == CONTROL_C) {
            isStopped = true;
            return true;
        }
        StringBuilder sequence = new StringBuilder().append((char) first);
        while (first == ESCAPE && sequence.length() < KEY_CHARS_MAX) {
            int more = keys.read(REST_OF_KEY_MS);
            if (more < 0) {
                break;
            }
            sequence.append((char) more);
            if (sequence.length() > 2 && (Character.isLetter(more) || more == '~')) {
                break;
            }
        }
        view.pressed(name(sequence.toString()));
        return true;
    }

    private static String name(String sequence) {
        KeyEvent key = KeyParser.parse(sequence);
        return switch (key.getType()) {
            case Character -> String.valueOf(key.getCharacter());
            case Arrow -> key.getArrow().name();
            case Special -> key.getSpecial().name();
            default -> "";
        };
    }

    private void restore() {
        terminal.puts(Capability.cursor_normal);
        terminal.puts(Capability.keypad_local);
        terminal.puts(Capability.exit_ca_mode);
        terminal.flush();
        terminal.setAttributes(before);
    }
}
