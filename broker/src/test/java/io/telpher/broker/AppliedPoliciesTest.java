package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.client.Telpher;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppliedPoliciesTest {
    private static final QueuePolicyFields FIVE = QueuePolicyFields.NOTHING.with(PolicyField.MAX_RETRIES, 5);
    private static final QueuePolicyFields SIX = QueuePolicyFields.NOTHING.with(PolicyField.MAX_RETRIES, 6);

    @TempDir
    Path directory;

    private Broker start(QueuePolicyFields mails) throws Exception {
        return Broker.start(config(mails));
    }

    private BrokerConfig config(QueuePolicyFields mails) {
        BrokerConfig plain = BrokerConfig.of(directory).onFreePorts();
        return new BrokerConfig(
                plain.listen(),
                plain.http(),
                plain.directory(),
                plain.sync(),
                plain.limits(),
                plain.connectionsMax(),
                plain.retention(),
                plain.partitions(),
                Map.of("mails", mails));
    }

    private static int retries(Broker broker) {
        try (Telpher telpher = Telpher.connect(broker.url())) {
            return telpher.operations().queue("mails").policy.maxRetries();
        }
    }

    private static void set(Broker broker, int retries) {
        try (Telpher telpher = Telpher.connect(broker.url())) {
            telpher.operations().putQueue("mails", QueuePolicyFields.NOTHING.with(PolicyField.MAX_RETRIES, retries));
        }
    }

    @Test
    @DisplayName("what operators set stays until the configuration says something else")
    void appliesWhatChanged() throws Exception {
        try (Broker broker = start(FIVE)) {
            assertEquals(5, retries(broker));
            set(broker, 9);
        }
        try (Broker broker = start(FIVE)) {
            assertEquals(9, retries(broker), "over a restart");
            broker.reload(config(FIVE));
            assertEquals(9, retries(broker), "over a reload");
            broker.reload(config(SIX));
            assertEquals(6, retries(broker), "a reload with another policy");
            set(broker, 9);
        }
        try (Broker broker = start(SIX)) {
            assertEquals(9, retries(broker), "what a reload took up");
        }
        try (Broker broker = start(FIVE)) {
            assertEquals(5, retries(broker), "a start with another policy");
        }
    }

    @Test
    @DisplayName("a policy counts as taken up as long as the journal has its record")
    void knowsLostRecords() {
        Map<String, QueuePolicyFields> wanted = Map.of("a", FIVE, "b", SIX);
        AppliedPolicies policies = AppliedPolicies.read(directory, 40);
        assertEquals(wanted, policies.changed(wanted));
        policies.taken(wanted, Set.of("b"), 45);
        assertEquals(Map.of("b", SIX), policies.changed(wanted));
        assertEquals(Map.of("b", SIX), AppliedPolicies.read(directory, 45).changed(wanted));
        assertEquals(wanted, AppliedPolicies.read(directory, 44).changed(wanted), "the last record was lost");
    }

    @Test
    @DisplayName("a policy that the configuration left out in between counts as new")
    void forgetsWhatIsNotGiven() {
        AppliedPolicies policies = AppliedPolicies.read(directory, 1);
        policies.taken(Map.of("a", FIVE), Set.of(), 1);
        policies.taken(Map.of(), Set.of(), 1);
        assertEquals(Map.of("a", FIVE), policies.changed(Map.of("a", FIVE)));
    }

    @Test
    @DisplayName("a file that can't be read counts as none")
    void readsAnything() throws Exception {
        Files.writeString(directory.resolve("policies"), "no number\nx a\n");
        assertEquals(Map.of("a", FIVE), AppliedPolicies.read(directory, 1).changed(Map.of("a", FIVE)));
        Files.writeString(directory.resolve("policies"), "1\n\na\n");
        assertEquals(Map.of("a", FIVE), AppliedPolicies.read(directory, 1).changed(Map.of("a", FIVE)));
    }
}
