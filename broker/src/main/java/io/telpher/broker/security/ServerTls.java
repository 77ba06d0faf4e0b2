package io.telpher.broker.security;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** TLS of both ports, from files that may be replaced while the broker runs: the next connection gets what they held at the last reload. */
public final class ServerTls {
    private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    private static final int HANDSHAKE_MS_MAX = 5_000;

    /** Authenticated encryption with forward secrecy, nothing else. */
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    /** By which present state a client's certificate was last found to be trusted, kept with its TLS session. */
    private static final String TRUSTED_BY = ServerTls.class.getName();

    /** @param clients whom to trust; null = certificates aren't asked for */
    private record Present(
            SslContext context,
            X509Certificate certificate,
            Set<String> hosts,
            @Nullable ClientTrust clients) {}

    private final TlsFiles files;
    private volatile Present present;

    private ServerTls(TlsFiles files, Present present) {
        this.files = files;
        this.present = present;
    }

    static ServerTls open(TlsFiles files) throws UnusableException {
        return new ServerTls(files, read(files));
    }

    private static Present read(TlsFiles files) throws UnusableException {
        X509Certificate[] chain = Pem.certificates(files.certificate());
        PrivateKey key = Pem.key(files.key());
        Pem.requirePair(files.certificate(), chain[0], key);
        SslContextBuilder builder = SslContextBuilder.forServer(key, chain)
                .sslProvider(SslProvider.JDK)
                .protocols(PROTOCOLS)
                .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
        ClientTrust clients = files.clientCa() == null ? null : ClientTrust.in(Pem.certificates(files.clientCa()));
        if (clients != null) {
            builder.trustManager(clients).clientAuth(files.clientsMust() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
        }
        try {
            Set<String> hosts = CertificateNames.of(chain[0]).stream()
                    .filter(name -> name.startsWith("dns:"))
                    .map(name -> name.substring("dns:".length()))
                    .collect(Collectors.toUnmodifiableSet());
            return new Present(builder.build(), chain[0], hosts, clients);
        } catch (SSLException e) {
            throw Pem.unusable(files.certificate(), "can't be used: " + e.getMessage());
        }
    }

    /** Reads the files again; when something is wrong with them, what holds goes on. */
    void reload() throws UnusableException {
        present = read(files);
        warnOfEnd();
    }

    void warnOfEnd() {
        Instant end = present.certificate().getNotAfter().toInstant();
        if (end.isBefore(Instant.now())) {
            LOG.warn("TQ-1033 the certificate {} expired at {}; clients refuse it", files.certificate(), end);
        }
    }

    /** From here on the connection speaks TLS; a handshake that takes longer than 5 s ends it, and so does a second one. */
    public void addTo(ChannelPipeline pipeline) {
        SslHandler handler = present.context().newHandler(pipeline.channel().alloc());
        handler.setHandshakeTimeoutMillis(HANDSHAKE_MS_MAX);
        pipeline.addLast(new OneHandshake(), handler);
    }

    boolean knowsClients() {
        return present.clients() != null;
    }

    /** Whether a connection that was let in with this session would be let in again; one that showed no certificate would. */
    boolean isTrusted(SSLSession session) {
        Present now = present;
        ClientTrust clients = now.clients();
        if (clients == null) {
            return true;
        }
        try {
            Certificate[] shown = session.getPeerCertificates();
            X509Certificate[] chain = Arrays.copyOf(shown, shown.length, X509Certificate[].class);
            if (session.getValue(TRUSTED_BY) != now) {
                clients.checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm());
                session.putValue(TRUSTED_BY, now);
            }
            chain[0].checkValidity();
            return true;
        } catch (SSLPeerUnverifiedException e) {
            return true; // it showed none
        } catch (CertificateException e) {
            LOG.debug("the certificate of a client that was let in counts no more: {}", e.getMessage());
            return false;
        }
    }

    /** Null in the clear. */
    public static @Nullable SSLSession session(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        return tls == null ? null : tls.engine().getSession();
    }

    /** The names that the certificate is for. */
    Set<String> hosts() {
        return present.hosts();
    }

    /** For people. */
    String description() {
        return "certificate " + present.certificate().getSubjectX500Principal() + " until "
                + present.certificate().getNotAfter().toInstant();
    }
}
