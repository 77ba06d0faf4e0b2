package io.telpher.spring.sample;

import io.telpher.spring.TelpherTemplate;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Welcomes those whose addresses are its arguments. Not static methods: the framework makes one of it. */
@SpringBootApplication
class SampleApplication implements ApplicationRunner {
    private final TelpherTemplate tasks;

    SampleApplication(TelpherTemplate tasks) {
        this.tasks = tasks;
    }

    public static void main(String[] arguments) {
        SpringApplication.run(SampleApplication.class, arguments);
    }

    @Override
    public void run(ApplicationArguments arguments) {
        arguments.getNonOptionArgs().forEach(address -> tasks.submit("mail", "welcome", new Welcome(address)));
    }
}
