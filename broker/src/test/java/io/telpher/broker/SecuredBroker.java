package io.telpher.broker;

import io.telpher.broker.security.SecurityConfig;
import io.telpher.broker.security.TlsFiles;
import io.telpher.broker.security.Token;
import io.telpher.broker.security.TokenEntry;
import io.telpher.broker.security.TokenFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A broker that asks who is there, and its tokens. */
public final class SecuredBroker implements AutoCloseable {
    private final Path tokens;
    private final Broker broker;

    private SecuredBroker(Path tokens, Broker broker) {
        this.tokens = tokens;
        this.broker = broker;
    }

    public static SecuredBroker start(Path directory) throws Exception {
        return start(directory, config(directory, null));
    }

    public static SecurityConfig config(Path directory, @Nullable TlsFiles tls) {
        return new SecurityConfig(
                tls, file(directory), Set.of("tq.example.org"), false, SecurityConfig.PENDING_DEFAULT);
    }

    public static SecuredBroker start(Path directory, int partitions) throws Exception {
        return start(directory, config(directory, null), partitions);
    }

    /** @param security whose tokens are those of {@link #file} */
    public static SecuredBroker start(Path directory, SecurityConfig security) throws Exception {
        return start(directory, security, 1);
    }

    private static SecuredBroker start(Path directory, SecurityConfig security, int partitions) throws Exception {
        TokenFile.edit(file(directory), entries -> entries);
        BrokerConfig config = BrokerConfig.of(directory.resolve("data"))
                .onFreePorts()
                .withPartitions(partitions)
                .withSecurity(security);
        return new SecuredBroker(file(directory), Broker.start(config));
    }

    public static Path file(Path directory) {
        return directory.resolve("tokens.json");
    }

    /** Of a token; it may hold underscores itself. */
    public static String secretOf(String token) {
        return token.split("_", 3)[2];
    }

    public Broker broker() {
        return broker;
    }

    /** A new token; the broker knows it when this returns. */
    public String token(String name, List<String> allow, List<String> deny) throws Exception {
        String id = Token.newId();
        String token = Token.of(id);
        add(new TokenEntry(id, name, Token.sha256(token), null, allow, deny, Instant.now(), null));
        return token;
    }

    /** Who shows a certificate of this name may submit. */
    public void maySubmit(String certificateName) throws Exception {
        add(new TokenEntry(
                Token.newId(), "worker", null, certificateName, List.of("submit"), List.of(), Instant.now(), null));
    }

    public void add(TokenEntry entry) throws Exception {
        TokenFile.edit(tokens, entries -> {
            List<TokenEntry> more = new ArrayList<>(entries);
            more.add(entry);
            return more;
        });
        reload();
    }

    /** From here on the token may do this; the broker knows it when this returns. */
    public void change(String name, List<String> allow, List<String> deny) throws Exception {
        replace(
                name,
                entry -> new TokenEntry(
                        entry.id(), name, entry.sha256(), entry.san(), allow, deny, entry.created(), entry.expires()));
    }

    public void expire(String name, Instant when) throws Exception {
        replace(
                name,
                entry -> new TokenEntry(
                        entry.id(),
                        name,
                        entry.sha256(),
                        entry.san(),
                        entry.allow(),
                        entry.deny(),
                        entry.created(),
                        when));
    }

    /** Another secret under the same id. */
    public void renew(String name) throws Exception {
        replace(
                name,
                entry -> new TokenEntry(
                        entry.id(),
                        name,
                        Token.sha256(Token.of(entry.id())),
                        entry.san(),
                        entry.allow(),
                        entry.deny(),
                        entry.created(),
                        entry.expires()));
    }

    private void replace(String name, UnaryOperator<TokenEntry> change) throws Exception {
        TokenFile.edit(tokens, entries -> entries.stream()
                .map(entry -> entry.name().equals(name) ? change.apply(entry) : entry)
                .toList());
        reload();
    }

    public void revoke(String name) throws Exception {
        TokenFile.edit(tokens, entries -> entries.stream()
                .filter(entry -> !entry.name().equals(name))
                .toList());
        reload();
    }

    /** Reads files again, as SIGHUP does. */
    public void reload() throws IOException, io.telpher.broker.security.UnusableException {
        broker.reload(BrokerConfig.of(tokens.resolveSibling("data")));
    }

    @Override
    public void close() {
        broker.close();
    }
}
