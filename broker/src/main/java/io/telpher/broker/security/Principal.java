package io.telpher.broker.security;

import io.telpher.broker.partition.session.Rights;
import io.telpher.protocol.Role;
import io.telpher.protocol.frame.MessageType;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** An authenticated client, by token or certificate, with its rules. A denial wins over any permission. Immutable. */
public final class Principal implements Rights {
    /** Every client, where no tokens are configured. */
    public static final Principal ANYONE =
            new Principal("", "", "anyone", List.of(new Rule(Role.ADMIN, "*")), List.of());

    private static final int IPV4_BYTES = 4;

    /** The part of the decision that needs no queue. */
    enum Verdict {
        NEVER,
        BY_QUEUE,
        ALWAYS
    }

    private final String id;
    private final String proof;
    private final String name;
    private final List<Rule> allow;
    private final List<Rule> deny;
    private final Verdict[] verdicts = new Verdict[MessageType.values().length];

    /** @param proof by which it was known: the token's hash, or the name in the certificate */
    Principal(String id, String proof, String name, List<Rule> allow, List<Rule> deny) {
        this.id = id;
        this.proof = proof;
        this.name = name;
        this.allow = allow;
        this.deny = deny;
        for (MessageType type : MessageType.values()) {
            verdicts[type.ordinal()] = judge(type);
        }
    }

    private Verdict judge(MessageType type) {
        Verdict best = Verdict.NEVER;
        for (Role role : type.roles()) {
            Verdict verdict = reach(role);
            best = verdict.compareTo(best) > 0 ? verdict : best;
        }
        if (type.showsTasks()) {
            best = withoutDeniedReads(best);
        }
        return best == Verdict.BY_QUEUE && type.subject() == MessageType.Subject.BROKER ? Verdict.NEVER : best;
    }

    private Verdict withoutDeniedReads(Verdict allowed) {
        if (deny.stream().anyMatch(rule -> rule.denies(Role.READ) && rule.isForAllQueues())) {
            return Verdict.NEVER;
        }
        boolean some = deny.stream().anyMatch(rule -> rule.denies(Role.READ));
        return some && allowed == Verdict.ALWAYS ? Verdict.BY_QUEUE : allowed;
    }

    private Verdict reach(Role role) {
        boolean some = allow.stream().anyMatch(rule -> rule.grants(role));
        boolean none = deny.stream().anyMatch(rule -> rule.denies(role) && rule.isForAllQueues());
        if (!some || none) {
            return Verdict.NEVER;
        }
        boolean all = allow.stream().anyMatch(rule -> rule.grants(role) && rule.isForAllQueues());
        boolean denied = deny.stream().anyMatch(rule -> rule.denies(role));
        return all && !denied ? Verdict.ALWAYS : Verdict.BY_QUEUE;
    }

    /** Its entry in tokens.json. */
    public String id() {
        return id;
    }

    String proof() {
        return proof;
    }

    /** Whether it may do the same as the other, who is known by the same. */
    boolean isLike(Principal other) {
        return proof.equals(other.proof) && allow.equals(other.allow) && deny.equals(other.deny);
    }

    /** For people. */
    public String name() {
        return name;
    }

    /**
     * In whose name what a connection holds is counted: the token's, or the certificate's, entry in tokens.json; where there is none, the address without its
     * port. A host with IPv6 can take any address of its net, so that counts in the place of the address.
     */
    public String countedAs(SocketAddress address) {
        if (!id.isEmpty()) {
            return toString();
        }
        if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) {
            return String.valueOf(address);
        }
        byte[] bytes = inet.getAddress().getAddress();
        if (bytes.length == IPV4_BYTES) {
            return inet.getAddress().getHostAddress();
        }
        return String.format("%x:%x:%x:%x::/64", word(bytes, 0), word(bytes, 2), word(bytes, 4), word(bytes, 6));
    }

    private static int word(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << Byte.SIZE | bytes[at + 1] & 0xff;
    }

    Verdict verdict(MessageType type) {
        return verdicts[type.ordinal()];
    }

    @Override
    public boolean allow(MessageType type, String queue) {
        return switch (verdict(type)) {
            case ALWAYS -> true;
            case NEVER -> false;
            case BY_QUEUE ->
                type.roles().stream().anyMatch(role -> allows(role, queue))
                        && !(type.showsTasks() && denies(Role.READ, queue));
        };
    }

    private boolean allows(Role role, String queue) {
        return allow.stream().anyMatch(rule -> rule.grants(role) && rule.matches(queue)) && !denies(role, queue);
    }

    private boolean denies(Role role, String queue) {
        return deny.stream().anyMatch(rule -> rule.denies(role) && rule.matches(queue));
    }

    /** Whether the role holds for every queue, as what concerns the whole broker needs. */
    public boolean isEverywhere(Role role) {
        return reach(role) == Verdict.ALWAYS;
    }

    /** The roles that hold for one queue at least. */
    public Set<Role> roles() {
        return Set.of(Role.values()).stream()
                .filter(role -> reach(role) != Verdict.NEVER)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** As in tokens.json. */
    public List<String> allowed() {
        return allow.stream().map(Rule::toString).toList();
    }

    /** As in tokens.json. */
    public List<String> denied() {
        return deny.stream().map(Rule::toString).toList();
    }

    /** What a partition is told: who may do everything is not asked about again. */
    public Rights rights() {
        return isEverywhere(Role.ADMIN) && deny.isEmpty() ? Rights.ALL : this;
    }

    @Override
    public String toString() {
        return id.isEmpty() ? name : name + " (" + id + ")";
    }
}
