package io.telpher.broker.cluster.forward;

/** A request that one node hands to the one that leads, while it is under way: what becomes of its caller. On both sides, any thread. */
public interface ForwardedCall {
    /** A call of which nothing is left to be told. */
    ForwardedCall OVER = new ForwardedCall() {
        @Override
        public void saidAll() {}

        @Override
        public void delivered() {}

        @Override
        public void gone() {}
    };

    /** The caller sends no more, and may be gone: it should wait for nothing. It is answered. */
    void saidAll();

    /** The answer has reached the caller. */
    void delivered();

    /** The caller is gone, before its answer or with it. */
    void gone();

    /** Told once how it ended, by any thread. */
    interface Ending {
        void answered(byte[] answer);

        /** @param isSent the one that leads may have got it, and done what it asks for */
        void unanswered(boolean isSent, String why);
    }

    /** Where requests are forwarded to. */
    interface Target {
        /** Whether it takes requests now. */
        boolean leads();

        /** Takes one; the first message of the node that hands it over. */
        ForwardedCall take(byte[] request, Ending ending);
    }
}
