package io.telpher.spring.sample;

/** What a task of the type {@code welcome} carries, as JSON. */
record Welcome(String address) {}
