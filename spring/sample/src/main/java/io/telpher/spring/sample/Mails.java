package io.telpher.spring.sample;

import io.telpher.client.PermanentFailure;
import io.telpher.client.ReservedTask;
import io.telpher.spring.TelpherListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Handles tasks. */
@Component
class Mails {
    private static final Logger LOG = LoggerFactory.getLogger(Mails.class);

    /** The first attempt at an address that is busy fails, as the world does. */
    @TelpherListener(queue = "mail", type = "welcome", concurrency = "${mails.at-once:8}")
    Receipt welcome(Welcome mail, ReservedTask task) {
        if (mail.address().indexOf('@') < 0) {
            throw new PermanentFailure("\"" + mail.address() + "\" is no address");
        }
        if (mail.address().startsWith("busy") && task.attempt() == 1) {
            throw new IllegalStateException("the server is busy");
        }
        LOG.info("welcome, {}", mail.address());
        return new Receipt(mail.address(), task.attempt());
    }

    /** The result of a task. */
    record Receipt(String address, int attempt) {}
}
