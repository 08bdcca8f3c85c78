// What the OpenFeature web SDK does with its OFREP provider: the same in Node (web.mjs) and in a browser (browser.mjs).
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';

import { outcome, pause, recordExchanges, until } from './exchanges.mjs';

const POLL_INTERVAL_MS = 100;

/** Runs a scenario; gives what the provider made of each case. tests/it/clients holds the expectations. */
export async function run(scenario, baseUrl, sdkKey) {
  const exchanges = recordExchanges();
  return await { evaluate, 'cold-start': coldStart, 'rate-limit': rateLimit }[scenario]({ baseUrl, sdkKey, exchanges });
}

async function evaluate(server) {
  const { baseUrl, sdkKey, exchanges } = server;
  const client = await connect(server, { targetingKey: 'alice', plan: 'free' });
  const first = exchanges[0];
  const values = everyValue(client);

  await until(() => exchanges.length > 1, 'the provider has polled');
  const second = exchanges[1];
  const unchanged = JSON.stringify(everyValue(client)) === JSON.stringify(values);

  const metadata = client.getObjectDetails('object', {}).flagMetadata;
  await OpenFeature.clearProviders();
  await pause(2 * POLL_INTERVAL_MS); // a poll that is under way ends

  return {
    ...values,
    metadata,
    poll: {
      firstStatus: first.status,
      secondStatus: second.status,
      asksWithTheFirstETag: second.ifNoneMatch === first.etag,
      repeatsTheETag: second.etag === first.etag,
      keepsTheValues: unchanged,
    },
    'new attribute': await change(server, 'plan', { targetingKey: 'alice', plan: 'free' }, { targetingKey: 'alice', plan: 'pro' }),
    'new targeting key': await change(server, 'person', { targetingKey: 'alice' }, { targetingKey: 'bob' }),
    'base URL with a slash': await init({ ...server, baseUrl: `${baseUrl}/` }),
    'wrong key': await init({ ...server, sdkKey: `${sdkKey}x` }),
  };
}

/** A page that is opened again: the provider starts with the values and the ETag that it kept in the browser's storage. */
async function coldStart(server) {
  const { exchanges } = server;
  const options = { pollInterval: 0, cacheMode: 'local-cache-first' };
  await connect(server, { targetingKey: 'alice' }, options);
  await OpenFeature.clearProviders();
  const client = await connect(server, { targetingKey: 'alice' }, options);
  const cached = outcome(client.getBooleanDetails('boolean', false));
  await until(() => exchanges.length > 1, 'the provider has asked for changes');
  return { cached, asksWithTheKeptETag: exchanges[1].ifNoneMatch === exchanges[0].etag, status: exchanges[1].status };
}

async function rateLimit(server) {
  const { exchanges } = server;
  let stale = false;
  OpenFeature.addHandler(ProviderEvents.Stale, () => (stale = true));
  const client = await connect(server, { targetingKey: 'alice' });
  await until(() => exchanges.some(({ status }) => status === 429), 'the server has limited the rate');
  const limited = exchanges.find(({ status }) => status === 429);
  const position = exchanges.indexOf(limited);
  await until(() => stale, 'the provider has said that its values are stale');
  const whileStale = outcome(client.getBooleanDetails('boolean', false));

  await until(() => exchanges.length > position + 1, 'the provider has polled again');
  const next = exchanges[position + 1];
  await OpenFeature.clearProviders();
  return {
    limited: { status: limited.status, retryAfter: limited.retryAfter, keeps: whileStale },
    waits: next.at - limited.at >= Number(limited.retryAfter) * 1000,
    afterwards: next.status,
  };
}

/** A change of context: the flag before and after, and what went over the wire in between. Nothing polls meanwhile. */
async function change(server, flag, from, to) {
  const { exchanges } = server;
  const client = await connect(server, from, { pollInterval: 0 });
  const before = outcome(client.getStringDetails(flag, 'default'));
  const { etag } = exchanges.at(-1);
  const sent = exchanges.length;
  await OpenFeature.setContext(to);
  const after = outcome(client.getStringDetails(flag, 'default'));
  const [exchange] = exchanges.slice(sent);
  await OpenFeature.clearProviders();
  return {
    before,
    after,
    requests: exchanges.length - sent,
    status: exchange.status,
    asksWithTheOldETag: exchange.ifNoneMatch === etag,
    givesANewETag: exchange.etag !== etag,
  };
}

function everyValue(client) {
  const details = {
    boolean: client.getBooleanDetails('boolean', false),
    string: client.getStringDetails('string', 'default'),
    integer: client.getNumberDetails('integer', -1),
    float: client.getNumberDetails('float', -1),
    object: client.getObjectDetails('object', {}),
    plan: client.getStringDetails('plan', 'default'),
    person: client.getStringDetails('person', 'default'),
    'unknown flag': client.getStringDetails('no-such-flag', 'default'),
    'failing flag': client.getBooleanDetails('no-such-variant', false),
    disabled: client.getBooleanDetails('disabled', true),
    'code default': client.getBooleanDetails('code-default', true),
    'key with a space': client.getBooleanDetails('with space', false),
    'key beyond ASCII': client.getStringDetails('größe', 'default'),
  };
  return Object.fromEntries(Object.entries(details).map(([name, detail]) => [name, outcome(detail)]));
}

async function init(server) {
  try {
    const client = await connect(server, { targetingKey: 'alice' }, { pollInterval: 0 });
    return outcome(client.getBooleanDetails('boolean', false));
  } catch (error) {
    return { failed: error.code ?? error.name, status: server.exchanges.at(-1)?.status };
  } finally {
    await OpenFeature.clearProviders();
  }
}

async function connect({ baseUrl, sdkKey }, context, options) {
  const headers = [['Authorization', `Bearer ${sdkKey}`]];
  await OpenFeature.setContext(context);
  await OpenFeature.setProviderAndWait(
    new OFREPWebProvider({ baseUrl, headers, pollInterval: POLL_INTERVAL_MS, cacheMode: 'disabled', ...options }),
  );
  return OpenFeature.getClient();
}
