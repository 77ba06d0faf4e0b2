package io.telpher.broker.torture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients and a broker see of each other through it. */
class FaultProxyTest {
    private final FaultProxy proxy = new FaultProxy();
    private ServerSocket server;
    private Socket client;
    private Socket accepted;

    @BeforeEach
    void connect() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        proxy.target(server.getLocalPort());
        client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        accepted = server.accept();
        accepted.setSoTimeout(30_000);
        client.setSoTimeout(30_000);
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        accepted.close();
        server.close();
        proxy.close();
    }

    @Test
    void shouldPassEverythingInOrderHoweverTheWeatherChanges() throws IOException {
        byte[] sent = new byte[50_000];
        new Random(1).nextBytes(sent);
        proxy.weather(new FaultProxy.Weather(200, Integer.MAX_VALUE, 0));
        client.getOutputStream().write(sent, 0, 20_000);
        proxy.weather(new FaultProxy.Weather(0, 100, 1));
        client.getOutputStream().write(sent, 20_000, 10_000);
        proxy.weather(FaultProxy.Weather.FINE);
        client.getOutputStream().write(sent, 30_000, 20_000);
        assertArrayEquals(sent, accepted.getInputStream().readNBytes(sent.length));
        accepted.getOutputStream().write(sent);
        assertArrayEquals(sent, client.getInputStream().readNBytes(sent.length));
    }

    @Test
    void shouldDelay() throws IOException {
        proxy.weather(new FaultProxy.Weather(300, Integer.MAX_VALUE, 0));
        long start = System.nanoTime();
        client.getOutputStream().write(1);
        assertEquals(1, accepted.getInputStream().read());
        assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(300));
    }

    @Test
    void shouldEndConnectionsOnBothSides() throws IOException {
        proxy.drop(1, new Random(1));
        assertEquals(-1, endOf(client));
        assertEquals(-1, endOf(accepted));
    }

    @Test
    void shouldEndOneDirection() throws IOException {
        proxy.halfClose(1, new Random(1));
        assertEquals(-1, endOf(whichEnds()));
    }

    /** One of them sees the end first; as neither socket here answers it, the other stays open. */
    private Socket whichEnds() throws IOException {
        client.setSoTimeout(200);
        while (true) {
            try {
                return endOf(client) == -1 ? client : accepted;
            } catch (java.net.SocketTimeoutException e) {
                accepted.setSoTimeout(200);
                try {
                    return endOf(accepted) == -1 ? accepted : client;
                } catch (java.net.SocketTimeoutException again) {
                    // Neither yet.
                }
            }
        }
    }

    private static int endOf(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException e) {
            return -1; // a reset is an end too
        }
    }

    @Test
    void shouldLeadNewConnectionsToTheNewTarget() throws IOException {
        try (ServerSocket next = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            proxy.target(next.getLocalPort());
            try (Socket fresh = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
                    Socket there = next.accept()) {
                fresh.getOutputStream().write(7);
                assertEquals(7, there.getInputStream().read());
            }
        }
    }

    @Test
    void shouldEndAConnectionThatNobodyTakes() throws IOException {
        server.close();
        try (Socket fresh = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            fresh.setSoTimeout(30_000);
            assertEquals(-1, endOf(fresh));
        }
    }
}
