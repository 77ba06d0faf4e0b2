package io.telpher.broker.sim;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What must hold whatever happens; docs/PROOFS.md explains each by this name. */
public enum Rule {
    ONE_STATE_AND_COUNTS_ADD_UP,
    CONFIRMED_IS_KEPT,
    UNCONFIRMED_IS_WHOLE_OR_ABSENT,
    NOTHING_FROM_NOWHERE,
    ONE_LIVE_LEASE,
    LEASE_IDS_NEVER_REPEAT,
    STALE_LEASE_DOES_NOTHING,
    NO_REDELIVERY_WHILE_LEASED,
    LOST_LEASE_COMES_BACK_AT_ONCE,
    HIGHEST_PRIORITY_FIRST,
    FIFO_WITHIN_PRIORITY,
    ATTEMPTS_AND_CRASHES_ARE_COUNTED,
    DEAD_FOR_A_REASON,
    ONE_KEY_ONE_TASK,
    DELAYED_IS_NEVER_EARLY,
    INSTANTS_FOLLOW_THE_WALL_CLOCK,
    ACKED_IS_NEVER_DELIVERED_AGAIN,
    FIRST_OF_CANCEL_AND_ACK_WINS,
    FOLLOW_UPS_WITH_THEIR_ACK,
    OPERATORS_LOSE_NOTHING,
    REPLAY_GIVES_THE_SAME_HASH,
    SNAPSHOT_AND_TAIL_GIVE_THE_SAME_HASH,
    BOOKS_BALANCE,
    QUEUES_COME_AND_GO,
    REPLIES_SAY_WHAT_HAPPENED,
    SHARES_ARE_KEPT,
    HEALED_BROKER_FINISHES,
    DAMAGE_IS_DETECTED,
    LEGAL_IMAGE_IS_OPENED,
    NO_INVARIANT_OF_ITS_OWN_BREAKS,
    SAME_SEED_SAME_TRACE,
    // of clusters
    ONE_ORDER_FOR_ALL,
    NOTHING_BEFORE_IT_IS_AGREED,
    VOID_IS_NEVER_APPLIED,
    SAME_SEQUENCE_SAME_STATE,
    READS_SEE_WHAT_WAS_CONFIRMED,
    ONE_LEADERSHIP_AN_EPOCH,
    TIME_GOES_ON,
    COVERED_IS_KEPT,
    UNCLAIMED_LEASES_COME_BACK,
    HEALED_CLUSTER_FINISHES;

    /** A rule is broken. */
    public static final class Broken extends AssertionError {
        private static final long serialVersionUID = 1;

        private final Rule rule;

        Broken(Rule rule, String what, @Nullable Throwable cause) {
            super(rule + ": " + what, cause);
            this.rule = rule;
        }

        Rule rule() {
            return rule;
        }
    }

    void holds(boolean condition, Supplier<String> what) {
        if (!condition) {
            throw broken(what.get());
        }
    }

    Broken broken(String what) {
        return new Broken(this, what, null);
    }

    Broken broken(String what, Throwable cause) {
        return new Broken(this, what + ": " + cause, cause);
    }
}
