package io.telpher.broker.net;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/** Which process listens on a port of this machine, as far as Linux shows it to this user. */
final class PortHolder {
    private static final Path PROC = Path.of("/proc");
    private static final String LISTENS = "0A";
    private static final int LOCAL = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;
    private static final int HEX = 16;

    private PortHolder() {}

    /** In words, to stand behind "in use by". */
    static String describe(int port) {
        try {
            List<String> sockets = sockets(port);
            String holder = sockets.isEmpty() ? null : holder(sockets);
            return holder == null ? "a process that this user can't see" : holder;
        } catch (IOException e) {
            return "an unknown process (" + e + ")";
        }
    }

    /** The targets of links to the sockets that listen on the port. */
    private static List<String> sockets(int port) throws IOException {
        List<String> sockets = new ArrayList<>();
        for (String table : List.of("net/tcp", "net/tcp6")) {
            Path file = PROC.resolve(table);
            for (String line : Files.isReadable(file) ? Files.readAllLines(file) : List.<String>of()) {
                List<String> columns = columns(line);
                if (columns.size() > INODE && columns.get(STATE).equals(LISTENS) && port(columns.get(LOCAL)) == port) {
                    sockets.add("socket:[" + columns.get(INODE) + "]");
                }
            }
        }
        return sockets;
    }

    private static List<String> columns(String line) {
        return Collections.list(new StringTokenizer(line)).stream()
                .map(Object::toString)
                .toList();
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.indexOf(':') + 1), HEX);
    }

    private static @Nullable String holder(List<String> sockets) throws IOException {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                if (holds(process, sockets)) {
                    return "process " + process.getFileName() + " (" + name(process) + ")";
                }
            }
        }
        return null;
    }

    private static boolean holds(Path process, List<String> sockets) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path file : files) {
                if (sockets.contains(target(file))) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false; // another user's, or it has just ended
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }

    private static String name(Path process) {
        try {
            return Files.readString(process.resolve("comm")).strip();
        } catch (IOException e) {
            return "it has just ended";
        }
    }
}
