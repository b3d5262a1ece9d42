/** Cross-origin isolation, without which browsers share no memory between threads, on hosts whose headers can't be set. */

/**
 * What isolates a page. `require-corp`, since Safari does not know `credentialless`, and nothing here comes from another origin: the
 * page's own policy forbids it.
 */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Requests for what has such headers of its own: pages, and the scripts of workers, which an isolated page refuses without them. */
const ISOLATED: ReadonlySet<string> = new Set<RequestDestination>(['document', 'iframe', 'worker']);

/**
 * The response with the headers that isolate what is loaded from it. Those that the host sent stand, so that it may decide otherwise.
 * What needs none is left as it is: browsers keep the compiled code of what comes as the server sent it.
 */
export function isolated(response: Response, destination: string): Response {
  // Of a response with status 0 nothing can be read, and none can be made.
  if (!ISOLATED.has(destination) || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
