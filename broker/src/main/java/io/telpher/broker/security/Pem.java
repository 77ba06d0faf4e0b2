package io.telpher.broker.security;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and keys, and says what is wrong with them. A key's bytes are in no message. */
final class Pem {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final List<String> KEY_KINDS = List.of("RSA", "EC", "Ed25519", "Ed448");

    private Pem() {}

    static X509Certificate[] certificates(Path file) throws UnusableException {
        try (InputStream in = Files.newInputStream(file)) {
            X509Certificate[] chain = CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toArray(X509Certificate[]::new);
            if (chain.length == 0) {
                throw unusable(file, "holds no certificate (-----BEGIN CERTIFICATE-----)");
            }
            return chain;
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (GeneralSecurityException e) {
            throw unusable(file, "is not a PEM file of certificates: " + e.getMessage());
        }
    }

    static PrivateKey key(Path file) throws UnusableException {
        try {
            Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
            if (!pem.find()) {
                throw unusable(
                        file,
                        "holds no unencrypted PKCS#8 key (-----BEGIN PRIVATE KEY-----); convert it with: "
                                + "openssl pkcs8 -topk8 -nocrypt -in " + file + " -out new.key");
            }
            PKCS8EncodedKeySpec encoded =
                    new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
            List<String> tried = new ArrayList<>();
            for (String kind : KEY_KINDS) {
                try {
                    return KeyFactory.getInstance(kind).generatePrivate(encoded);
                } catch (InvalidKeySpecException e) {
                    tried.add(kind); // it is of another one, or damaged
                }
            }
            throw unusable(file, "holds a key that is none of " + tried + ", or is damaged");
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK knows keys of " + KEY_KINDS, e);
        }
    }

    /** A certificate replaced before its key, or the other way round, would fail every handshake. */
    static void requirePair(Path certificateFile, X509Certificate certificate, PrivateKey key)
            throws UnusableException {
        try {
            PublicKey ofCertificate = certificate.getPublicKey();
            String kind = ofCertificate.getAlgorithm();
            String algorithm = kind.equals("RSA") ? "SHA256withRSA" : kind.equals("EC") ? "SHA256withECDSA" : "EdDSA";
            byte[] sample = {1, 2, 3};
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(sample);
            byte[] signature = signing.sign();
            signing.initVerify(ofCertificate);
            signing.update(sample);
            if (!signing.verify(signature)) {
                throw unusable(certificateFile, "and tls.key do not belong together");
            }
        } catch (GeneralSecurityException e) {
            throw unusable(certificateFile, "and tls.key do not belong together: " + e.getMessage());
        }
    }

    private static UnusableException unreadable(Path file, IOException e) {
        return unusable(file, UnusableException.unreadable(file, e));
    }

    static UnusableException unusable(Path file, String what) {
        return new UnusableException("TQ-1032 tls: " + file + " " + what);
    }
}
