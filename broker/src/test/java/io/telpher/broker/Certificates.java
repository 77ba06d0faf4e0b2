package io.telpher.broker;

import io.telpher.broker.security.TlsFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;

/** Self-signed certificates of the JDK's keytool, as PEM files. */
public final class Certificates {
    private static final char[] PASSWORD = "password".toCharArray();

    private Certificates() {}

    /** Writes NAME.pem and NAME.key, good for ten days. */
    public static void make(Path directory, String name, String names) throws Exception {
        make(directory, name, names, "+0d");
    }

    /** Was good for ten days, until yesterday. */
    public static void makeExpired(Path directory, String name, String names) throws Exception {
        make(directory, name, names, "-11d");
    }

    private static void make(Path directory, String name, String names, String start) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Files.deleteIfExists(store);
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        "a",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=" + names,
                        "-startdate",
                        start,
                        "-validity",
                        "10",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException(said);
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        pem(
                directory.resolve(name + ".pem"),
                "CERTIFICATE",
                keys.getCertificate("a").getEncoded());
        pem(
                directory.resolve(name + ".key"),
                "PRIVATE KEY",
                keys.getKey("a", PASSWORD).getEncoded());
    }

    /** What a broker is told: its own, {@code server}, and those of clients that it takes. */
    public static TlsFiles files(Path directory, boolean required, String... clients) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String client : clients) {
            all.append(Files.readString(directory.resolve(client + ".pem")));
        }
        Path known = Files.writeString(directory.resolve("clients.pem"), all);
        return new TlsFiles(directory.resolve("server.pem"), directory.resolve("server.key"), known, required);
    }

    /** To connect with over TLS, with this certificate or, for {@code ""}, none. */
    public static String url(Path directory, int port, String token, String certificate) {
        String who = token.isEmpty() ? "" : token + "@";
        String own = certificate.isEmpty()
                ? ""
                : "&cert=" + directory.resolve(certificate + ".pem") + "&key="
                        + directory.resolve(certificate + ".key");
        return "tqs://" + who + "127.0.0.1:" + port + "?ca=" + directory.resolve("server.pem") + own;
    }

    private static void pem(Path file, String kind, byte[] bytes) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        Files.writeString(file, "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
    }
}
