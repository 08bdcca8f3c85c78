// Runs oidc-provider, a certified OpenID Connect server, on the loopback interface, with a key for ES256 and one for EdDSA.
//
//   node oidc-issuer.mjs
//
// Prints one JSON object: its issuer and its token endpoint. Each role is a client (`viewer`, `editor`, `admin`; secret `secret`)
// that may ask for its own tokens, for the resource `urn:pennon:ES256` or `urn:pennon:EdDSA`: the algorithm that they are to be
// signed with. The end of standard input ends it.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const ROLES = ['viewer', 'editor', 'admin'];

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: ROLES.map((role) => ({
    client_id: role,
    client_secret: 'secret',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
  })),
  jwks: { keys: [key('ec', { namedCurve: 'P-256' }), key('ed25519')] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({
        audience: 'pennon',
        scope: '',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: resource.split(':').at(-1) } },
      }),
    },
  },
  extraTokenClaims: (_, token) => ({ pennon_roles: [token.clientId] }),
});
server.on('request', provider.callback());
console.log(JSON.stringify({ issuer, tokenEndpoint: `${issuer}/token` }));

process.stdin.resume().on('end', () => process.exit());

function key(type, options) {
  return generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' });
}
