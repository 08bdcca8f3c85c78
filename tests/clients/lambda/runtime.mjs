// The loop of a Lambda runtime: asks for an event, has it answered, posts the answer. Without the native client of the official one.
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');

export async function serve(handler) {
  for (;;) {
    const { headers, body } = await call('GET', 'invocation/next');
    const invocation = `invocation/${headers['lambda-runtime-aws-request-id']}`;
    try {
      const answer = await handler(JSON.parse(body), { awsRequestId: headers['lambda-runtime-aws-request-id'] });
      await call('POST', `${invocation}/response`, JSON.stringify(answer));
    } catch (error) {
      await call('POST', `${invocation}/error`, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
    }
  }
}

function call(method, path, body = '') {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Length': Buffer.byteLength(body) };
    const options = { agent, host, port, method, path: `/2018-06-01/runtime/${path}`, headers };
    const asked = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ headers: response.headers, body: text }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
