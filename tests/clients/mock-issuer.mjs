// Runs oauth2-mock-server, an OAuth 2 server that signs with RS256, on the loopback interface.
//
//   node mock-issuer.mjs
//
// Prints one JSON object: its issuer and its token endpoint. A token request may have a form parameter `claims`, a JSON object:
// what it names replaces what would be in the token, and null leaves it out. The line `rotate` on standard input makes it sign
// with a new key, and prints a line when it does; the end of standard input ends it.
import { createInterface } from 'node:readline';

import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, '127.0.0.1');
server.service.on('beforeTokenSigning', ({ payload }, request) => {
  for (const [name, value] of Object.entries(JSON.parse(request.body.claims ?? '{}'))) {
    payload[name] = value ?? undefined;
  }
});
print({ issuer: server.issuer.url, tokenEndpoint: `http://127.0.0.1:${server.address().port}/token` });

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'rotate') {
    const { kid } = await server.issuer.keys.generate('RS256');
    // It takes its keys in turn: the next one is to be the new one.
    while (server.issuer.keys.toJSON()[0].kid !== kid) server.issuer.keys.get();
    print({ kid });
  }
}
process.exit();

function print(object) {
  console.log(JSON.stringify(object));
}
