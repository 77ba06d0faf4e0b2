package io.telpher.protocol.frame;

import io.telpher.protocol.Role;
import io.telpher.protocol.frame.MessageType.Kind;
import io.telpher.protocol.frame.MessageType.Salvage;
import io.telpher.protocol.frame.MessageType.Subject;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The columns of {@link MessageType} beside a message's layout. Built up by its row, and not changed afterwards. */
final class MessageTraits {
    final Kind kind;
    final Set<Role> roles;
    Subject subject = Subject.NONE;
    Salvage salvage = Salvage.DROP;
    int namesField;
    int idsField = -1;
    int heldField = -1;
    int heldGap;
    int signedField = -1;

    @Nullable
    MessageType held;

    boolean hasNewTasks;
    boolean makesQueues;
    boolean showsTasks;
    boolean isDurable = true;
    boolean isBehindAll;

    private MessageTraits(Kind kind, Set<Role> roles) {
        this.kind = kind;
        this.roles = Collections.unmodifiableSet(roles);
    }

    private static MessageTraits of(Kind kind, Role... roles) {
        Set<Role> set = EnumSet.noneOf(Role.class);
        Collections.addAll(set, roles);
        return new MessageTraits(kind, set);
    }

    static MessageTraits session() {
        return of(Kind.SESSION, Role.values());
    }

    static MessageTraits command(Role... roles) {
        return of(Kind.COMMAND, roles);
    }

    static MessageTraits query(Role... roles) {
        return of(Kind.QUERY, roles);
    }

    static MessageTraits reply() {
        return of(Kind.REPLY);
    }

    static MessageTraits internal() {
        return of(Kind.INTERNAL);
    }

    private MessageTraits about(Subject what) {
        subject = what;
        return this;
    }

    MessageTraits broker() {
        return about(Subject.BROKER);
    }

    /** Named in the first var field, as in the next two. */
    MessageTraits queue() {
        return about(Subject.QUEUES);
    }

    MessageTraits queueOrAll() {
        return about(Subject.QUEUE_OR_ALL);
    }

    MessageTraits queueOrVisible() {
        return about(Subject.QUEUE_OR_VISIBLE);
    }

    /** @param field a var field that lists them */
    MessageTraits queues(int field) {
        namesField = field;
        return about(Subject.QUEUES);
    }

    MessageTraits visible() {
        return about(Subject.VISIBLE);
    }

    MessageTraits task() {
        return about(Subject.TASK);
    }

    /** @param field a var field with their ids */
    MessageTraits tasks(int field) {
        return ids(field).about(Subject.TASKS);
    }

    /** Ids go before what else it is about, when there are some. */
    MessageTraits ids(int field) {
        idsField = field;
        return this;
    }

    /** @param field a var field with SUBMIT frames; what names no task is about their queues */
    MessageTraits newTasks(int field, MessageType submit) {
        hasNewTasks = true;
        namesField = field;
        subject = subject == Subject.NONE ? Subject.QUEUES : subject;
        return holds(field, submit);
    }

    MessageTraits holds(int field, MessageType type) {
        return holds(field, type, 0);
    }

    MessageTraits holds(int field, MessageType type, int gap) {
        heldField = field;
        held = type;
        heldGap = gap;
        return this;
    }

    MessageTraits makesQueues() {
        makesQueues = true;
        return this;
    }

    MessageTraits showsTasks() {
        showsTasks = true;
        return this;
    }

    MessageTraits notDurable() {
        isDurable = false;
        return this;
    }

    /** The broker writes into this var field who gives the command. */
    MessageTraits signed(int field) {
        signedField = field;
        return this;
    }

    MessageTraits behindAll() {
        isBehindAll = true;
        return this;
    }

    private MessageTraits salvage(Salvage what) {
        salvage = what;
        return this;
    }

    MessageTraits kept() {
        return salvage(Salvage.KEEP);
    }

    MessageTraits policy() {
        return salvage(Salvage.POLICY);
    }

    MessageTraits doubtful() {
        return salvage(Salvage.DOUBT);
    }

    MessageTraits skipped() {
        return salvage(Salvage.SKIP);
    }
}
