package io.telpher.broker.security;

import io.telpher.broker.thread.Chore;
import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Authentication by the configuration and its files as they are now. tokens.json is looked at each second, so that a revoked token is of no use any
 * more when its owner reads about it; certificates are read again on a reload. Thread-safe.
 */
public final class Security implements AutoCloseable {
    /** To whom was known before. */
    public static final String REVOKED = "this token or certificate was revoked meanwhile, or has expired";

    private static final Logger LOG = LoggerFactory.getLogger(Security.class);
    private static final int CLOSE_SECONDS = 5;
    private static final int LOOKS_PER_CERTIFICATES = 60;

    private final SecurityConfig config;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(Threads.daemons("telpher-security", Threads::ended));
    private final Chore looking =
            new Chore("reading-tokens", "TQ-1035 looking after security.tokens failed; those known go on");
    private final Chore counting = new Chore("counting-refused-logins", "TQ-1035 refused logins can't be counted");
    private final @Nullable ServerTls tls;
    private final AuditLog audit;
    private final RefusedLogins refusedLogins;
    private final PendingConnections pending;
    private volatile Tokens tokens;
    private Object seen;
    private int looks;
    private Instant lookedAt = Instant.now();
    private volatile Runnable onChange = () -> {};

    private Security(SecurityConfig config, Path directory) throws IOException, UnusableException {
        this.config = config;
        this.tls = config.tls() == null ? null : ServerTls.open(config.tls());
        this.seen = stamp();
        this.tokens = new Tokens(config.tokens() == null ? List.of() : TokenFile.read(config.tokens()));
        this.audit = new AuditLog(directory, thread);
        this.refusedLogins = new RefusedLogins(audit);
        this.pending = new PendingConnections(config.pendingPerAddress());
    }

    /**
     * Reads the files and looks at them from here on.
     *
     * @param directory of the audit log
     */
    public static Security open(SecurityConfig config, Path directory) throws IOException, UnusableException {
        Security security = new Security(config, directory);
        if (security.tls != null) {
            security.tls.warnOfEnd();
        }
        security.thread.scheduleWithFixedDelay(
                Threads.retried(security.looking, security::look), 1, 1, TimeUnit.SECONDS);
        security.thread.scheduleWithFixedDelay(
                Threads.retried(security.counting, security.refusedLogins::tellHowMany), 1, 1, TimeUnit.MINUTES);
        security.thread.scheduleWithFixedDelay(security.audit::writeWaiting, 1, 1, TimeUnit.SECONDS);
        return security;
    }

