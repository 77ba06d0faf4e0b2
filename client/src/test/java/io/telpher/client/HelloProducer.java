package io.telpher.client;

import io.telpher.protocol.TaskSpec;

class HelloProducer {
    public static void main(String[] arguments) {
        try (Telpher telpher = Telpher.connect("tq://127.0.0.1:8357")) {
            TaskSpec task = TaskSpec.type("greet").queue("hello").payload("world");
            System.out.println(telpher.submit(task).id() + " is safe on the disk");
        }
    }
}
