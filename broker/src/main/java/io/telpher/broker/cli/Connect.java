package io.telpher.broker.cli;

import io.telpher.client.Telpher;
import picocli.CommandLine.Option;

/** Which broker to talk to: an option of every command that does. */
final class Connect {
    @Option(
            names = {"-u", "--url"},
            paramLabel = "URL",
            description =
                    "tq://[token@]host:port; tqs:// with TLS and ?ca=FILE&cert=FILE&key=FILE; also from TELPHER_URL, the token from"
                            + " TELPHER_TOKEN. Default: tq://127.0.0.1:8357",
            defaultValue = "${env:TELPHER_URL:-tq://127.0.0.1:8357}")
    private String url = "tq://127.0.0.1:8357";

    Telpher connect() {
        return Telpher.connect(url, "tq pid " + ProcessHandle.current().pid());
    }

    /** The URL without what may be a secret. */
    String address() {
        return url.replaceFirst("//[^/@]*@", "//").replaceFirst("\\?.*", "");
    }

    String url() {
        return url;
    }
}
