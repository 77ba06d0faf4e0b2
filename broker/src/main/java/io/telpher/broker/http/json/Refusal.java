package io.telpher.broker.http.json;

import io.telpher.broker.partition.session.ErrorHints;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;

/** Ends the handling of a request with a problem document. Carries no stack: it is an answer, not a failure. */
public final class Refusal extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Problem problem;
    private final int status;
    private final String hint;

    public Refusal(int status, ErrorCode code, String message) {
        this(status, code, message, ErrorHints.of(code));
    }

    public Refusal(int status, ErrorCode code, String message, String hint) {
        super(message, null, false, false);
        this.problem = new Problem(code, message);
        this.status = status;
        this.hint = hint;
    }

    public Refusal(Problem problem) {
        this(problem.code().httpStatus(), problem.code(), problem.message());
    }

    public static Refusal bad(String message) {
        return new Refusal(new Problem(ErrorCode.BAD_REQUEST, message));
    }

    public Problem problem() {
        return problem;
    }

    int status() {
        return status;
    }

    /** The way out. */
    public String hint() {
        return hint;
    }
}
