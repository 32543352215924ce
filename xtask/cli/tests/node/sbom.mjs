// Validates bills of materials against the official CycloneDX schema of the version that they name, as the project's own library ships it.
// Takes files as arguments; ends with 1 and says why where one is not valid.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const modules = process.env.SLIPWAY_TEST_NODE_MODULES;
const load = createRequire(join(modules, 'sbom.cjs'));
const Ajv = load('ajv').default;
const folder = join(modules, '@cyclonedx/cyclonedx-library/res/schema');
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));

function validator(version) {
  // The schema is an older draft's and has keywords of its own, which is no fault of what is validated.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  load('ajv-formats').default(ajv);
  load('ajv-formats-draft2019')(ajv);
  for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json']) {
    // The library names the files otherwise than they name themselves.
    ajv.addSchema({ ...read(join(folder, name)), $id: `http://cyclonedx.org/schema/${name}` });
  }
  return ajv.compile(read(join(folder, `bom-${version}.SNAPSHOT.schema.json`)));
}

for (const path of process.argv.slice(2)) {
  const bill = read(path);
  const valid = validator(bill.specVersion);
  if (valid(bill)) continue;
  console.error(`${path}: ${JSON.stringify(valid.errors, null, 2)}`);
  process.exitCode = 1;
}
