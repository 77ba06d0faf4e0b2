package io.telpher.broker.cli;

import io.telpher.broker.cli.output.Output;
import io.telpher.broker.security.Token;
import io.telpher.broker.security.TokenEntry;
import io.telpher.broker.security.TokenFile;
import io.telpher.broker.security.UnusableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Edits the file of tokens; a broker that uses it notices within a second. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Makes, lists and revokes tokens (security.tokens).")
final class TokenCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    /** Where the tokens are. */
    static final class Tokens {
        @Option(
                names = "--file",
                paramLabel = "FILE",
                description = "The broker's security.tokens; also from TELPHER_SECURITY_TOKENS. Default: tokens.json",
                defaultValue = "${env:TELPHER_SECURITY_TOKENS:-tokens.json}")
        private Path file = Path.of("tokens.json");
    }

    /** Rules of a new token. */
    static final class Terms {
        @Option(
                names = "--allow",
                paramLabel = "ROLE[:QUEUES]",
                required = true,
                description = "submit, work, read, admin or *; with a pattern of queues: work:mail, read:orders.*")
        private List<String> allow = List.of();

        @Option(names = "--deny", paramLabel = "ROLE[:QUEUES]", description = "The same; wins over --allow.")
        private List<String> deny = List.of();

        @Option(names = "--days", paramLabel = "N", description = "Expires after this many days. Default: never.")
        private int days;

        @Option(
                names = "--san",
                paramLabel = "NAME",
                description = "No token, but a client certificate with this name: dns:worker-7.example.org, uri:..")
        private @Nullable String san;
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Prints a new token, once.")
    int create(
            @Mixin Tokens tokens,
            @Mixin Output output,
            @Mixin Terms terms,
            @Parameters(paramLabel = "NAME") String name)
            throws IOException, UnusableException {
        String id = Token.newId();
        String token = Token.of(id);
        Instant now = Instant.now();
        TokenEntry entry = new TokenEntry(
                id,
                name,
                terms.san == null ? Token.sha256(token) : null,
                terms.san,
                terms.allow,
                terms.deny,
                now,
                terms.days > 0 ? now.plus(Duration.ofDays(terms.days)) : null);
        entry.check();
        TokenFile.edit(tokens.file, entries -> {
            List<TokenEntry> more = new ArrayList<>(entries);
            more.add(entry);
            return more;
        });
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("id", id);
        said.put("name", name);
        said.put(terms.san == null ? "token" : "san", terms.san == null ? token : terms.san);
        output.says(spec.commandLine().getOut(), terms.san == null ? token : terms.san + " is known as " + name, said);
        return 0;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Who may do what; no secrets.")
    int list(@Mixin Tokens tokens, @Mixin Output output) throws UnusableException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (TokenEntry entry : TokenFile.read(tokens.file)) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("id", entry.id());
            row.put("name", entry.name());
            row.put("allow", String.join(" ", entry.allow()));
            row.put("deny", String.join(" ", entry.deny()));
            row.put("san", entry.san() == null ? "" : entry.san());
            row.put("created", entry.created().toString());
            row.put("expires", entry.expires() == null ? "" : entry.expires().toString());
            rows.add(row);
        }
        output.rows(spec.commandLine().getOut(), rows);
        return 0;
    }

    @Command(name = "revoke", mixinStandardHelpOptions = true, description = "Connections that use it are closed.")
    int revoke(
            @Mixin Tokens tokens,
            @Mixin Output output,
            @Option(names = "--dry-run", description = "Only say which it is.") boolean dryRun,
            @Option(names = "--yes", description = "Really.") boolean yes,
            @Parameters(paramLabel = "ID|NAME") String which)
            throws IOException, UnusableException {
        if (!yes && !dryRun) {
            throw new IllegalArgumentException("revoke ends the token " + which
                    + " and the connections that use it; add --yes if you mean it, or --dry-run");
        }
        List<TokenEntry> meant = new ArrayList<>();
        if (dryRun) {
            meant.add(one(TokenFile.read(tokens.file), which));
        } else {
            TokenFile.edit(tokens.file, entries -> without(entries, which, meant));
        }
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("id", meant.get(0).id());
        said.put("name", meant.get(0).name());
        said.put("dry_run", dryRun);
        String sentence = dryRun ? meant.get(0).name() + " (" + meant.get(0).id() + ") would be revoked" : "revoked";
        output.says(spec.commandLine().getOut(), sentence, said);
        return 0;
    }

    /** @param removed gets it */
    private static List<TokenEntry> without(List<TokenEntry> entries, String which, List<TokenEntry> removed) {
        TokenEntry meant = one(entries, which);
        removed.add(meant);
        List<TokenEntry> rest = new ArrayList<>(entries);
        rest.remove(meant);
        return rest;
    }

    private static TokenEntry one(List<TokenEntry> entries, String which) {
        List<TokenEntry> meant = entries.stream()
                .filter(entry -> entry.id().equals(which) || entry.name().equals(which))
                .toList();
        if (meant.size() != 1) {
            throw new IllegalArgumentException(
                    meant.isEmpty()
                            ? "there is no token " + which + "; tq token list shows them"
                            : which + " is the name of several: say which by its id: "
                                    + meant.stream().map(TokenEntry::id).toList());
        }
        return meant.get(0);
    }
}
