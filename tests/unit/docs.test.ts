import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cards, sectionsOf, site, slug, texts } from '../../www/docs/site/pages';

const { pages, pictures } = site(undefined);

/** The anchors of a page's headings. */
const anchorsOf = (markdown: string): string[] => [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title]) => slug(title!));

test('every link of the documentation leads to a page of it, and to a heading there', () => {
  for (const [page, markdown] of pages) {
    for (const [, target] of markdown.matchAll(/[^!]\[[^\]]*\]\((\/[^)]*)\)/g)) {
      const [path = '', anchor] = target!.split('#');
      const other = pages.get(path.slice(1));
      assert.ok(other !== undefined, `${page} links to ${path}`);
      if (anchor !== undefined) assert.ok(anchorsOf(other).includes(anchor), `${page} links to ${target}`);
    }
  }
});

test('it has the README, the longer texts, the models’ cards and their sheets of pictures', () => {
  for (const name of texts()) assert.ok(pages.has(`guide/${name.replace('.md', '')}`), name);
  for (const name of cards()) assert.match(pages.get(`models/${name.replace('.md', '')}`) ?? '', /!\[[^\]]*\]\(\/pictures\//, name);
  assert.ok(pictures.has('www/taught.png'));
  assert.match(pages.get('package/index')!, /^# In your own site\n/);
  assert.match(pages.get('package/recipes')!, /```jsx\n\/\/ React/);
});

test('files that are no pages are linked where the repository can be read, and named elsewhere', () => {
  const link = '[`tests/browsers.ts`](https://example.com/blob/tests/browsers.ts)';
  assert.ok(site('https://example.com/blob').pages.get('reference/browsers')!.includes(link));
  assert.ok(!pages.get('reference/browsers')!.includes('tests/browsers.ts]('));
});

test('sections without a place of their own stay with the one before, and code has no headings', () => {
  const sections = sectionsOf('# pix2pix-web\n\nwhat\n\n## Start\n\n```sh\n# Limits\n```\n\n### Another\n\nmore\n\n## Limits\n\nnone\n');
  assert.deepEqual(sections.map(({ title }) => title), ['pix2pix-web', 'Start', 'Limits']);
  assert.equal(sections[1]!.text, '```sh\n# Limits\n```\n\n### Another\n\nmore');
});
