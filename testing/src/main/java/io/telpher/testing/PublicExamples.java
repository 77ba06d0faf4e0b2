package io.telpher.testing;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The examples in the Javadoc of a library's public classes, and whether they compile. */
public final class PublicExamples {
    private static final Pattern EXAMPLE = Pattern.compile("<pre>\\{@code\\n(.*?)\\n\\s*\\}</pre>", Pattern.DOTALL);
    /** What can't be a statement: it becomes a member of the class around the example. */
    private static final Pattern MEMBER = Pattern.compile("(@|(public|private|protected|static|final class|class) ).*");

    private final Map<String, List<String>> byType;
    private final List<String> missing;

    private PublicExamples(Map<String, List<String>> byType, List<String> missing) {
        this.byType = byType;
        this.missing = missing;
    }

    /** Of the public classes that have a file of their own. */
    public static PublicExamples of(Path sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Map<String, List<String>> byType = new TreeMap<>();
        List<String> missing = new ArrayList<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> found = Files.walk(sources)) {
            List<Path> units = found.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("package-info.java"))
                    .toList();
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(units));
            DocTrees comments = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                for (Tree each : unit.getTypeDecls()) {
                    if (each instanceof ClassTree type
                            && type.getModifiers().getFlags().contains(Modifier.PUBLIC)) {
                        String comment = comments.getDocComment(new TreePath(new TreePath(unit), each));
                        String name = unit.getPackageName() + "." + type.getSimpleName();
                        byType.put(name, examples(comment));
                        if (comment == null || !comment.contains("<pre>")) {
                            missing.add(name);
                        }
                    }
                }
            }
        }
        return new PublicExamples(byType, missing);
    }

    private static List<String> examples(String comment) {
        List<String> examples = new ArrayList<>();
        Matcher found = EXAMPLE.matcher(comment == null ? "" : comment);
        while (found.find()) {
            examples.add(found.group(1).stripIndent());
        }
        return examples;
    }

    /** Classes without one, of code or of anything else. */
    public List<String> missing() {
        return missing.stream().sorted().toList();
    }

    /**
     * Compiles each example as the body of a method, or as a member, of a class that extends {@code context}, in its package.
     *
     * @param context what an example takes for granted: names such as {@code task} and {@code send(..)}
     * @param imports as in {@code java.util.*}
     * @return what the compiler has against them; empty when they compile
     */
    public List<String> errors(Class<?> context, List<String> imports) throws IOException {
        List<JavaFileObject> sources = new ArrayList<>();
        byType.forEach((type, examples) -> {
            for (int i = 0; i < examples.size(); i++) {
                sources.add(source(type, i, examples.get(i), context, imports));
            }
        });
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        // Surefire's own class path is a jar that names the others.
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(said, Locale.ROOT, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, said, List.of("-proc:none", "-Xlint:none", "-cp", classPath), null, sources);
            task.analyze();
        }
        return said.getDiagnostics().stream()
                .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
                .map(each -> each.getSource() == null
                        ? each.getMessage(Locale.ROOT)
                        : each.getSource().getName() + ":" + each.getLineNumber() + " " + each.getMessage(Locale.ROOT))
                .toList();
    }

    private static JavaFileObject source(
            String type, int number, String example, Class<?> context, List<String> imports) {
        String name = type.replace('.', '_') + "_" + number;
        StringBuilder text = new StringBuilder("package " + context.getPackageName() + ";\n");
        imports.forEach(each -> text.append("import ").append(each).append(";\n"));
        text.append("abstract class " + name + " extends " + context.getSimpleName() + " {\n");
        text.append(
                MEMBER.matcher(example.strip().lines().findFirst().orElse("")).matches()
                        ? example
                        : "void example() throws Exception {\n" + example + "\n}");
        text.append("\n}\n");
        return new SimpleJavaFileObject(
                URI.create("string:///" + context.getPackageName().replace('.', '/') + "/" + name + ".java"),
                JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
    }
}
