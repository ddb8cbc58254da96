// Systems of laboratories that are not ours: each sends one message over MLLP and tells its answer.
// `fhir` reads resources from standard input, one JSON per line, and tells what is wrong with each.
import { createRequire } from 'node:module';
import readline from 'node:readline';

const require = createRequire(import.meta.url);
const [what, port, patient, day, sender = 'RJ'] = process.argv.slice(2);
const say = (value) => process.stdout.write(JSON.stringify(value) + '\n');

function simple() {
  const hl7 = require('simple-hl7');
  const message = new hl7.Message('LIS', sender, 'EW', 'EW', `${day}1030`, '', ['ORU', 'R01'], 'S1', 'P', '2.4');
  message.addSegment('PID', '1', '', [patient, '', '', 'HIS', 'MR'], '', ['张', '珺']);
  message.addSegment('OBR', '1', '', 'F1', 'CBC', '', '', `${day}0830`);
  message.addSegment('OBX', '1', 'NM', ['WBC', '白细胞'], '', '1.50', '10*9/L', '3.5-9.5', 'L', '', '', 'F');
  message.addSegment('OBX', '2', 'ST', 'RCL', '', '未检出', '', '', '', '', '', 'C');
  hl7.Server.createTcpClient('127.0.0.1', Number(port)).send(message, (error, ack) => {
    if (error) throw error;
    const said = ack.getSegment('MSA');
    say({ code: said.getField(1), number: said.getField(2), kind: ack.header.getField(7) });
  });
}

async function client() {
  const { Client, Message } = await import('node-hl7-client');
  const line = new Client({ host: '127.0.0.1' }).createConnection({ port: Number(port) }, (answer) => {
    const ack = answer.getMessage();
    say({ code: ack.get('MSA.1').toString(), number: ack.get('MSA.2').toString(), kind: ack.get('MSH.9').toString() });
    process.exit(0);
  });
  const message = new Message({
    messageHeader: { msh_9_1: 'ORU', msh_9_2: 'R01', msh_10: 'N1', msh_11_1: 'P' },
  });
  message.set('MSH.3', 'LIS');
  message.set('MSH.4', sender);
  const add = (name, fields) => {
    const segment = message.addSegment(name);
    for (const [place, text] of Object.entries(fields)) segment.set(place, text);
  };
  add('PID', { 1: '1', '3.1': patient, '3.4': 'HIS', '3.5': 'MR', '5.1': '喆', '5.2': '珺' });
  add('OBR', { 1: '1', 3: 'F2', 4: 'CBC', 7: `${day}0830` });
  add('OBX', { 1: '1', 2: 'SN', '3.1': 'CAR', '3.2': 'CAR拷贝', '5.1': '<', '5.2': '50', 6: 'copies/ug', 11: 'F' });
  await line.sendMessage(message);
}

async function fhir() {
  const { Fhir } = require('fhir');
  const checker = new Fhir();
  for await (const text of readline.createInterface({ input: process.stdin })) {
    const { valid, messages } = checker.validate(JSON.parse(text), { errorOnUnexpected: true });
    say({ valid, messages: messages.filter((one) => one.severity === 'error' || one.severity === 'fatal') });
  }
}

await { simple, client, fhir }[what]();
