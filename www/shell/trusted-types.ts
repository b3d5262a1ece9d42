/** Trusted Types, in browsers that have them: the page's policy (index.html) lets no text become markup or a script's address, but here. */

interface Policy {
  createHTML(markup: string): unknown;
}

interface Factory {
  createPolicy(name: string, rules: { createHTML?: (markup: string) => string; createScriptURL?: (address: string) => string | null }): Policy;
}

const { trustedTypes } = globalThis as { trustedTypes?: Factory };

/** Before anything starts a worker, the service worker among them: whatever library does, they are files of the page's own. */
export function trustOwnScripts(): void {
  trustedTypes?.createPolicy('default', {
    createScriptURL: (address) => (new URL(address, document.baseURI).origin === location.origin ? address : null),
  });
}

const policies = new Map<string, Policy>();

function trusted(name: string, markup: string): string {
  if (trustedTypes === undefined) return markup;
  const policy = policies.get(name) ?? trustedTypes.createPolicy(name, { createHTML: (text) => text });
  policies.set(name, policy);
  return policy.createHTML(markup) as string;
}

/** Markup that was built into the page, for `innerHTML`, whose type knows of strings alone. */
export const ownMarkup = (markup: string): string => trusted('own-markup', markup);

/** The document of a visitor's SVG, of which no part becomes one of the page's, and in which no script runs. */
export function inertSvg(text: string): XMLDocument {
  // The page's policy forbids styles, even in a file that is only read.
  const plain = text.replace(/\sstyle=("[^"]*"|'[^']*')|<style[^]*?<\/style>/g, '');
  return new DOMParser().parseFromString(trusted('inert-markup', plain), 'image/svg+xml');
}
