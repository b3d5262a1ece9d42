/** Files that other apps share with the installed page: the service worker keeps them until the page has them, also while it is not open. */

/** Where they are sent, beside the page, and in which field of the form. Both stand in the web manifest. */
export const SHARE_ADDRESS = 'share';
export const SHARED_FIELD = 'files';

/** Stands in the page's address when something was shared: empty, or `failed` where it could not be kept. */
export const SHARED_PARAMETER = 'shared';

const CACHE = 'pix2pix-web-shared';
const NAME = 'X-File-Name';

/** Keeps the files of the form, and leads on to the page. */
export async function keepShared(request: Request): Promise<Response> {
  const page = new URL('./', request.url);
  page.searchParams.set(SHARED_PARAMETER, '');
  try {
    const files = (await request.formData()).getAll(SHARED_FIELD).filter((value) => value instanceof File);
    const cache = await caches.open(CACHE);
    for (const [i, file] of files.entries()) {
      const headers = { 'Content-Type': file.type, [NAME]: encodeURIComponent(file.name) };
      await cache.put(new URL(`${SHARE_ADDRESS}/${Date.now()}-${i}`, request.url), new Response(file, { headers }));
    }
  } catch {
    // The device is full, most likely. The app that shared it has it still.
    page.searchParams.set(SHARED_PARAMETER, 'failed');
  }
  return Response.redirect(page.href, 303);
}

/** Takes what was shared; it is kept no longer. Of two tabs that ask, one gets it. */
export async function takeShared(): Promise<File[]> {
  // To open it would make it. Insecure addresses have none.
  if (!('caches' in globalThis) || !(await caches.has(CACHE))) return [];
  const cache = await caches.open(CACHE);
  const files: File[] = [];
  for (const key of await cache.keys()) {
    const response = await cache.match(key);
    if (response === undefined) continue;
    const name = decodeURIComponent(response.headers.get(NAME) ?? '');
    const file = new File([await response.blob()], name, { type: response.headers.get('Content-Type') ?? '' });
    if (await cache.delete(key)) files.push(file);
  }
  return files;
}
