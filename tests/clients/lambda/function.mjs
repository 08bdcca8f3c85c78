// The OFREP endpoints as they are written in Node: Express behind API Gateway's proxy integration, flagd's evaluator.
//
// FLAGS_FILE is a flagd definition and SDK_KEY who may ask. Beside evaluate-flag and evaluate-flags it has little to do: it reads a
// file instead of DynamoDB, verifies no snapshot, checks no limits, and never looks for a newer version.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { FlagdCore } from '@openfeature/flagd-core';
import express from 'express';
import serverless from 'serverless-http';

import { serve } from './runtime.mjs';

const silent = { error() {}, warn() {}, info() {}, debug() {} };
// Compiled rules are no faster here, and take three times as long to load.
const flags = new FlagdCore(undefined, silent, { disableDynamicCodeGeneration: true });
flags.setConfigurations(readFileSync(process.env.FLAGS_FILE, 'utf8'));
const digest = (text) => createHash('sha256').update(text).digest();
const expected = digest(`Bearer ${process.env.SDK_KEY}`);

const app = express();
app.disable('x-powered-by');
app.use(express.json({ limit: '64kb' }));
app.use((request, response, next) => {
  if (timingSafeEqual(digest(request.get('authorization') ?? ''), expected)) return next();
  response.status(401).json({ errorCode: 'GENERAL', errorDetails: 'the SDK key is missing or not valid' });
});
app.post('/ofrep/v1/evaluate/flags', (request, response) => {
  const evaluated = flags.resolveAll(request.body.context, silent);
  response.json({ flags: evaluated.map(({ flagKey, ...details }) => answer(flagKey, details)) });
});
app.post('/ofrep/v1/evaluate/flags/:key', (request, response) => {
  const key = request.params.key;
  const flag = flags.getFlag(key);
  if (!flag) return response.status(404).json({ key, errorCode: 'FLAG_NOT_FOUND' });
  const type = typeof flag.variants.values().next().value;
  response.json(answer(key, flags.resolve(type, key, undefined, request.body.context, silent)));
});

function answer(key, { value, reason, variant, flagMetadata }) {
  return { key, value, reason, variant, metadata: flagMetadata };
}

await serve(serverless(app));
