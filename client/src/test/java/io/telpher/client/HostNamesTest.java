package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.DefaultEventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostNamesTest {
    private static final int PORT = 1;

    private final Queue<Runnable> lookups = new ArrayDeque<>();
    private final HostNames names = new HostNames(lookups::add);
    private final DefaultEventLoop loop = new DefaultEventLoop();

    @AfterEach
    void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private Future<InetSocketAddress> find(String host) {
        return names.getResolver(loop).resolve(InetSocketAddress.createUnresolved(host, PORT));
    }

    @Test
    void shouldLookNamesUpBesideTheEventLoop() throws Exception {
        Future<InetSocketAddress> found = find("localhost");
        loop.submit(() -> {}).sync(); // it is free meanwhile
        assertTrue(!found.isDone() && lookups.size() == 1);
        lookups.remove().run();
        assertEquals(new InetSocketAddress(InetAddress.getByName("localhost"), PORT), found.get());
    }

    @Test
    void shouldTakeAnAddressForWhatItIs() throws Exception {
        assertEquals(InetAddress.getByName("127.0.0.2"), find("127.0.0.2").get().getAddress());
        assertEquals(InetAddress.getByName("::1"), find("::1").get().getAddress());
        assertTrue(lookups.isEmpty());
    }

    @Test
    void shouldSayThatAHostIsNotKnown() {
        Future<InetSocketAddress> found = find("no-such-host.invalid");
        lookups.remove().run();
        assertEquals(
                "UnknownHostException",
                found.awaitUninterruptibly().cause().getClass().getSimpleName());
    }
}
