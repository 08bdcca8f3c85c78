// Runs the OpenFeature web SDK with its OFREP provider in headless Chromium, on a page of another origin than the server's.
//
//   node browser.mjs BASE_URL SDK_KEY [evaluate | cold-start | rate-limit]
//
// Prints one JSON object: see web-scenarios.mjs. Chromium is unpacked into the directory for temporary files, 200 MB.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';

import chromium from '@sparticuz/chromium';

const MODULES = {
  '@openfeature/core': '/node_modules/@openfeature/core/dist/esm/index.js',
  '@openfeature/ofrep-core':
    '/node_modules/@openfeature/ofrep-web-provider/node_modules/@openfeature/ofrep-core/index.esm.js',
  '@openfeature/ofrep-web-provider': '/node_modules/@openfeature/ofrep-web-provider/index.esm.js',
  '@openfeature/web-sdk': '/node_modules/@openfeature/web-sdk/dist/esm/index.js',
};
const PAGE = `<!doctype html>
<script type="importmap">${JSON.stringify({ imports: MODULES })}</script>
<script type="module">
  import { run } from '/web-scenarios.mjs';
  const [scenario, baseUrl, sdkKey] = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const report = await run(scenario, baseUrl, sdkKey).catch((error) => ({ failed: [error, error.cause].join('; ') }));
  await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
</script>`;
// No switch here may loosen the same-origin policy, which is what this tests.
const SWITCHES = [
  '--headless',
  '--no-sandbox', // it does not run as the superuser, who runs CI, with one
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--no-proxy-server',
  '--remote-debugging-port=0', // without it, it ends when the page has loaded
];

const [baseUrl, sdkKey, scenario = 'evaluate'] = process.argv.slice(2);
let finish;
const finished = new Promise((resolve) => (finish = resolve));
const pages = createServer(serve).listen(0, '127.0.0.1');
await once(pages, 'listening');

const argument = encodeURIComponent(JSON.stringify([scenario, baseUrl, sdkKey]));
const browser = spawn(
  await chromium.executablePath(),
  [...SWITCHES, `--user-data-dir=${join(tmpdir(), 'profile')}`, `http://127.0.0.1:${pages.address().port}/#${argument}`],
  { stdio: 'ignore' },
);
browser.once('exit', (code) => finish(JSON.stringify({ failed: `the browser ended with ${code}` })));
const timeout = setTimeout(() => finish(JSON.stringify({ failed: 'the page did not report in time' })), 60_000);

console.log(await finished);
clearTimeout(timeout);
browser.kill('SIGKILL');
pages.closeAllConnections();
pages.close();

async function serve(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
  } else if (pathname === '/report') {
    finish(Buffer.concat(await request.toArray()).toString());
    response.writeHead(204).end();
  } else if (['.js', '.mjs'].includes(extname(pathname))) {
    const script = await readFile(join(import.meta.dirname, normalize(pathname)));
    response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(script);
  } else {
    response.writeHead(404).end();
  }
}
