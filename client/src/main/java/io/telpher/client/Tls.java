package io.telpher.client;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** TLS to a broker whose certificate must carry the host's name: Netty 4.1 does not ask for that by itself. */
final class Tls {
    private static final Pattern ALERT_ABOUT_CERTIFICATES =
            Pattern.compile("Received fatal alert: (\\w*certificate\\w*|unknown_ca|access_denied)");

    private Tls() {}

    /** @throws IllegalArgumentException when a file can't be used */
    static SslContext context(ClientUrl.TlsOptions files) throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forClient().protocols("TLSv1.3", "TLSv1.2");
        if (files.ca() != null) {
            builder.trustManager(readable(files.ca()));
        }
        if (files.cert() != null && files.key() != null) {
            builder.keyManager(readable(files.cert()), readable(files.key()));
        }
        return builder.build();
    }

    private static File readable(Path file) {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException(
                    "TLS: " + file + (Files.exists(file) ? " can't be read by this user" : " is not there"));
        }
        return file.toFile();
    }

    static SslHandler handler(SslContext tls, ByteBufAllocator memory, ClientUrl.Address address) {
        SslHandler handler = tls.newHandler(memory, address.host(), address.port());
        SSLParameters parameters = handler.engine().getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        handler.engine().setSSLParameters(parameters);
        return handler;
    }

    /** Why another try would fail like this one, with the way out; null when it may not. */
    static @Nullable String lastingFailure(Throwable failure) {
        if (failure instanceof NotSslRecordException) {
            return "the server does not speak TLS; use tq:// to connect without it";
        }
        String said = String.valueOf(failure.getMessage());
        if (ALERT_ABOUT_CERTIFICATES.matcher(said).find()) {
            return "TLS: the broker does not take this client's certificate, or wants one (?cert=FILE&key=FILE): "
                    + said;
        }
        boolean isDistrust = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            isDistrust |= cause instanceof CertificateException;
            said = String.valueOf(cause.getMessage());
        }
        return isDistrust
                ? "TLS: the broker's certificate is not trusted (" + said
                        + "); name its authority by ?ca=FILE or TELPHER_CA"
                : null;
    }
}
