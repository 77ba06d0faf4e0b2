package io.telpher.broker;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Classes of one package that all reach each other; nested ones count as a part of their outermost. */
final class ClassCycles {
    private ClassCycles() {}

    /** The largest of each package that has one. */
    static Map<String, Set<String>> largest(JavaClasses seen) {
        Map<String, Map<String, Set<String>>> packages = new TreeMap<>();
        for (JavaClass each : seen) {
            Set<String> needs = packages.computeIfAbsent(each.getPackageName(), name -> new TreeMap<>())
                    .computeIfAbsent(outermost(each), name -> new TreeSet<>());
            for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
                JavaClass needed = dependency.getTargetClass();
                if (needed.getPackageName().equals(each.getPackageName())) {
                    needs.add(outermost(needed));
                }
            }
        }
        Map<String, Set<String>> cycles = new TreeMap<>();
        packages.forEach((home, needs) -> {
            Set<String> cycle = largestOf(needs);
            if (cycle.size() > 1) {
                cycles.put(home, cycle);
            }
        });
        return cycles;
    }

    private static String outermost(JavaClass seen) {
        return seen.getName().replaceFirst("\\$.*", "").replaceFirst("\\[.*", "");
    }

    private static Set<String> largestOf(Map<String, Set<String>> needs) {
        Map<String, Set<String>> reached = new TreeMap<>();
        needs.keySet().forEach(each -> reached.put(each, reach(needs, each)));
        Set<String> largest = new TreeSet<>();
        needs.keySet().forEach(each -> {
            Set<String> cycle = new TreeSet<>(reached.getOrDefault(each, Set.of()));
            cycle.removeIf(other -> !reached.getOrDefault(other, Set.of()).contains(each));
            cycle.add(each);
            if (cycle.size() > largest.size()) {
                largest.clear();
                largest.addAll(cycle);
            }
        });
        return largest;
    }

    private static Set<String> reach(Map<String, Set<String>> needs, String from) {
        Set<String> seen = new TreeSet<>();
        Deque<String> next = new ArrayDeque<>();
        next.add(from);
        while (!next.isEmpty()) {
            for (String each : needs.getOrDefault(next.remove(), Set.of())) {
                if (seen.add(each)) {
                    next.add(each);
                }
            }
        }
        return seen;
    }
}
