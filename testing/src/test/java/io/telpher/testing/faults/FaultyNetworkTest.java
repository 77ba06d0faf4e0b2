package io.telpher.testing.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultyNetworkTest {
    private static final int PORT = 7007;

    @TempDir
    Path work;

    private static List<String> java(Class<?> program, List<String> before, String... arguments) {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Sends back what comes, and says it; the first datagram's sender is always there. */
    static final class Echo {
        public static void main(String[] arguments) throws IOException {
            try (DatagramSocket socket = new DatagramSocket(PORT)) {
                System.out.println("ready");
                while (true) {
                    DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                    socket.receive(packet);
                    socket.send(packet);
                    System.out.println(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8));
                }
            }
        }
    }

    /** Runs in a network namespace of its own; what it finds wrong is an exception. */
    static final class Probe {
        private final DatagramSocket socket;
        private final InetAddress other = InetAddress.getByName(FaultyNetwork.address(1));

        private Probe(DatagramSocket socket) throws IOException {
            this.socket = socket;
        }

        public static void main(String[] arguments) throws IOException, InterruptedException {
            try (FaultyNetwork network = FaultyNetwork.of(2, Path.of(arguments[0]), 1)) {
                Process echo = new ProcessBuilder(java(Echo.class, network.on(1)))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                BufferedReader heard =
                        new BufferedReader(new InputStreamReader(echo.getInputStream(), StandardCharsets.UTF_8));
                require("ready", heard.readLine());
                try (DatagramSocket socket = new DatagramSocket()) {
                    new Probe(socket).probe(network, heard);
                } finally {
                    echo.destroyForcibly().waitFor();
                }
            }
        }

        private void probe(FaultyNetwork network, BufferedReader heard) throws IOException {
            passes("first");
            require("first", heard.readLine());

            network.cut(FaultyNetwork.HERE, 1); // frames keep their order: what came through would come first
            send("lost");
            network.heal();
            passes("after a cut");
            require("after a cut", heard.readLine());

            network.cut(1, FaultyNetwork.HERE);
            send("heard, and not answered");
            require("heard, and not answered", heard.readLine());
            network.heal();
            passes("after a cut of the other direction");

            network.part(1, 2);
            passes("what others are cut from");
            network.heal();

            int ms = 60;
            network.delay(1, FaultyNetwork.HERE, ms);
            long sent = System.nanoTime();
            passes("late");
            if (System.nanoTime() - sent < TimeUnit.MILLISECONDS.toNanos(ms)) {
                throw new IllegalStateException("it came early");
            }
            network.heal();

            network.lose(FaultyNetwork.HERE, 1, 500);
            int count = 200;
            for (int i = 0; i < count; i++) {
                send("some");
            }
            network.heal();
            send("end");
            int got = 0;
            while (!receive().equals("end")) {
                got++;
            }
            if (got == 0 || got == count) {
                throw new IllegalStateException("of " + count + ", " + got + " came, and half of them should be lost");
            }
        }

        private void send(String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            socket.send(new DatagramPacket(bytes, bytes.length, other, PORT));
        }

        private String receive() throws IOException {
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            socket.receive(packet);
            return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
        }

        private void passes(String text) throws IOException {
            send(text);
            require(text, receive());
        }

        private static void require(String expected, String found) {
            if (!expected.equals(found)) {
                throw new IllegalStateException("expected " + expected + ", found " + found);
            }
        }
    }

    @Test
    void shouldCutDelayAndLose() throws IOException, InterruptedException {
        String missing = FaultyNetwork.missing();
        Assumptions.assumeTrue(missing == null, () -> "SKIPPED: no network, because " + missing);
        Process probe = new ProcessBuilder(java(Probe.class, FaultyNetwork.alone(), work.toString()))
                .redirectErrorStream(true)
                .start();
        try {
            String said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, probe.waitFor(), said);
        } finally {
            probe.destroyForcibly().waitFor();
        }
    }
}
