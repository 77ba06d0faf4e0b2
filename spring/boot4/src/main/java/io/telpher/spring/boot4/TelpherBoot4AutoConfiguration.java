package io.telpher.spring.boot4;

import io.telpher.client.Codec;
import io.telpher.client.Telpher;
import io.telpher.spring.boot.TelpherAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** Payloads by the application's own JSON mapper, and the health of the connection. */
@AutoConfiguration(before = TelpherAutoConfiguration.class, after = JacksonAutoConfiguration.class)
public class TelpherBoot4AutoConfiguration {
    @Bean
    @ConditionalOnBean(JsonMapper.class)
    @ConditionalOnMissingBean
    Codec telpherCodec(JsonMapper mapper) {
        return new Jackson3Codec(mapper);
    }

    /** With the actuator. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
    static class Healths {
        @Bean
        @ConditionalOnEnabledHealthIndicator("telpher")
        @ConditionalOnMissingBean(name = "telpherHealthIndicator")
        HealthIndicator telpherHealthIndicator(Telpher telpher) {
            return new TelpherHealth(telpher);
        }
    }
}
