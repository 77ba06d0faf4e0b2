package io.telpher.broker.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.Certificates;
import io.telpher.broker.SecuredBroker;
import io.telpher.broker.security.TlsFiles;
import io.telpher.broker.security.UnusableException;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherBuilder;
import io.telpher.client.TelpherException;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ports over TLS, client certificates, and what becomes of them when files change. */
@Tag("security")
class TlsTest {
    private static final String ADDRESSES = "dns:localhost,ip:127.0.0.1";

    /** Each takes milliseconds. */
    private static final Duration SOME_TRIES = Duration.ofSeconds(2);

    @TempDir
    static Path directory;

    private static SecuredBroker secured;
    private static String token;

    @BeforeAll
    static void start() throws Exception {
        Certificates.make(directory, "server", ADDRESSES);
        Certificates.make(directory, "other", ADDRESSES);
        Certificates.make(directory, "worker", "dns:worker-7.example.org");
        Certificates.make(directory, "nobody", "dns:worker-77.example.org");
        TlsFiles tls = Certificates.files(directory, false, "worker", "nobody");
        secured = SecuredBroker.start(directory, SecuredBroker.config(directory, tls));
        token = secured.token("admin", List.of("admin"), List.of());
        secured.maySubmit("dns:worker-7.example.org");
    }

    @AfterAll
    static void stop() {
        secured.close();
    }

    private static String url(String who, String certificate) {
        return Certificates.url(directory, secured.broker().port(), who, certificate);
    }

    @Test
    void shouldTakeATokenOverTls() {
        try (Telpher telpher = Telpher.connect(url(token, ""))) {
            assertTrue(telpher.submit(TaskSpec.type("t").payload("p")).taskId() != 0);
        }
    }

    @Test
    void shouldKnowAWorkerByTheExactNameInItsCertificate() {
        try (Telpher telpher = Telpher.connect(url("", "worker"))) {
            telpher.submit(TaskSpec.type("t").payload("p"));
            TelpherException refused = assertThrows(
                    TelpherException.class, () -> telpher.operations().pause("default", false));
            assertEquals(ErrorCode.FORBIDDEN, refused.code());
        }
    }

    @Test
    void shouldNotKnowACertificateWhoseNameIsOnlyAlike() {
        TelpherException refused = assertThrows(TelpherException.class, () -> Telpher.connect(url("", "nobody")));
        assertEquals(ErrorCode.UNAUTHENTICATED, refused.code());
    }

    @Test
    void shouldTurnAwayWhoHasNeitherTokenNorCertificate() {
        TelpherException refused = assertThrows(TelpherException.class, () -> Telpher.connect(url("", "")));
        assertEquals(ErrorCode.UNAUTHENTICATED, refused.code());
    }

    @Test
    void shouldSayAtOnceWhyAClientAndABrokerDontFit() throws Exception {
        int port = secured.broker().port();
        requireFailure("tqs://127.0.0.1:" + port + "?ca=" + directory.resolve("other.pem"), "is not trusted");
        requireFailure("tqs://127.0.0.1:" + port, "is not trusted");
        requireFailure("tqs://127.0.0.1:" + port + "?ca=" + directory.resolve("none.pem"), "none.pem is not there");
        try (Broker clear =
                Broker.start(BrokerConfig.of(directory.resolve("clear")).onFreePorts())) {
            requireFailure("tqs://127.0.0.1:" + clear.port(), "does not speak TLS");
        }
        // It tries again until its time is over: a broker that stops hangs up, too.
        requireFailure(
                Telpher.builder("tq://127.0.0.1:" + port).connectTimeout(SOME_TRIES),
                "a broker with TLS does (tqs://)");
    }

    @Test
    void shouldNotTakeABrokerOfAnotherName(@TempDir Path own) throws Exception {
        Certificates.make(own, "server", "dns:elsewhere.example.org");
        TlsFiles tls = new TlsFiles(own.resolve("server.pem"), own.resolve("server.key"), null, false);
        try (SecuredBroker misnamed = SecuredBroker.start(own, SecuredBroker.config(own, tls))) {
            String url = Certificates.url(own, misnamed.broker().port(), "", "");
            requireFailure(url, "is not trusted (No subject alternative names matching IP address 127.0.0.1 found)");
        }
    }

    private static void requireFailure(String url, String why) {
        requireFailure(Telpher.builder(url), why);
    }

