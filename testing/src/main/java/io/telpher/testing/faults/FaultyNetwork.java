package io.telpher.testing.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A network of machines, each a network namespace of its own, and of this process as number 0. Each direction between two of them can be cut, slow or lossy.
 * This process has to be in a network namespace of its own, too: {@link #alone} says how to start it there, so nothing of the machine's network is touched.
 * Needs root. All is gone when this process is. One thread.
 */
public final class FaultyNetwork implements AutoCloseable {
    /** This process. */
    public static final int HERE = 0;

    private static final int SECONDS_MAX = 10;

    private final Process program;
    private final BufferedReader answers;
    private final int machines;
    private final List<String> namespaces = new ArrayList<>();

    private FaultyNetwork(Process program, int machines) {
        this.program = program;
        this.machines = machines;
        this.answers = new BufferedReader(new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8));
    }

    /** What keeps this machine from having one, in words; null when nothing does. */
    public static @Nullable String missing() {
        if (!Files.isWritable(Path.of("/dev/net/tun"))) {
            return "/dev/net/tun is missing or not permitted";
        }
        List<String> probe = new ArrayList<>(alone());
        probe.add("true");
        String missing = Native.missing(List.of(List.of("gcc", "--version"), List.of("nsenter", "--version"), probe));
        return missing == null ? null : "it takes root, gcc, and unshare and nsenter of util-linux: " + missing;
    }

    /** What has to stand before a command, so that it runs in a network namespace of its own, under the same process id. */
    public static List<String> alone() {
        return List.of("unshare", "--net");
    }

    /**
     * @param work an existing directory
     * @param machines at most 7
     */
    public static FaultyNetwork of(int machines, Path work, long seed) throws IOException {
        if (!isAlone()) {
            throw new IOException("this process is in the network namespace of the machine");
        }
        Path compiled = Native.compile("network.c", work.resolve("network"), List.of());
        Process program = new ProcessBuilder(compiled.toString(), String.valueOf(machines))
                .redirectError(work.resolve("network.err").toFile())
                .start();
        FaultyNetwork network = new FaultyNetwork(program, machines);
        for (String line = network.answer(); !line.equals("ready"); line = network.answer()) {
            network.namespaces.add(line.split(" ")[2]);
        }
        network.order("seed " + (seed & Integer.MAX_VALUE));
        return network;
    }

    /** Whether this process is in a network namespace that was made for it: not even loopback is up there yet. */
    public static boolean isAlone() throws IOException {
        NetworkInterface loopback = NetworkInterface.getByName("lo");
        return loopback == null || !loopback.isUp();
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("the network ended; see network.err");
        }
        return line;
    }

    private void order(String order) throws IOException {
        program.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
        program.getOutputStream().flush();
        String answer = answer();
        if (!answer.equals("ok")) {
            throw new IOException(order + ": " + answer);
        }
    }

    /** What has to stand before a command, so that it runs on this machine, 1 or higher, under the same process id. */
    public List<String> on(int machine) {
        return List.of("nsenter", "--net=" + namespaces.get(machine - 1));
    }

    public static String address(int machine) {
        return "10.77.0." + (machine == HERE ? 100 : machine);
    }

    /** From now on nothing of the one reaches the other. */
    public void cut(int from, int to) throws IOException {
        order("cut " + from + " " + to + " 1");
    }

    /** In both directions. */
    public void part(int one, int other) throws IOException {
        cut(one, other);
        cut(other, one);
    }

    /** What goes from one machine to another comes so much later. */
    public void delay(int from, int to, int ms) throws IOException {
        order("delay " + from + " " + to + " " + ms);
    }

    /** Of 1000 frames so many are lost. */
    public void lose(int from, int to, int perMille) throws IOException {
        order("loss " + from + " " + to + " " + perMille);
    }

    /** As it was at first. */
    public void heal() throws IOException {
        for (int from = 0; from <= machines; from++) {
            for (int to = 0; to <= machines; to++) {
                if (from != to) {
                    order("cut " + from + " " + to + " 0");
                    delay(from, to, 0);
                    lose(from, to, 0);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        program.getOutputStream().close();
        try {
            if (!program.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                program.destroyForcibly();
                throw new IOException("the network did not end within " + SECONDS_MAX + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the network ends", e);
        }
    }
}
