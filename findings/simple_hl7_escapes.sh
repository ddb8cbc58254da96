#!/bin/sh
# npm's simple-hl7 3.3.0 writes a text with HL7's separators as they are, and hands escapes out unread.
# HL7 v2.5.1, 2.7: a separator inside a text is written \F\ (|), \S\ (^), \T\ (&), \R\ (~), \E\ (\), so that
# the receiver finds it in the text and not between fields. One would expect the field CD19|CD20^x to be
# one field with one component when the message is read again, and \T\ to be read as &. It becomes two
# fields, the second of two components: a laboratory's comment moves every field behind it.
# Exit 0: still so. Exit 1: the behaviour has changed. Exit 2: the package could not be installed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-fund --no-audit simple-hl7@3.3.0 >log 2>&1 ||
    { cat log; exit 2; }
cat >try.cjs <<'JS'
const hl7 = require('simple-hl7');
const message = new hl7.Message('LIS', 'RJ', 'EW', 'EW', '20261105', '', ['ORU', 'R01'], '1', 'P', '2.5.1');
message.addSegment('OBX', '1', 'ST', 'NOTE', '', 'CD19|CD20^x', '', '', '', '', '', 'F');
const lines = message.toString().split('\r');
console.log(lines[1]);
const parser = new hl7.Parser({ segmentSeperator: '\r' });
const again = parser.parse(message.toString()).segments[0];
console.log('OBX-5:', again.getField(5), '| OBX-6:', JSON.stringify(again.getField(6)), '| OBX-11:', JSON.stringify(again.getField(11)));
const escaped = parser.parse(`${lines[0]}\rOBX|1|ST|NOTE||A \\T\\ B||||||F`).segments[0].getField(5);
console.log('A \\T\\ B is read as', escaped);
console.log('simple-hl7', require('simple-hl7/package.json').version, 'node', process.version);
process.exit(again.getField(5) === 'CD19' && again.getField(11) !== 'F' && escaped === 'A \\T\\ B' ? 0 : 1);
JS
node try.cjs
