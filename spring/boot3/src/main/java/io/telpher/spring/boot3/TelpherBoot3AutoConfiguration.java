package io.telpher.spring.boot3;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.client.Codec;
import io.telpher.client.Telpher;
import io.telpher.client.jackson.JacksonCodec;
import io.telpher.spring.boot.TelpherAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.jackson.JacksonAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Payloads by the application's own JSON mapper, and the health of the connection. */
@AutoConfiguration(before = TelpherAutoConfiguration.class, after = JacksonAutoConfiguration.class)
public class TelpherBoot3AutoConfiguration {
    @Bean
    @ConditionalOnBean(ObjectMapper.class)
    @ConditionalOnMissingBean
    Codec telpherCodec(ObjectMapper mapper) {
        return new JacksonCodec(mapper);
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
