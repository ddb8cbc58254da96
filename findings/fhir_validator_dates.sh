#!/bin/sh
# npm's fhir 4.12.0, a validator of FHIR R4, takes month 13, 30 February and a day without hyphens as a
# dateTime, and an Observation that has two values at once.
# FHIR R4, data types: the pattern of dateTime has months (0[1-9]|1[0-2]) and hyphens between its parts;
# "dates SHALL be valid dates"; value[x] is one element of 0..1 with a choice of types. One would expect
# these to be refused, because the same call refuses the word "yesterday" and a status outside its codes.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the package could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-fund --no-audit fhir@4.12.0 >log 2>&1 ||
    { cat log; exit 2; }
cat >try.cjs <<'JS'
const { Fhir } = require('fhir');
const checker = new Fhir();
const base = { resourceType: 'Observation', status: 'final', code: { text: 'neutrophils' } };
const accepted = (name, more) => {
  const { valid } = checker.validate({ ...base, ...more }, { errorOnUnexpected: true });
  console.log(name, valid ? 'accepted' : 'refused');
  return valid;
};
const wrong = ['2026-13', '2026-02-30', '20261105'].map((day) => accepted(day, { effectiveDateTime: day }));
wrong.push(accepted('two values', { valueString: '1.5', valueQuantity: { value: 2.5, unit: 'g/L' } }));
const right = accepted('2026-11-05', { effectiveDateTime: '2026-11-05' });
const seen = !accepted('yesterday', { effectiveDateTime: 'yesterday' }) && !accepted('done', { status: 'done' });
console.log('fhir', require('fhir/package.json').version, 'node', process.version);
process.exit(right && seen && wrong.every(Boolean) ? 0 : 1);
JS
node try.cjs
