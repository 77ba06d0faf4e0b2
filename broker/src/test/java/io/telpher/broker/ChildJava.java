package io.telpher.broker;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;

/**
 * Java for the processes that tests start. Most of what a start takes is to read and verify classes, so these come from an archive, as they do for
 * {@code bin/broker}. Java archives only classes of jars: those that were compiled into directories are packed first. Both are made by the first test that
 * starts a process, and serve until a class, the class path or Java is another one: the name of their directory is a fingerprint of these.
 */
public final class ChildJava {
    private static final String MAIN = "io.telpher.broker.cli.Main";
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    /** Made when the first process is started. */
    private static final class Made {
        static final List<String> CLASSES = classes();
    }

    private ChildJava() {}

    /** The program, and what it needs to run a broker. */
    private static List<String> java() {
        List<String> command = new ArrayList<>(List.of(JAVA));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        return command;
    }

    /**
     * The beginning of a command that runs a class of this class path; its arguments follow.
     *
     * @param options of Java
     * @param main a class's name
     */
    public static List<String> command(List<String> options, String main) {
        List<String> command = java();
        command.addAll(options);
        command.addAll(Made.CLASSES);
        command.add(main);
        return command;
    }

    private static List<String> classes() {
        try {
            Path all = Files.createDirectories(Path.of("target", "child-java")).toAbsolutePath();
            Path lock = all.resolve("lock");
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock(); // another run of the tests may be making them
                Path own = all.resolve(fingerprint());
                String classPath = packed(own);
                Path archive = own.resolve("classes.jsa");
                if (!Files.exists(archive)) {
                    rehearse(classPath, archive);
                }
                List<String> options = new ArrayList<>(List.of("-cp", classPath));
                if (Files.size(archive) > 0) {
                    options.addAll(List.of("-XX:SharedArchiveFile=" + archive, "-Xshare:auto"));
                    options.addAll(List.of("-Xlog:cds*=off", "-Xlog:class+path=off"));
                }
                return options;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String[] classPath() {
        return System.getProperty("java.class.path").split(File.pathSeparator);
    }

    /** Of names, sizes and times of all compiled classes, of the class path and of Java itself. */
    private static String fingerprint() throws IOException {
        StringBuilder seen = new StringBuilder(System.getProperty("java.vm.version"));
        for (String entry : classPath()) {
            seen.append('\n').append(entry);
            if (Files.isDirectory(Path.of(entry))) {
                for (Path file : files(Path.of(entry))) {
                    seen.append('\n').append(file).append(' ').append(Files.size(file));
                    seen.append(' ').append(Files.getLastModifiedTime(file).toMillis());
                }
            }
        }
        return UUID.nameUUIDFromBytes(seen.toString().getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** The class path, its directories as jars in this directory, which takes the place of older ones. */
    private static String packed(Path own) throws IOException {
        boolean isNew = !Files.isDirectory(own);
        if (isNew) {
            deleteOlder(own);
        }
        Path making = isNew ? Files.createDirectories(own.resolveSibling("making")) : own;
        StringJoiner classPath = new StringJoiner(File.pathSeparator);
        int jars = 0;
        for (String entry : classPath()) {
            if (Files.isDirectory(Path.of(entry))) {
                String name = jars++ + ".zip"; // not .jar: tq demo takes that for what is installed
                if (isNew) {
                    pack(Path.of(entry), making.resolve(name));
                }
                classPath.add(own.resolve(name).toString());
            } else {
                classPath.add(entry);
            }
        }
        if (isNew) {
            Files.move(making, own);
        }
        return classPath.toString();
    }

    private static void pack(Path directory, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            out.setLevel(Deflater.NO_COMPRESSION);
            for (Path each : files(directory)) {
                String name = directory.relativize(each).toString();
                out.putNextEntry(new JarEntry(name.replace(File.separatorChar, '/')));
                Files.copy(each, out);
                out.closeEntry();
            }
        }
    }

    private static void deleteOlder(Path own) throws IOException {
        try (Stream<Path> all = Files.walk(own.getParent())) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!each.equals(own.getParent()) && !each.endsWith("lock")) {
                    Files.delete(each);
                }
            }
        }
    }

    /** Without the archive a start is as right and only slower: then an empty file says that it can't be made here. */
    private static void rehearse(String classPath, Path archive) throws IOException, InterruptedException {
        List<String> command = java();
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xlog:disable"));
        Path making = archive.resolveSibling("making.jsa");
        command.addAll(List.of("-XX:ArchiveClassesAtExit=" + making, "-cp", classPath));
        command.addAll(List.of(MAIN, "broker", "--rehearse-nodes"));
        int exit = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(archive.resolveSibling("rehearsal.txt").toFile())
                .start()
                .waitFor();
        if (exit == 0 && Files.exists(making)) {
            Files.move(making, archive);
        } else {
            System.err.println("SKIPPED: an archive of the broker's classes, so processes start slowly; see "
                    + archive.resolveSibling("rehearsal.txt"));
            Files.createFile(archive);
        }
    }
}
