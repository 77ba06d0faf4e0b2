package io.telpher.client;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import javax.net.ssl.SSLParameters;

/** TLS to a broker whose certificate must carry the host's name: Netty 4.1 does not ask for that by itself. */
final class Tls {
    private Tls() {}

    static SslHandler handler(SslContext tls, ByteBufAllocator memory, ClientUrl url) {
        SslHandler handler = tls.newHandler(memory, url.host(), url.port());
        SSLParameters parameters = handler.engine().getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        handler.engine().setSSLParameters(parameters);
        return handler;
    }
}
