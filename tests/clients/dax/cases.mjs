// Makes calls by @amazon-dax-sdk/client-dax: `cases.mjs <endpoint URL>`, credentials and region in the environment.
// Lines in and lines out are those of cases.py.

import { createInterface } from 'node:readline';
import { Dax } from '@amazon-dax-sdk/client-dax';

const [endpoint] = process.argv.slice(2);
let client;

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line, fromJson);
  const started = performance.now();
  if (call.fresh && client) {
    client.shutdown();
    client = undefined;
  }
  const result = {};
  try {
    client ??= new Dax({ endpoint, region: process.env.AWS_REGION });
    const operation = call.operation[0].toLowerCase() + call.operation.slice(1);
    for (let time = 0; time < (call.times ?? 1); time += 1) {
      result.output = await client[operation](call.input);
    }
  } catch (error) {
    result.error = described(error);
  }
  result.micros = (performance.now() - started) * 1e3;
  console.log(JSON.stringify(result, toJson));
}
process.exit(); // its timers would keep the process alive

function described(error) {
  const name = error.code ?? error.name;
  const prefix = `${name}: `;
  const { message } = error;
  return {
    name,
    message: message.startsWith(prefix) ? message.slice(prefix.length) : message,
    reasons: error.cancellationReasons,
  };
}

function fromJson(name, value) {
  const isBinary = typeof value === 'string' && value.startsWith('hex:');
  return isBinary ? Buffer.from(value.slice('hex:'.length), 'hex') : value;
}

function toJson(name) {
  return plain(this[name]); // of the object that it is in: what comes as the value is a buffer no more
}

function plain(value) {
  if (value instanceof Uint8Array) {
    return `hex:${Buffer.from(value).toString('hex')}`;
  }
  return value instanceof Set ? [...value] : value;
}
