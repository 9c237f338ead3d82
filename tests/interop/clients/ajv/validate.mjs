// validate.mjs FOLDER -- the same filter as tests/tools/validate_lines.c, over ajv.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const kinds = {
  4: () => require("ajv-draft-04"),
  6: () => require("ajv"),
  7: () => require("ajv"),
  "2019-09": () => require("ajv/dist/2019"),
  "2020-12": () => require("ajv/dist/2020"),
};

function judge({ draft, schema, values }) {
  try {
    const Ajv = kinds[draft]().default;
    const ignoreKeywordsWithRef = ["4", "6", "7"].includes(draft);
    const validator = new Ajv({ strict: false, validateFormats: false, logger: false, ignoreKeywordsWithRef });
    if (draft === "6") validator.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json"));
    const validate = validator.compile(schema);
    return values.map((value) => validate(value));
  } catch (error) {
    return String(error.message);
  }
}

for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(judge(JSON.parse(line))));
