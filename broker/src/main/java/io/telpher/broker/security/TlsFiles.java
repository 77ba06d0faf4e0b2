package io.telpher.broker.security;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * PEM files that TLS is made from.
 *
 * @param certificate the broker's, with those that lead to its issuer behind it
 * @param key PKCS#8, not encrypted
 * @param clientCa whose client certificates are believed; null = none are asked for
 * @param clientsMust a client without a certificate is turned away
 */
public record TlsFiles(Path certificate, Path key, @Nullable Path clientCa, boolean clientsMust) {}
