// Runs the OpenFeature server SDK with its OFREP provider.
//
//   node server.mjs BASE_URL SDK_KEY [evaluate | rate-limit]
//
// Prints one JSON object: what the provider made of each case. tests/it/clients holds the expectations.
import { OpenFeature } from '@openfeature/server-sdk';
import { OFREPProvider } from '@openfeature/ofrep-provider';

import { outcome, pause, recordExchanges } from './exchanges.mjs';

const [baseUrl, sdkKey, scenario = 'evaluate'] = process.argv.slice(2);
const exchanges = recordExchanges();
const results = await { evaluate, 'rate-limit': rateLimit }[scenario]();
console.log(JSON.stringify(results));
await OpenFeature.close();

async function evaluate() {
  const client = await connect('bearer', baseUrl, [['Authorization', `Bearer ${sdkKey}`]]);
  const withApiKey = await connect('api-key', baseUrl, [['X-API-Key', sdkKey]]);
  const withSlash = await connect('slash', `${baseUrl}/`, [['Authorization', `Bearer ${sdkKey}`]]);
  const withWrongKey = await connect('wrong', baseUrl, [['Authorization', `Bearer ${sdkKey}x`]]);

  const results = {
    boolean: await client.getBooleanDetails('boolean', false),
    string: await client.getStringDetails('string', 'default'),
    integer: await client.getNumberDetails('integer', -1),
    float: await client.getNumberDetails('float', -1),
    object: await client.getObjectDetails('object', {}),
    'before a new attribute': await client.getStringDetails('plan', 'default', { targetingKey: 'alice', plan: 'free' }),
    'after a new attribute': await client.getStringDetails('plan', 'default', { targetingKey: 'alice', plan: 'pro' }),
    'before a new targeting key': await client.getStringDetails('person', 'default', { targetingKey: 'alice' }),
    'after a new targeting key': await client.getStringDetails('person', 'default', { targetingKey: 'bob' }),
    'unknown flag': await client.getStringDetails('no-such-flag', 'default'),
    'unknown flag with a slash': await client.getStringDetails('no/such/flag', 'default'),
    'type mismatch': await client.getStringDetails('boolean', 'default'),
    'failing flag': await client.getBooleanDetails('no-such-variant', false),
    disabled: await client.getBooleanDetails('disabled', true),
    'code default': await client.getBooleanDetails('code-default', true),
    'key with a space': await client.getBooleanDetails('with space', false),
    'key beyond ASCII': await client.getStringDetails('größe', 'default'),
    'key with punctuation': await client.getBooleanDetails('dots.and_dashes-1', false),
    'X-API-Key': await withApiKey.getBooleanDetails('boolean', false),
    'base URL with a slash': await withSlash.getBooleanDetails('boolean', false),
    'wrong key': await withWrongKey.getBooleanDetails('boolean', false),
  };
  const { flagMetadata } = results.object;
  return {
    ...Object.fromEntries(Object.entries(results).map(([name, details]) => [name, outcome(details)])),
    metadata: flagMetadata,
  };
}

async function rateLimit() {
  const client = await connect('limited', baseUrl, [['Authorization', `Bearer ${sdkKey}`]]);
  const details = [];
  do {
    details.push(await client.getBooleanDetails('boolean', false));
  } while (exchanges.at(-1).status === 200 && details.length < 100);
  const { status, retryAfter } = exchanges.at(-1);
  const sent = exchanges.length;

  const whilePaused = await client.getBooleanDetails('boolean', false);
  const sentWhilePaused = exchanges.length - sent;
  await pause(Number(retryAfter) * 1000 + 50);
  const afterwards = await client.getBooleanDetails('boolean', false);
  return {
    first: outcome(details[0]),
    limited: { ...outcome(details.at(-1)), status, retryAfter },
    paused: { ...outcome(whilePaused), sent: sentWhilePaused },
    afterwards: outcome(afterwards),
  };
}

async function connect(domain, url, headers) {
  await OpenFeature.setProviderAndWait(domain, new OFREPProvider({ baseUrl: url, headers }));
  return OpenFeature.getClient(domain);
}
