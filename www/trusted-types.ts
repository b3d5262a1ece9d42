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

let policy: Policy | undefined;

/** Markup that was built into the page, for `insertAdjacentHTML` and the like, whose types know of strings alone. */
export function ownMarkup(markup: string): string {
  policy ??= trustedTypes?.createPolicy('own-markup', { createHTML: (text) => text });
  return (policy?.createHTML(markup) ?? markup) as string;
}
