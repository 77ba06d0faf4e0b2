package io.telpher.benchmarks.rivals;

import io.telpher.broker.Broker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Telpher's own broker, spoken to by its Java client or by a blocking socket as small as those that the rivals' clients have. */
final class TelpherBroker implements Rival {
    static final String QUEUE = "tasks";

    private final List<String> launcher;
    private final boolean bySocket;
    private final Syncs syncs;

    /**
     * Through its Java client or a socket.
     *
     * @param launcher that starts a broker when settings are added
     */
    TelpherBroker(List<String> launcher, boolean bySocket, Syncs syncs) {
        this.syncs = syncs;
        this.launcher = launcher;
        this.bySocket = bySocket;
    }

    @Override
    public String name() {
        return (bySocket ? "telpher-socket" : "telpher") + syncs.suffix();
    }

    @Override
    public String durability() {
        return "journal.sync " + mode();
    }

    private String mode() {
        return syncs == Syncs.FIRST ? "batch" : "interval";
    }

    @Override
    public boolean syncs() {
        return syncs == Syncs.FIRST;
    }

    @Override
    public List<String> programs() {
        return List.of("java");
    }

    @Override
    public String debianPackage() {
        return "";
    }

    @Override
    public String version() {
        return Broker.VERSION;
    }

    @Override
    public Server start(Path directory) throws IOException {
        int port = Server.freePort();
        List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of(
                "--set",
                "journal.dir=" + directory.resolve("data"),
                "--set",
                "journal.sync=" + mode(),
                "--set",
                "listen.port=" + port,
                "--set",
                "http.port=" + Server.freePort()));
        return Server.spawn(port, directory.resolve("server.log"), Map.of(), command)
                .awaitPort();
    }

    @Override
    public Driver connect(Server server) {
        String url = "tq://" + Server.LOOPBACK + ":" + server.port();
        return bySocket ? new TelpherSocket(url) : new TelpherClient(url);
    }
}
