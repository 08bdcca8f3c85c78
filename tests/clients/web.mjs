// Runs the OpenFeature web SDK with its OFREP provider in Node.
//
//   node web.mjs BASE_URL SDK_KEY [evaluate | rate-limit]
//
// Prints one JSON object: see web-scenarios.mjs.
import { run } from './web-scenarios.mjs';

const [baseUrl, sdkKey, scenario = 'evaluate'] = process.argv.slice(2);
console.log(JSON.stringify(await run(scenario, baseUrl, sdkKey)));
process.exit(); // a poll that is under way cannot be ended
