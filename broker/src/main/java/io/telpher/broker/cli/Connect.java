package io.telpher.broker.cli;

import io.telpher.client.Telpher;
import picocli.CommandLine.Option;

/** Which broker to talk to: an option of every command that does. */
final class Connect {
    @Option(
            names = {"-u", "--url"},
            paramLabel = "URL",
            description = "tq://[token@]host:port; also from TELPHER_URL. Default: ${DEFAULT-VALUE}",
            defaultValue = "${env:TELPHER_URL:-tq://127.0.0.1:8357}")
    private String url = "tq://127.0.0.1:8357";

    Telpher connect() {
        return Telpher.connect(url, "tq pid " + ProcessHandle.current().pid());
    }

    String url() {
        return url;
    }
}