    /** Problems of the files; changes nothing. */
    public static List<String> problems(SecurityConfig config) {
        List<String> problems = new ArrayList<>();
        try {
            if (config.tls() != null) {
                ServerTls.open(config.tls());
            }
        } catch (UnusableException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        try {
            if (config.tokens() != null) {
                TokenFile.read(config.tokens());
            }
        } catch (UnusableException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        return problems;
    }

    /** Sets the reaction to changed credentials or rules. */
    public void onChange(Runnable reaction) {
        onChange = reaction;
    }

    // ---- who is there

    /** Whether clients must authenticate. */
    public boolean asks() {
        return config.tokens() != null;
    }

    /**
     * By token, or when there is none by the certificate.
     *
     * @param session of TLS; null in the clear
     * @return null when the client is unknown
     */
    public @Nullable Principal login(String token, @Nullable SSLSession session) {
        if (!isTrusted(session)) {
            return null;
        }
        if (!asks()) {
            return Principal.ANYONE;
        }
        Instant now = Instant.now();
        return token.isEmpty() ? tokens.bySan(names(session), now) : tokens.byToken(token, now);
    }

    private static List<String> names(@Nullable SSLSession session) {
        if (session == null) {
            return List.of();
        }
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate shown
                    ? CertificateNames.of(shown)
                    : List.of();
        } catch (SSLPeerUnverifiedException e) {
            return List.of(); // it has shown none
        }
    }

    /** Why a login failed, for people. */
    public static String whyUnknown(String token) {
        return token.isEmpty()
                ? "this broker asks for a token, or for a client certificate that it knows"
                : "this token is unknown, revoked or expired";
    }

    /** What a connection showed when it began may be of an authority that counts no more, or over. */
    private boolean isTrusted(@Nullable SSLSession session) {
        return session == null || tls == null || tls.isTrusted(session);
    }

    /**
     * The principal as it is known now: the same object when its rules are the same; null when it is no longer known.
     *
     * @param session of TLS; null in the clear
     */
    public @Nullable Principal now(Principal earlier, @Nullable SSLSession session) {
        if (!isTrusted(session)) {
            return null;
        }
        if (!asks() || earlier == Principal.ANYONE) {
            return earlier;
        }
        Principal known = tokens.now(earlier, Instant.now());
        return known != null && known.isLike(earlier) ? earlier : known;
    }

    /** @param token as it was given; only its public part is noted */
    public void refusedLogin(SocketAddress address, String via, String token) {
        String id = Token.id(token);
        String why = token.isEmpty()
                ? "no token"
                : id.isEmpty() ? "not a token" : "token " + id + " is unknown, expired or wrong";
        String host = address instanceof InetSocketAddress inet ? inet.getHostString() : String.valueOf(address);
        refusedLogins.add(host, text(address), via, why);
    }

    // ---- its parts

    public @Nullable ServerTls tls() {
        return tls;
    }

    public PendingConnections pending() {
        return pending;
    }

    public AuditLog audit() {
        return audit;
    }

    public AuditTrail trail(SocketAddress address, String via) {
        return new AuditTrail(audit, text(address), via);
    }

    private static String text(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                ? inet.getHostString() + ":" + inet.getPort()
                : String.valueOf(address);
    }

    /** What goes on beside all requests, whatever fails. */
    public List<Chore> chores() {
        return List.of(looking, counting, audit.writing());
    }

    public boolean isMetricsOpen() {
        return config.openMetrics();
    }

    /** @param host lower-case, without a port */
    public boolean isCalled(String host) {
        return config.hosts().contains(host) || tls != null && tls.hosts().contains(host);
    }

    // ---- changes

    /** What was read again, for people. Nothing changes when a file can't be used. */
    public List<String> reload() throws UnusableException {
        List<String> done = new ArrayList<>();
        if (tls != null) {
            tls.reload();
            done.add("tls: " + tls.description());
        }
        if (config.tokens() != null) {
            done.add("security.tokens: " + readTokens(config.tokens()) + " known");
        } else {
            onChange.run();
        }
        return done;
    }

    private synchronized int readTokens(Path file) throws UnusableException {
        Object stamp = stamp();
        Tokens fresh = new Tokens(TokenFile.read(file));
        Map<String, TokenEntry> before = tokens.entries();
        tokens = fresh;
        seen = stamp;
        noteChanges(before, fresh.entries());
        onChange.run();
        return fresh.count();
    }

    private void noteChanges(Map<String, TokenEntry> before, Map<String, TokenEntry> after) {
        TreeSet<String> ids = new TreeSet<>(before.keySet());
        ids.addAll(after.keySet());
        for (String id : ids) {
            TokenEntry was = before.get(id);
            TokenEntry is = after.get(id);
            if (!Objects.equals(was, is)) {
                String action = was == null ? "TOKEN_CREATED" : is == null ? "TOKEN_REVOKED" : "TOKEN_CHANGED";
                String target = String.valueOf(is == null ? was : is);
                audit.add(new AuditLog.Event("", "", "broker", action, target, "OK", "in security.tokens"));
            }
        }
    }

    /** Once a minute; they end too, and whose connections they let in is not known here. */
    private boolean isTimeForCertificates() {
        looks++;
        return looks % LOOKS_PER_CERTIFICATES == 0 && tls != null && tls.knowsClients();
    }

    /** Once a second; also ends tokens that have expired. */
    private void look() {
        try {
            Path file = config.tokens();
            if (file != null && !stamp().equals(seen)) {
                LOG.info("TQ-1020 reloaded: security.tokens, {} known", readTokens(file));
            } else if (tokens.anyEnded(lookedAt, Instant.now()) || isTimeForCertificates()) {
                onChange.run();
            }
            lookedAt = Instant.now();
        } catch (UnusableException e) {
            seen = stamp(); // told once
            LOG.error("{}; the tokens known before go on", e.getMessage());
        }
    }

    /** Changes when the file does. */
    private Object stamp() {
        Path file = config.tokens();
        try {
            if (file == null) {
                return "";
            }
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return List.of(now.lastModifiedTime(), now.size(), String.valueOf(now.fileKey()));
        } catch (IOException e) {
            return String.valueOf(e);
        }
    }

    /** Ends the looking; what the audit log was given is written. */
    @Override
    public void close() throws InterruptedException {
        thread.execute(audit::writeWaiting);
        thread.shutdown();
        if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
            LOG.warn("TQ-1034 the audit log was not written to its end within {} s", CLOSE_SECONDS);
        }
        audit.end();
    }
}
