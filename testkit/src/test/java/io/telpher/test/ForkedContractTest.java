package io.telpher.test;

import org.junit.jupiter.api.extension.RegisterExtension;

class ForkedContractTest extends ContractTest {
    @RegisterExtension
    static final TelpherExtension telpher = new TelpherExtension();

    @Override
    TelpherExtension telpher() {
        return telpher;
    }
}
