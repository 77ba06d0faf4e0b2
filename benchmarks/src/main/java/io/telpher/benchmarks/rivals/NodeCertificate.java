package io.telpher.benchmarks.rivals;

import io.telpher.benchmarks.machine.Shell;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/** One self-signed certificate that all nodes of a measured cluster share and trust, as PEM files. Its cost is that of certificates of an authority. */
record NodeCertificate(Path certificate, Path key) {
    private static final String PASSWORD = "password";
    private static final String ALIAS = "node";

    /** @param directory where the files are made */
    static NodeCertificate make(Path directory) throws IOException, InterruptedException {
        Path store = directory.resolve("node.p12");
        Shell.run(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                ALIAS,
                "-dname",
                "CN=node",
                "-ext",
                "bc:c",
                "-ext",
                "san=ip:" + Server.LOOPBACK,
                "-validity",
                "10",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD);
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            return new NodeCertificate(
                    pem(
                            directory.resolve("node.pem"),
                            "CERTIFICATE",
                            keys.getCertificate(ALIAS).getEncoded()),
                    pem(
                            directory.resolve("node.key"),
                            "PRIVATE KEY",
                            keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IOException("the certificate of the nodes can't be read", e);
        }
    }

    private static Path pem(Path file, String kind, byte[] bytes) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return Files.writeString(file, "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
    }

    /** For a node's configuration, {@code key=value} each. */
    List<String> settings() {
        return List.of(
                "cluster.tls.certificate=" + certificate, "cluster.tls.key=" + key, "cluster.tls.ca=" + certificate);
    }
}
