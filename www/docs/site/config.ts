/** VitePress's settings; it writes the pages first. Run by build.sh, from the repository's root. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cards, GROUPS, site, texts } from './pages';

const FOLDER = 'target/docs/pages';

/** Of VitePress's side bar. Its own types are not there where the rest is checked. */
interface Item {
  readonly text: string;
  readonly link?: string;
  readonly collapsed?: boolean;
  readonly items?: readonly Item[];
}

function write(): void {
  const { pages, pictures } = site(process.env['DOCS_REPOSITORY']);
  for (const [page, markdown] of pages) {
    const file = join(FOLDER, `${page}.md`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, markdown);
  }
  const folder = join(FOLDER, 'public/pictures');
  mkdirSync(folder, { recursive: true });
  for (const picture of pictures) copyFileSync(picture, join(folder, basename(picture)));
  copyFileSync('www/public/icon.svg', join(FOLDER, 'public/icon.svg'));
}

write();

const link = (page: string): string => `/${page.replace(/(^|\/)index$/, '$1')}`;
const titleOf = (page: string): string => /^# (.*)/m.exec(readFileSync(join(FOLDER, `${page}.md`), 'utf8'))?.[1] ?? page;
const item = (page: string, name = titleOf(page)): Item => ({ text: name, link: link(page) });

const MORE: Record<string, readonly string[]> = {
  'Guide': texts().map((name) => `guide/${basename(name, '.md')}`),
  'In your own site': ['package/recipes'],
  'Reference': ['reference/changelog'],
};

/** The names that the types export, by kind. */
function api(): Item[] {
  const modules = readdirSync(join(FOLDER, 'api'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [
    { text: 'Overview', link: '/api/' },
    ...modules.map(({ name: module }) => ({
      text: module === 'element' ? 'pix2pix-web/element' : 'pix2pix-web',
      collapsed: true,
      items: readdirSync(join(FOLDER, 'api', module), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.md') && basename(file) !== 'index.md')
        .map((file) => ({ text: basename(file, '.md'), link: `/api/${module}/${file.replace(/\.md$/, '')}` })),
    })),
  ];
}

export default {
  title: 'pix2pix-web',
  description: 'pix2pix in a web page: guide, reference, formats, models, numbers',
  lang: 'en',
  srcDir: 'pages',
  outDir: 'dist',
  base: process.env['DOCS_BASE'] ?? '/',
  cleanUrls: false,
  head: [['link', { rel: 'icon', href: `${process.env['DOCS_BASE'] ?? '/'}icon.svg` }]],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      ...GROUPS.map(({ text, pages }) => ({ text, items: [...pages.map(({ page, name }) => item(page, name)), ...(MORE[text] ?? []).map((page) => item(page))] })),
      { text: 'Models', collapsed: true, items: cards().map((name) => item(`models/${basename(name, '.md')}`)) },
      { text: 'API', items: api() },
      { text: 'Contributing', link: '/contributing' },
    ],
  },
};
