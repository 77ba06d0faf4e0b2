package io.telpher.client;

import io.telpher.protocol.Result;

class HelloWorker {
    public static void main(String[] arguments) throws InterruptedException {
        Telpher telpher = Telpher.connect("tq://127.0.0.1:8357");
        telpher.worker("hello").concurrency(4).start(task -> {
            System.out.println("hello " + task.text()); // return = done, throw = retry
            return Result.NONE;
        });
        Thread.currentThread().join();
    }
}
