package io.telpher.broker.http.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.telpher.broker.http.Assets;
import io.telpher.broker.http.request.RequestHead;
import io.telpher.broker.http.request.TraceContext;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is read by hand reads as the regular expressions did that it was checked by first. */
class WordsTest {
    @Test
    void shouldSplitLikeTheJdk() {
        for (String text : List.of("", ",", "a", "a,b", ",a,,b,")) {
            assertEquals(List.of(text.split(",", -1)), Words.split(text, ','), text);
        }
    }

    @Test
    void shouldTellHosts() {
        Pattern host = Pattern.compile("[A-Za-z0-9._~!$&'()*+;=%-]*(:\\d{0,5})?|\\[[0-9A-Fa-f:.]+](:\\d{0,5})?");
        for (String text : made("aG0.:[]-_/@%\u0663", 200_000)) {
            assertEquals(host.matcher(text).matches(), RequestHead.isHost(text), text);
        }
    }

    @Test
    void shouldTellPartsOfThePage() {
        Pattern part = Pattern.compile("page/((lib|views)/)?[A-Za-z0-9-]+(\\.[a-z]+)+");
        for (String text : made("aA0.-/_", 100_000)) {
            for (String folder : List.of("page/", "page/lib/", "page/views/", "")) {
                assertEquals(part.matcher(folder + text).matches(), Assets.isPart(folder + text), folder + text);
            }
        }
    }

    @Test
    void shouldTellTraces() {
        Pattern trace = Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");
        String good = "00-" + "0af7651916cd43dd".repeat(2) + "-00f067aa0ba902b7-01";
        for (int i = 0; i < good.length(); i++) {
            for (String other : List.of("", "-", "g", "A", "0", "00")) {
                String text = good.substring(0, i) + other + good.substring(i + 1);
                assertEquals(trace.matcher(text).matches(), TraceContext.isValid(text), text);
            }
        }
    }

    @Test
    void shouldReadDurations() throws Refusal {
        assertEquals(500, Durations.ms("wait", "500ms"));
        assertEquals(30_000, Durations.ms("wait", "30"));
        assertEquals(30_000, Durations.ms("wait", "30s"));
        assertEquals(300_000, Durations.ms("wait", "5m"));
        assertEquals(7_200_000, Durations.ms("wait", "2h"));
        assertEquals(604_800_000, Durations.ms("wait", "7d"));
        for (String text : List.of("", "s", "-1s", "1 s", "1w", "1234567890123", "1ss", "\u0663s")) {
            assertThrows(Refusal.class, () -> Durations.ms("wait", text), text);
        }
    }

    private static List<String> made(String letters, int count) {
        Random random = new Random(3);
        return random.ints(count, 0, 12)
                .mapToObj(length -> random.ints(length, 0, letters.length())
                        .mapToObj(at -> letters.substring(at, at + 1))
                        .reduce("", String::concat))
                .toList();
    }
}
