package io.telpher.test;

import org.junit.jupiter.api.extension.RegisterExtension;

class MemoryContractTest extends ContractTest {
    @RegisterExtension
    static final TelpherExtension telpher = TelpherExtension.inMemory();

    @Override
    TelpherExtension telpher() {
        return telpher;
    }
}
