// Watches what a provider puts on the wire: wraps the global fetch, which the providers call.

/**
 * Records every exchange from now on.
 * @returns {Array<{at: number, path: string, ifNoneMatch: ?string, status: number, etag: ?string, retryAfter: ?string}>}
 *   a list that grows; `at` is when the answer came, in milliseconds.
 */
export function recordExchanges() {
  const exchanges = [];
  const send = globalThis.fetch;
  globalThis.fetch = async (request, options) => {
    const sent = new Request(request, options);
    const response = await send(sent);
    exchanges.push({
      at: performance.now(),
      path: new URL(sent.url).pathname,
      ifNoneMatch: sent.headers.get('if-none-match'),
      status: response.status,
      etag: response.headers.get('etag'),
      retryAfter: response.headers.get('retry-after'),
    });
    return response;
  };
  return exchanges;
}

/** Waits until `condition()` holds; fails after ten seconds. */
export async function until(condition, what) {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await pause(10);
  }
}

/** Waits that many milliseconds. */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** What a test compares of the details of an evaluation. */
export function outcome({ value, variant, reason, errorCode }) {
  return { value, variant: variant ?? null, reason: reason ?? null, errorCode: errorCode ?? null };
}
