package io.telpher.client;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** TLS to a broker whose certificate must carry the host's name: Netty 4.1 does not ask for that by itself. */
final class Tls {
    private Tls() {}

    /** @throws IllegalArgumentException when a file can't be used */
    static SslContext context(ClientUrl.TlsOptions files) throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forClient().protocols("TLSv1.3", "TLSv1.2");
        if (files.ca() != null) {
            builder.trustManager(files.ca().toFile());
        }
        if (files.cert() != null && files.key() != null) {
            builder.keyManager(files.cert().toFile(), files.key().toFile());
        }
        return builder.build();
    }

    static SslHandler handler(SslContext tls, ByteBufAllocator memory, ClientUrl url) {
        SslHandler handler = tls.newHandler(memory, url.host(), url.port());
        SSLParameters parameters = handler.engine().getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        handler.engine().setSSLParameters(parameters);
        return handler;
    }
}
