package io.telpher.client;

/**
 * What silence on a link's connections asks for. A machine that loses power or its cable says no goodbye, and requests would wait for ever;
 * a stopped process takes connections, and says nothing. Where there are several addresses another node may lead meanwhile, so that they
 * are asked long before the connection is given up.
 *
 * <p>Time is counted in calls of {@link #second}, which the event loop makes with a fixed delay and reads its sockets in between: a process
 * that was paused itself counts one more when it goes on, however long that was. The event loop's own.
 */
final class Keepalive {
    /** What is to be done now. */
    enum Due {
        NOTHING,
        /** See whether it still answers. */
        PING,
        /** It doesn't: another node may know who leads. */
        ASK,
        /** Close the connection. */
        GONE
    }

    private static final int PING_AFTER = 10;
    private static final int GONE_AFTER = 30;
    private static final int PING_AFTER_OF_SEVERAL = 1;
    private static final int ASK_AFTER = 2;
    private static final int WELCOME_AFTER = 2;
    private static final int DOUBLINGS_MAX = 4;
    /** The same machine may go by two names, its own and the one that this client was given. */
    private static final int LEAVE_AGAIN_AFTER = 10;

    private final int addresses;
    private boolean isWelcome;
    private int silent;
    private int mute;
    private int sinceLeft = LEAVE_AGAIN_AFTER;

    /** @param addresses how many there are to connect to */
    Keepalive(int addresses) {
        this.addresses = addresses;
    }

    /** A machine took the connection; TLS and WELCOME are to come. */
    void taken() {
        isWelcome = false;
        silent = 0;
    }

    void welcomed() {
        isWelcome = true;
        silent = 0;
        mute = 0;
    }

    /** Before WELCOME it counts for nothing, lest a server of another kind that talks be waited for. */
    void heard() {
        silent = isWelcome ? 0 : silent;
    }

    /** While there is a connection; the first one ends a second that was not whole. */
    Due second() {
        silent++;
        sinceLeft = Math.min(sinceLeft + 1, LEAVE_AGAIN_AFTER);
        if (silent > (isWelcome ? GONE_AFTER : welcomeAfter())) {
            mute += isWelcome ? 0 : 1;
            return Due.GONE;
        }
        if (!isWelcome) {
            return Due.NOTHING;
        }
        if (addresses == 1) {
            return silent > PING_AFTER ? Due.PING : Due.NOTHING;
        }
        return silent > ASK_AFTER ? Due.ASK : silent > PING_AFTER_OF_SEVERAL ? Due.PING : Due.NOTHING;
    }

    /** Twice as long when as many were given up as there are addresses: a slow cluster is reached in the end. */
    private int welcomeAfter() {
        return addresses == 1
                ? GONE_AFTER
                : Math.min(GONE_AFTER, WELCOME_AFTER << Math.min(mute / addresses, DOUBLINGS_MAX));
    }

    /** Whether a connection that is silent still is left now for the leader that another node named. */
    boolean leaves() {
        boolean leaves = silent > ASK_AFTER && sinceLeft == LEAVE_AGAIN_AFTER;
        sinceLeft = leaves ? 0 : sinceLeft;
        return leaves;
    }
}
