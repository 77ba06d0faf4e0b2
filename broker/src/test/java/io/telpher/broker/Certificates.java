package io.telpher.broker;

import io.telpher.broker.security.TlsFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Certificates of the JDK's keytool, self-signed or of an authority, as PEM files. */
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

    /** An authority, whose certificates {@link #makeSigned} makes; NAME.pem is to be trusted. */
    public static void makeAuthority(Path directory, String name) throws Exception {
        make(directory, name, "dns:" + name, "-1d", "-ext", "bc:c");
    }

    /** Writes NAME.pem and NAME.key, of this authority, good since yesterday: also by a clock that is some hours wrong. */
    public static void makeSigned(Path directory, String name, String names, String authority) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Files.copy(directory.resolve(authority + ".p12"), store, StandardCopyOption.REPLACE_EXISTING);
        keytool(store, "b", name, names, "-1d", "-signer", "a");
        write(store, "b", directory, name);
    }

    private static void make(Path directory, String name, String names, String start, String... more) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Files.deleteIfExists(store);
        keytool(store, "a", name, names, start, more);
        write(store, "a", directory, name);
    }

    private static void keytool(Path store, String alias, String name, String names, String start, String... more)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                // It is over before the second compiler pays for itself.
                "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC",
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                alias,
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
                new String(PASSWORD)));
        command.addAll(List.of(more));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException(said);
        }
    }

    private static void write(Path store, String alias, Path directory, String name) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        pem(
                directory.resolve(name + ".pem"),
                "CERTIFICATE",
                keys.getCertificate(alias).getEncoded());
        pem(
                directory.resolve(name + ".key"),
                "PRIVATE KEY",
                keys.getKey(alias, PASSWORD).getEncoded());
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
