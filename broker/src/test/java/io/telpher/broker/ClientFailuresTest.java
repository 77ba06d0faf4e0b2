package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.FrameProxy.Fault;
import io.telpher.client.ConnectionException;
import io.telpher.client.ConnectionState;
import io.telpher.client.ReservedTask;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherException;
import io.telpher.client.Worker;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.MessageType;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table "Failures" of docs/CLIENT.md, case by case, with a real broker behind a proxy that fails on demand. */
@Timeout(300)
class ClientFailuresTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private static TaskSpec task() {
        return TaskSpec.type("t").payload("p");
    }

    private Broker broker() throws Exception {
        return Broker.start(BrokerConfig.of(directory).onFreePorts().withPartitions(1));
    }

    private static int tasks(Broker broker) {
        try (Telpher direct = Telpher.connect(broker.url())) {
            return direct.operations().list(0, 100, 0, "", "").tasks().size();
        }
    }

    // ---- submits

    @ParameterizedTest
    @EnumSource
    void shouldNotKnowOfASubmitWithoutAKeyThatWasCutOff(Fault fault) throws Exception {
        try (Broker broker = broker();
                FrameProxy proxy = new FrameProxy(broker.port());
                Telpher telpher = Telpher.connect(proxy.url())) {
            proxy.next(MessageType.SUBMIT, fault);
            ConnectionException lost = assertThrows(ConnectionException.class, () -> telpher.submit(task()));
            assertTrue(lost.isOutcomeUnknown());
            assertEquals(fault == Fault.CUT_BEFORE ? 0 : 1, tasks(broker));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldMakeOneTaskOfASubmitWithAKeyThatWasCutOff(Fault fault) throws Exception {
        try (Broker broker = broker();
                FrameProxy proxy = new FrameProxy(broker.port());
                Telpher own = Telpher.connect(proxy.url());
                Telpher auto = Telpher.builder(proxy.url()).autoKeys().connect()) {
            proxy.next(MessageType.SUBMIT, fault);
            Submission first = own.submit(task().idempotencyKey("k"));
            assertEquals(fault == Fault.CUT_BEFORE_REPLY, first.duplicate());
            assertEquals(1, own.counters().resent());
            proxy.next(MessageType.SUBMIT, fault);
            TaskSpec same = task();
            auto.submit(same);
            proxy.next(MessageType.SUBMIT_BATCH, fault);
            auto.submitBatch(List.of(same, same));
            assertEquals("", same.idempotencyKey());
            assertEquals(4, tasks(broker));
        }
    }

    @Test
    void shouldWaitForAConnectionUntilTheTimeout() throws Exception {
        try (Broker broker = broker();
                FrameProxy proxy = new FrameProxy(broker.port());
                Telpher telpher = Telpher.connect(proxy.url())) {
            proxy.cut();
            while (telpher.counters().disconnects() == 0) {
                Patience.look(); // what is sent before it knows may be cut off
            }
            assertEquals(TaskState.READY, telpher.within(LONG).submit(task()).state());
            proxy.swallow(true);
            ConnectionException silent = assertThrows(
                    ConnectionException.class, () -> telpher.within(SHORT).submit(task()));
            assertTrue(silent.isOutcomeUnknown());
            assertFalse(telpher.within(SHORT).health().isUp());
            assertEquals(1, tasks(broker), "what never arrived is no task");
        }
    }

    @Test
    void shouldEndAWaitInABlackHole() throws Exception {
        try (Broker broker = broker();
                FrameProxy proxy = new FrameProxy(broker.port());
                Telpher telpher = Telpher.connect(proxy.url())) {
            long id = telpher.submit(task()).taskId();
            proxy.swallow(true);
            assertThrows(ConnectionException.class, () -> telpher.waitFor(id, SHORT));
            telpher.close(SHORT);
            assertEquals(ConnectionState.CLOSED, telpher.state());
        }
    }

    @Test
    void shouldRefuseOrWaitWhenTheWindowIsFull() throws Exception {
        try (Broker broker = broker();
                FrameProxy proxy = new FrameProxy(broker.port());
                Telpher telpher =
                        Telpher.builder(proxy.url()).window(2, 1 << 20).connect()) {
            proxy.swallow(true);
            List<CompletableFuture<Submission>> underWay =
                    List.of(telpher.submitAsync(task()), telpher.submitAsync(task()));
            TelpherException full = assertThrows(
                    TelpherException.class, () -> telpher.failWhenFull().submit(task()));
            assertEquals(ErrorCode.OVERLOADED, full.code());
            TelpherException late = assertThrows(
                    TelpherException.class, () -> telpher.within(SHORT).submit(task()));
            assertEquals(ErrorCode.OVERLOADED, late.code());
            assertEquals(2, telpher.counters().underWay());
            telpher.close(Duration.ZERO);
            underWay.forEach(each -> assertThrows(java.util.concurrent.CompletionException.class, each::join));
        }
    }

    // ---- working

    private static TaskView workThrough(Telpher telpher, Runnable inHandler) throws Exception {
        AtomicInteger runs = new AtomicInteger();
        try (Worker worker = telpher.worker("default").start(task -> {
            runs.incrementAndGet();
            inHandler.run();
            return Result.NONE;
        })) {
            long id = telpher.submit(task().idempotencyKey("once")).taskId();
            TaskView done = telpher.waitFor(id, LONG);
            assertEquals(1, runs.get(), "handler runs");
            while (worker.counters().completed() == 0) {
                Patience.look();
            }
            return done;
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCompleteOnceWhenTheAckIsCutOff(Fault fault) throws Exception {
        try (Broker broker = broker();
                FrameProxy proxy = new FrameProxy(broker.port());
                Telpher telpher = Telpher.connect(proxy.url())) {
            CountDownLatch cut = proxy.next(MessageType.ACK, fault);
            TaskView done = workThrough(telpher, () -> {});
            assertEquals(TaskState.COMPLETED, done.state);
            assertTrue(cut.await(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void shouldGoOnWhenTheConnectionIsCutInAHandler() throws Exception {
        try (Broker broker = broker();
                FrameProxy proxy = new FrameProxy(broker.port());
                Telpher telpher = Telpher.connect(proxy.url())) {
            TaskView done = workThrough(telpher, proxy::cut);
            assertEquals(TaskState.COMPLETED, done.state);
            assertEquals(0, done.crashes);
        }
    }

    @Test
    void shouldTellTheHandlerWhenItsLeaseEndsInABlackHole() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        try (Broker broker = broker();
                FrameProxy proxy = new FrameProxy(broker.port());
                Telpher telpher = Telpher.connect(proxy.url());
                Worker worker = telpher.worker("default")
                        .visibilityTimeout(Duration.ofSeconds(1))
                        .start((ReservedTask task) -> {
                            proxy.swallow(true);
                            task.onCancel().join();
                            told.countDown();
                            return Result.NONE;
                        })) {
            telpher.submitAsync(task());
            assertTrue(told.await(60, TimeUnit.SECONDS));
            while (worker.counters().uncounted() == 0) {
                Patience.look();
            }
            assertEquals(0, worker.counters().completed());
            worker.cut();
            telpher.close(Duration.ZERO);
        }
    }

    // ---- the broker's process

    @Test
    void shouldOutliveABrokerThatStandsStillAndOneThatIsKilled() throws Exception {
        BrokerProcess first = BrokerProcess.start(directory, 0);
        try (Telpher telpher = Telpher.builder(first.url())
                .autoKeys()
                .requestTimeout(Duration.ofMinutes(4))
                .connect()) {
            telpher.submit(task());
            signal("STOP", first);
            assertThrows(ConnectionException.class, () -> telpher.within(SHORT).submit(task()));
            CompletableFuture<Submission> patient = telpher.submitAsync(task());
            signal("CONT", first);
            assertEquals(TaskState.READY, patient.get(4, TimeUnit.MINUTES).state());
            first.kill();
            CompletableFuture<Submission> waiting = telpher.submitAsync(task());
            try (BrokerProcess second = BrokerProcess.start(directory, first.port())) {
                assertEquals(TaskState.READY, waiting.get(4, TimeUnit.MINUTES).state());
                assertTrue(second.port() == first.port() && telpher.counters().connects() >= 2);
                int tasks = telpher.operations().list(0, 100, 0, "", "").tasks().size();
                // The one that timed out while the broker stood still had been sent.
                assertEquals(4, tasks);
            }
        } finally {
            first.kill();
        }
    }

    private static void signal(String name, BrokerProcess broker) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(broker.pid())).start();
        assertEquals(0, kill.waitFor());
    }

    // ---- addresses and logins

    /** Of what fails for good, at once. */
    private static String refusal(String url) {
        TelpherException failure = assertThrows(
                TelpherException.class,
                () -> Telpher.builder(url).connectTimeout(LONG).connect().close());
        return String.valueOf(failure.getMessage());
    }

    private static final int TRIES_MAX = 100;

    /** A client that goes on trying says this sooner or later. */
    private static void requireTroubles(String url, String wanted) {
        String said = "";
        try (Telpher lazy = Telpher.builder(url).lazy().connect()) {
            for (int i = 0; i < TRIES_MAX && !said.contains(wanted); i++) {
                said = lazy.within(SHORT).health().detail();
            }
            assertTrue(said.contains(wanted), said);
            assertEquals(ConnectionState.CONNECTING, lazy.state());
        }
    }

    @Test
    void shouldSayWhatIsWrongWithTheAddress() throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        requireTroubles("tq://no_such_host.invalid", "no_such_host.invalid");
        requireTroubles("tq://127.0.0.1:" + nobody, "refused");
        TelpherException late = assertThrows(TelpherException.class, () -> Telpher.builder("tq://127.0.0.1:" + nobody)
                .connectTimeout(SHORT)
                .connect()
                .close());
        assertTrue(String.valueOf(late.getMessage()).startsWith("no broker answers at"), late.getMessage());
        try (Broker broker = broker();
                Telpher one = Telpher.connect("tq://127.0.0.1:" + nobody + ",127.0.0.1:" + broker.port())) {
            requireTroubles("tq://127.0.0.1:" + broker.httpPort(), "does not answer; is it the broker's binary port");
            String tls = refusal("tqs://127.0.0.1:" + broker.port());
            assertTrue(tls.contains("TLS"), tls);
            assertEquals(TaskState.READY, one.within(LONG).submit(task()).state());
        }
    }

    @Test
    void shouldSayThatAServerHangsUp() throws Exception {
        try (ServerSocket rude = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread hangingUp = new Thread(
                    () -> {
                        try {
                            while (true) {
                                rude.accept().close();
                            }
                        } catch (IOException e) {
                            return; // it was closed at the end; otherwise the client hears no word about hanging up
                        }
                    },
                    "hangs-up");
            hangingUp.start();
            requireTroubles("tq://127.0.0.1:" + rude.getLocalPort(), "hung up without a word");
        }
    }

    @Test
    void shouldSayThatATokenIsRevoked() throws Exception {
        try (SecuredBroker secured = SecuredBroker.start(directory)) {
            String at = "@127.0.0.1:" + secured.broker().port();
            String url = "tq://" + secured.token("app", List.of("*"), List.of()) + at;
            try (Telpher telpher = Telpher.connect(url)) {
                telpher.submit(task());
                secured.revoke("app");
                // With a key: one without may be cut off while the broker ends the session.
                TelpherException gone = assertThrows(TelpherException.class, () -> telpher.within(Duration.ofSeconds(2))
                        .submit(task().idempotencyKey("k")));
                assertTrue(String.valueOf(gone.getMessage()).contains("UNAUTHENTICATED"), gone.getMessage());
            }
            assertTrue(refusal(url).startsWith("UNAUTHENTICATED"));
        }
    }
}