    private static void requireFailure(TelpherBuilder client, String why) {
        RuntimeException failed = assertThrows(RuntimeException.class, client::connect);
        assertTrue(String.valueOf(failed.getMessage()).contains(why), failed.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldSpeakBothVersionsOnBothPorts(String version) throws Exception {
        for (int port : new int[] {secured.broker().port(), secured.broker().httpPort()}) {
            try (SSLSocket socket = socket(port)) {
                socket.setEnabledProtocols(new String[] {version});
                socket.startHandshake();
                assertEquals(version, socket.getSession().getProtocol());
                assertTrue(socket.getSession().getCipherSuite().matches(".*(GCM|POLY1305).*"));
            }
        }
    }

    /** As a token that is revoked, a certificate that isn't trusted any more ends what it let in. */
    @Test
    void shouldEndWhatACertificateLetInWhenItIsTrustedNoMore(@TempDir Path own) throws Exception {
        Certificates.make(own, "server", ADDRESSES);
        Certificates.make(own, "first", "dns:worker-7.example.org");
        Certificates.make(own, "second", "dns:worker-7.example.org");
        TlsFiles tls = Certificates.files(own, false, "first", "second");
        try (SecuredBroker changing = SecuredBroker.start(own, SecuredBroker.config(own, tls))) {
            changing.maySubmit("dns:worker-7.example.org");
            int port = changing.broker().port();
            try (Telpher first = Telpher.connect(Certificates.url(own, port, "", "first"));
                    Telpher second = Telpher.connect(Certificates.url(own, port, "", "second"))) {
                first.submit(TaskSpec.type("t").payload("p"));
                Certificates.files(own, false, "second");
                changing.reload();
                RuntimeException ended = assertThrows(
                        RuntimeException.class,
                        () -> first.submit(TaskSpec.type("t").payload("p")));
                assertTrue(String.valueOf(ended.getMessage()).length() > 0);
                assertTrue(second.submit(TaskSpec.type("t").payload("p")).taskId() != 0);
            }
        }
    }

    /** Each would cost the broker a signature, and could change who the client is. */
    @Test
    void shouldEndAConnectionWhoseClientBeginsAnotherHandshake() throws Exception {
        for (int port : new int[] {secured.broker().port(), secured.broker().httpPort()}) {
            try (SSLSocket socket = socket(port)) {
                socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                socket.startHandshake();
                socket.startHandshake();
                assertTrue(isEnded(socket), "answered after a second handshake");
            }
        }
    }

    private static boolean isEnded(SSLSocket socket) {
        try {
            socket.getOutputStream().write("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void shouldSpeakNoCipherWithoutForwardSecrecy() throws Exception {
        try (SSLSocket socket = socket(secured.broker().httpPort())) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setEnabledCipherSuites(new String[] {"TLS_RSA_WITH_AES_128_GCM_SHA256"});
            assertThrows(SSLHandshakeException.class, socket::startHandshake);
        }
    }

    @Test
    void shouldShowTheNewCertificateAfterAReloadAndKeepTheOldOneWhenTheFilesDontFit() throws Exception {
        String before = shown();
        Path key = directory.resolve("server.key");
        Path kept = Files.copy(key, directory.resolve("kept.key"));
        Path keptCertificate = Files.copy(directory.resolve("server.pem"), directory.resolve("kept.pem"));
        BrokerConfig config = BrokerConfig.of(directory.resolve("data"));
        Files.copy(directory.resolve("other.key"), key, StandardCopyOption.REPLACE_EXISTING);
        UnusableException wrong =
                assertThrows(UnusableException.class, () -> secured.broker().reload(config));
        assertTrue(String.valueOf(wrong.getMessage()).startsWith("TQ-1032"), wrong.getMessage());
        assertEquals(before, shown());
        Files.copy(
                directory.resolve("other.pem"), directory.resolve("server.pem"), StandardCopyOption.REPLACE_EXISTING);
        secured.broker().reload(config);
        assertNotEquals(before, shown());
        Files.copy(kept, key, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(keptCertificate, directory.resolve("server.pem"), StandardCopyOption.REPLACE_EXISTING);
        secured.broker().reload(config);
        assertEquals(before, shown());
    }

    /** On both ports at the same time, since each takes as long as the broker waits for a handshake. */
    @Test
    void shouldHangUpOnAHandshakeThatDoesNotComeForward() throws Exception {
        try (Socket binary = begun(secured.broker().port());
                Socket http = begun(secured.broker().httpPort())) {
            assertEquals(-1, binary.getInputStream().read());
            assertEquals(-1, http.getInputStream().read());
        }
    }

    private static Socket begun(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write(0x16);
        return socket;
    }

    private static String shown() throws Exception {
        try (SSLSocket socket = socket(secured.broker().port())) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    /** Trusts whatever comes. */
    private static SSLSocket socket(int port) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        TrustManager any = new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String kind) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String kind) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        context.init(null, new TrustManager[] {any}, new SecureRandom());
        return (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    }
}
