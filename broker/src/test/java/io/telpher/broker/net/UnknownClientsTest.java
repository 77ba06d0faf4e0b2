package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.SecuredBroker;
import io.telpher.broker.config.ConfigException;
import io.telpher.broker.config.ConfigLoader;
import io.telpher.broker.security.SecurityConfig;
import io.telpher.broker.security.Token;
import io.telpher.broker.security.TokenEntry;
import io.telpher.broker.security.TokenFile;
import io.telpher.broker.security.UnusableException;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.GoAway;
import io.telpher.protocol.session.Hello;
import io.telpher.protocol.session.Ping;
import io.telpher.testing.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client can do before it is known, and what lets others in by mistake. */
@Tag("security")
class UnknownClientsTest {
    private static final int PENDING_MAX = 4;

    @TempDir
    static Path directory;

    private static SecuredBroker secured;
    private static String token;

    @BeforeAll
    static void start() throws Exception {
        secured = SecuredBroker.start(
                directory,
                new SecurityConfig(null, SecuredBroker.file(directory), Set.of("tq.example.org"), false, PENDING_MAX));
        token = secured.token("admin", List.of("admin"), List.of());
    }

    @AfterAll
    static void stop() {
        secured.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "guess", "tq_1234567890_guess"})
    void shouldTurnAwayWhoIsNotKnown(String wrong) throws Exception {
        try (RawConnection connection = new RawConnection(secured.broker().port())) {
            connection.send(Hello.write(new FrameWriter(), 1, wrong, "raw").toBytes());
            assertError(ErrorCode.UNAUTHENTICATED, connection.next());
        }
    }

    /** The part that is no secret is right. */
    @Test
    void shouldTurnAwayATokenOfAnotherSecret() throws Exception {
        String known = token.split("_")[1];
        try (RawConnection connection = new RawConnection(secured.broker().port())) {
            connection.send(
                    Hello.write(new FrameWriter(), 1, Token.of(known), "raw").toBytes());
            assertError(ErrorCode.UNAUTHENTICATED, connection.next());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "http"})
    void shouldNoteWhoWasTurnedAwayWithoutTheSecret(String via, @TempDir Path own) throws Exception {
        String wrong = Token.of("12345abcde");
        try (SecuredBroker alone = SecuredBroker.start(own)) {
            if (via.equals("tcp")) {
                try (RawConnection connection = new RawConnection(alone.broker().port())) {
                    connection.send(
                            Hello.write(new FrameWriter(), 1, wrong, "raw").toBytes());
                    assertError(ErrorCode.UNAUTHENTICATED, connection.next());
                }
            } else {
                HttpRequest request = HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + alone.broker().httpPort() + "/api/v1/queues"))
                        .header("Authorization", "Bearer " + wrong)
                        .build();
                assertEquals(
                        401,
                        HttpClient.newHttpClient()
                                .send(request, HttpResponse.BodyHandlers.discarding())
                                .statusCode());
            }
        }
        String noted = Files.readString(own.resolve("data").resolve("audit.jsonl"));
        assertTrue(noted.contains("\"via\":\"" + via + "\",\"action\":\"LOGIN\""), noted);
        assertTrue(noted.contains("token 12345abcde is unknown"), noted);
        assertFalse(noted.contains(SecuredBroker.secretOf(wrong)), noted);
    }

    @Test
    void shouldTurnAwayATokenThatIsOver() throws Exception {
        String id = Token.newId();
        String over = Token.of(id);
        Instant past = Instant.now().minusSeconds(1);
        secured.add(new TokenEntry(id, "over", Token.sha256(over), null, List.of("admin"), List.of(), past, past));
        try (RawConnection connection = new RawConnection(secured.broker().port())) {
            connection.send(Hello.write(new FrameWriter(), 1, over, "raw").toBytes());
            assertError(ErrorCode.UNAUTHENTICATED, connection.next());
        }
    }

    @Test
    void shouldEndConnectionsWhoseTokenIsRevoked() throws Exception {
        String gone = secured.token("gone", List.of("read"), List.of());
        try (RawConnection connection = RawConnection.welcomed(secured.broker().port(), gone)) {
            secured.revoke("gone");
            assertError(ErrorCode.UNAUTHENTICATED, connection.next());
        }
    }

    @Test
    void shouldTakeNoFrameBeyondAKilobyteBeforeTheLogin() throws Exception {
        try (RawConnection connection = new RawConnection(secured.broker().port())) {
            connection.send(new byte[] {1, 4, 0, 0, 1});
            ByteBuffer reply = Objects.requireNonNull(connection.next());
            assertError(ErrorCode.BAD_REQUEST, reply);
            String message = new ErrorReply().wrap(reply, 0).message();
            assertTrue(message.contains("the limit here is 1024"), message);
        }
    }

    /** Else somebody could keep a connection open for good. */
    @Test
    void shouldTakeNothingBeforeHello() throws Exception {
        byte[] goAway =
                GoAway.write(new FrameWriter(), 1, ErrorCode.DRAINING, "bye").toBytes();
        for (byte[] first : List.of(Ping.write(new FrameWriter(), 1).toBytes(), goAway)) {
            try (RawConnection connection = new RawConnection(secured.broker().port())) {
                connection.send(first);
                assertError(ErrorCode.BAD_REQUEST, connection.next());
                assertNull(connection.next(), "it should hang up");
            }
        }
    }

    private static void assertError(ErrorCode code, @org.jspecify.annotations.Nullable ByteBuffer reply) {
        assertNotNull(reply);
        assertEquals(MessageType.ERROR, RawConnection.type(reply));
        assertEquals(code, new ErrorReply().wrap(reply, 0).code());
    }

    private static String metrics() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + secured.broker().httpPort() + "/metrics"))
                .header("Authorization", "Bearer " + token)
                .build();
        while (true) {
            try {
                return HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.ofString())
                        .body();
            } catch (IOException refused) {
                Patience.look(); // until the broker has seen that the others are closed
            }
        }
    }

    @Test
    void shouldCloseTheConnectionsOfOneAddressBeyondTheLimitAndNotCountThoseThatLoggedIn() throws Exception {
        List<RawConnection> known = new ArrayList<>();
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 2 * PENDING_MAX; i++) {
                known.add(RawConnection.welcomed(secured.broker().port(), token));
            }
            for (int i = 0; i <= PENDING_MAX; i++) {
                silent.add(new Socket(
                        InetAddress.getLoopbackAddress(), secured.broker().httpPort()));
            }
            // Which one is too many is up to the broker's threads, each of which counts those that it was given.
            while (silent.stream().noneMatch(UnknownClientsTest::isClosed)) {
                Patience.look();
            }
        } finally {
            for (RawConnection connection : known) {
                connection.close();
            }
            for (Socket socket : silent) {
                socket.close();
            }
        }
        // All of them are closed in the end, but only that one because of the limit.
        String refused = metrics()
                .lines()
                .filter(line -> line.startsWith("telpher_connections_refused_total "))
                .findFirst()
                .orElseThrow();
        assertNotEquals("telpher_connections_refused_total 0.0", refused);
    }

    private static boolean isClosed(Socket socket) {
        try {
            socket.setSoTimeout(1);
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** On both ports at the same time, since each takes as long as the broker waits for a login. */
    @Test
    void shouldHangUpOnWhoSendsByteByByte() throws Exception {
        byte[] hello = Hello.write(new FrameWriter(), 1, "t".repeat(900), "raw").toBytes();
        byte[] get = ("GET / HTTP/1.1\r\nX: " + "x".repeat(900)).getBytes(StandardCharsets.US_ASCII);
        try (Socket binary = new Socket(
                        InetAddress.getLoopbackAddress(), secured.broker().port());
                Socket http = new Socket(
                        InetAddress.getLoopbackAddress(), secured.broker().httpPort())) {
            CompletableFuture<Boolean> isTaken = CompletableFuture.supplyAsync(() -> takesAll(binary, hello));
            assertFalse(takesAll(http, get), "all bytes of a request were taken");
            assertFalse(isTaken.join(), "all bytes of a HELLO were taken");
        }
    }

    private static boolean takesAll(Socket socket, byte[] bytes) {
        boolean open = true;
        for (int i = 0; i < bytes.length && open; i++) {
            open = sendsOne(socket, bytes[i]);
        }
        return open;
    }

    private static boolean sendsOne(Socket socket, byte one) {
        try {
            socket.setSoTimeout(100); // the pace of the bytes
            socket.getOutputStream().write(one);
            int read = socket.getInputStream().read();
            return read >= 0 && read != 0x4D; // an answer may come before the end
        } catch (java.net.SocketTimeoutException e) {
            return true;
        } catch (java.io.IOException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw-rw-rw-", "rw--w----"})
    void shouldNotTakeAFileOfTokensThatOthersCanOpen(String permissions) throws Exception {
        Path file = directory.resolve("open.json");
        Files.deleteIfExists(file);
        TokenFile.edit(file, entries -> entries);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        UnusableException refused = assertThrows(UnusableException.class, () -> TokenFile.read(file));
        assertTrue(String.valueOf(refused.getMessage()).contains("chmod 600"), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "listen.bind=0.0.0.0, ''",
        "http.bind=0.0.0.0, ''",
        "http.bind=::, ''",
        "listen.bind=0.0.0.0, security.tokens"
    })
    void shouldNotLetOtherMachinesInWithoutTlsAndTokens(String bind, String also) {
        List<String> sets = new ArrayList<>(List.of(bind));
        if (!also.isEmpty()) {
            sets.add(also + "=" + SecuredBroker.file(directory));
        }
        ConfigException refused = assertThrows(ConfigException.class, () -> ConfigLoader.load(null, Map.of(), sets));
        assertTrue(refused.problems().get(0).contains("TQ-1030"), refused.getMessage());
        assertTrue(refused.problems().get(0).contains("tls.certificate"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "::1", "localhost"})
    void shouldNotAskForAnythingOnLoopback(String address) throws Exception {
        ConfigLoader.load(null, Map.of(), List.of("listen.bind=" + address, "http.bind=" + address));
    }

    @Test
    void shouldLetOthersInWhenToldThatTheyMay() throws Exception {
        ConfigLoader.load(null, Map.of(), List.of("listen.bind=0.0.0.0", "security.insecure=true"));
    }
}
