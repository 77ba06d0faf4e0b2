package io.telpher.broker.core.command;

/** What the records of one type do to the state. */
public interface CommandHandler {
    /**
     * Applies one record and answers who sent it. What is wrong with the request is a rejection; an exception means that an invariant is broken.
     *
     * @param request used during the call only
     */
    void apply(CommandRequest request);
}
