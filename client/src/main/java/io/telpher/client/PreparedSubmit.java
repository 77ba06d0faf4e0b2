package io.telpher.client;

import io.telpher.protocol.TaskSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tasks as they are sent, and the interceptors that hear what became of each. One submit's own. */
final class PreparedSubmit {
    private static final System.Logger LOG = System.getLogger(PreparedSubmit.class.getName());

    private final List<TaskSpec> tasks;
    private final List<Heard> heard = new ArrayList<>(0);

    PreparedSubmit(List<TaskSpec> tasks) {
        this.tasks = tasks;
    }

    private record Heard(int task, Interceptor.Ended ended) {}

    List<TaskSpec> tasks() {
        return tasks;
    }

    void intercept(List<Interceptor> interceptors) {
        try {
            for (int i = 0; i < tasks.size(); i++) {
                for (Interceptor interceptor : interceptors) {
                    Interceptor.Ended ended = interceptor.submitting(tasks.get(i));
                    if (ended != null) {
                        heard.add(0, new Heard(i, ended)); // the innermost hears first
                    }
                }
            }
        } catch (RuntimeException | Error e) {
            ended(null, e);
            throw e;
        }
    }

    /** @param each the submissions in what the call returns */
    <T> T hearing(Supplier<T> call, Function<T, List<Submission>> each) {
        T result;
        try {
            result = call.get();
        } catch (RuntimeException | Error e) {
            ended(null, e);
            throw e;
        }
        ended(each.apply(result), null);
        return result;
    }

    /** Observers are told before those that wait for the result. */
    <T> CompletableFuture<T> hearingLater(Supplier<CompletableFuture<T>> call, Function<T, List<Submission>> each) {
        if (heard.isEmpty()) {
            return call.get();
        }
        CompletableFuture<T> result;
        try {
            result = call.get();
        } catch (RuntimeException | Error e) {
            ended(null, e);
            throw e;
        }
        return result.whenComplete((value, failure) -> ended(value == null ? null : each.apply(value), failure));
    }

    private void ended(@Nullable List<Submission> submissions, @Nullable Throwable failure) {
        for (Heard each : heard) {
            try {
                each.ended().ended(submissions == null ? null : submissions.get(each.task()), failure);
            } catch (RuntimeException | Error e) {
                // The submit has its outcome, whatever those think who hear of it.
                LOG.log(System.Logger.Level.ERROR, "an interceptor failed after a submit", e);
            }
        }
    }
}
