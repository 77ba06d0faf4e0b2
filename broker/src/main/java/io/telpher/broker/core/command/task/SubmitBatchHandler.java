package io.telpher.broker.core.command.task;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.task.SubmitBatch;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** SUBMIT_BATCH: all of its tasks or none. */
public final class SubmitBatchHandler implements CommandHandler {
    private final SubmitBatch message = new SubmitBatch();
    private final SubmitPlan plan;
    private final Grants grants;
    private final CommandReplies replies;

    public SubmitBatchHandler(SubmitPlan plan, Grants grants, CommandReplies replies) {
        this.plan = plan;
        this.grants = grants;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        plan.begin(request.session());
        Problem problem = addAll(plan, message.tasks());
        if (problem != null) {
            replies.rejected(request, problem);
            return;
        }
        BatchOutcome outcome = plan.commit(request);
        replies.batchSubmitted(request, outcome);
        replies.handOvers(request, outcome);
        grants.run();
    }

    /** Why this partition would refuse its part of the batch now; null when it would not. */
    public @Nullable Problem problem(ByteBuffer frames, int offset, long maker) {
        plan.beginInNameOf(maker);
        return addAll(plan, message.wrap(frames, offset).tasks());
    }

    /** The first problem, with the number of its task (from 0) in front. */
    public static @Nullable Problem addAll(SubmitPlan plan, Frames frames) {
        for (int i = 0; frames.next(); i++) {
            Problem problem = plan.add(frames.buffer(), frames.offset());
            if (problem != null) {
                return new Problem(problem.code(), "task " + i + ": " + problem.message());
            }
        }
        return null;
    }
}
