package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Certificates;
import io.telpher.broker.SecuredBroker;
import io.telpher.broker.security.TlsFiles;
import io.telpher.client.ConnectionException;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code tls.client_certificates = "required"}: without a certificate that the authority made, no token helps, on either port. */
@Tag("security")
class RequiredCertificatesTest {
    private static final String REQUEST =
            "GET /api/v1/access HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n";

    private static final String WORKER = "dns:worker-7.example.org";
    private static final int TLS_1_0 = 0x0301;
    private static final int HANDSHAKE = 22;
    private static final int ALERT = 21;
    private static final int CLIENT_HELLO = 1;

    @TempDir
    static Path directory;

    private static SecuredBroker secured;
    private static String token;

    @BeforeAll
    static void start() throws Exception {
        Certificates.make(directory, "server", "dns:localhost,ip:127.0.0.1");
        Certificates.make(directory, "worker", WORKER);
        Certificates.make(directory, "unnamed", "dns:nobody.example.org");
        Certificates.make(directory, "stranger", WORKER);
        Certificates.makeExpired(directory, "expired", WORKER);
        TlsFiles tls = Certificates.files(directory, true, "worker", "unnamed", "expired");
        secured = SecuredBroker.start(directory, SecuredBroker.config(directory, tls));
        token = secured.token("admin", List.of("admin"), List.of());
        secured.maySubmit(WORKER);
    }

    @AfterAll
    static void stop() {
        secured.close();
    }

    private static String url(String who, String certificate) {
        return Certificates.url(directory, secured.broker().port(), who, certificate);
    }

    /** And the client says so, instead of trying for as long as it would with a broker that is starting. */
    private static void requireRefusal(String certificate) {
        ConnectionException refused =
                assertThrows(ConnectionException.class, () -> Telpher.connect(url(token, certificate)));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("TLS: the broker does not take this client's certificate, or wants one"), message);
    }

    @Test
    void shouldTakeTheCertificateItKnowsOnBothPorts() throws Exception {
        try (Telpher telpher = Telpher.connect(url("", "worker"))) {
            assertTrue(telpher.submit(TaskSpec.type("t").payload("p")).taskId() != 0);
        }
        assertTrue(asked("worker", "").contains(" 200 "));
    }

    @Test
    void shouldTakeATokenBesideACertificateThatNamesNobody() throws Exception {
        try (Telpher telpher = Telpher.connect(url(token, "unnamed"))) {
            assertTrue(telpher.submit(TaskSpec.type("t").payload("p")).taskId() != 0);
        }
        String answer = asked("unnamed", "Authorization: Bearer " + token + "\r\n");
        assertTrue(answer.contains(" 200 "), answer);
    }

    @Test
    void shouldNotTakeATokenWithoutACertificate() {
        requireRefusal("");
        assertEquals("", asked("", "Authorization: Bearer " + token + "\r\n"));
    }

    /** Of the right name, made by somebody else. */
    @Test
    void shouldNotTakeACertificateOfAnotherAuthority() {
        requireRefusal("stranger");
        assertEquals("", asked("stranger", "Authorization: Bearer " + token + "\r\n"));
    }

    /** Of the right name, and among those that the broker is told of. */
    @Test
    void shouldNotTakeACertificateThatHasExpired() {
        requireRefusal("expired");
        assertEquals("", asked("expired", "Authorization: Bearer " + token + "\r\n"));
    }

    /** By a hello of its own: the JDK's clients refuse these themselves. */
    @ParameterizedTest
    @ValueSource(ints = {TLS_1_0, TLS_1_0 + 1})
    void shouldSpeakNoOldVersion(int version) throws Exception {
        for (int port : new int[] {secured.broker().port(), secured.broker().httpPort()}) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(60_000);
                socket.getOutputStream().write(hello(version));
                assertEquals(ALERT, socket.getInputStream().read());
            }
        }
    }

    private static byte[] hello(int version) {
        ByteBuffer hello = ByteBuffer.allocate(5 + 4 + 2 + 32 + 1 + 2 + 4 + 2);
        hello.put((byte) HANDSHAKE).putShort((short) TLS_1_0).putShort((short) (hello.capacity() - 5));
        hello.putInt(CLIENT_HELLO << 24 | hello.capacity() - 9).putShort((short) version);
        hello.put(new byte[32]).put((byte) 0); // random, no session
        // ECDHE_ECDSA and ECDHE_RSA with AES_128_CBC_SHA, no compression
        hello.putShort((short) 4)
                .putShort((short) 0xC009)
                .putShort((short) 0xC013)
                .put((byte) 1)
                .put((byte) 0);
        return hello.array();
    }

    @Test
    void shouldLetAConnectionGoOnWhenTheCertificatesAreReadAgain() throws Exception {
        try (Telpher telpher = Telpher.connect(url("", "worker"))) {
            telpher.submit(TaskSpec.type("t").payload("before"));
            Certificates.make(directory, "server", "dns:localhost,ip:127.0.0.1");
            secured.token("reads-all-again", List.of("read"), List.of());
            telpher.submit(TaskSpec.type("t").payload("after"));
        }
        try (Telpher telpher = Telpher.connect(url("", "worker"))) {
            telpher.submit(TaskSpec.type("t").payload("with the new one"));
        }
    }

    /** The status line of the answer over HTTP; empty when the connection ended without one. */
    private static String asked(String certificate, String fields) {
        try (SSLSocket socket = socket(secured.broker().httpPort(), certificate)) {
            socket.setSoTimeout(60_000);
            socket.startHandshake();
            socket.getOutputStream().write(REQUEST.formatted(fields).getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return answer.lines().findFirst().orElse("");
        } catch (IOException closed) {
            return ""; // TLS 1.3 tells only behind the handshake
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static SSLSocket socket(int port, String certificate) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        KeyStore own = KeyStore.getInstance("PKCS12");
        if (certificate.isEmpty()) {
            own.load(null, null);
        } else {
            try (InputStream in = Files.newInputStream(directory.resolve(certificate + ".p12"))) {
                own.load(in, "password".toCharArray());
            }
        }
        keys.init(own, "password".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust(), null);
        return (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    }

    private static TrustManager[] trust() throws Exception {
        KeyStore known = KeyStore.getInstance("PKCS12");
        known.load(null, null);
        try (InputStream in = Files.newInputStream(directory.resolve("server.pem"))) {
            X509Certificate server = (X509Certificate)
                    java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in);
            known.setCertificateEntry("server", server);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(known);
        return factory.getTrustManagers();
    }
}
