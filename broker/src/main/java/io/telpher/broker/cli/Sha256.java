package io.telpher.broker.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The demo's work, in this process and in one of its own. */
final class Sha256 {
    private Sha256() {}

    static String of(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** By {@code sha256sum}. */
    static String byProcess(byte[] bytes) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sha256sum").start();
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(bytes);
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("sha256sum failed: " + output);
        }
        return output.substring(0, output.indexOf(' '));
    }
}
