package io.telpher.broker;

import io.netty.util.Version;
import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskView;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;

/** An application that runs in a process of its own: submits, works, waits for the result, and says what it saw. */
final class OldestNettyClient {
    private OldestNettyClient() {}

    public static void main(String[] arguments) {
        try (Telpher telpher = Telpher.connect(arguments[0]);
                Worker worker = telpher.worker("old").start(task -> Result.of("text/plain", task.payload()))) {
            Submission submission = telpher.submit(
                    TaskSpec.type("echo").queue("old").payload("hello".getBytes(StandardCharsets.UTF_8)));
            TaskView task = telpher.waitFor(submission.taskId(), Duration.ofSeconds(60));
            Version netty = Objects.requireNonNull(Version.identify().get("netty-transport"));
            System.out.println(netty.artifactVersion() + " " + task.state + " "
                    + StandardCharsets.UTF_8.decode(task.result.bytes()));
        }
    }
}
