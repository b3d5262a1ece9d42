/** The pages of the documentation, made of what is written elsewhere: the README by its sections, the models' cards, the longer texts, the examples. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';

/** A page and the sections of the README that it holds, each by its heading; the first one is the page's title. */
interface Place {
  readonly page: string;
  readonly sections: readonly string[];
  /** Its name in the side bar, if that is not its title. */
  readonly name?: string;
}

export interface Group {
  readonly text: string;
  readonly pages: readonly Place[];
}

/** In the order of the side bar. A section of the README that is not named here stays below the one before it. */
export const GROUPS: readonly Group[] = [
  {
    text: 'Guide',
    pages: [
      { page: 'index', sections: ['pix2pix-web'], name: 'What it is' },
      { page: 'guide/start', sections: ['Start'] },
      { page: 'guide/teach', sections: ['Teach it'] },
      { page: 'guide/colour', sections: ['Colour a photo'] },
      { page: 'guide/command-line', sections: ['On a real machine'] },
    ],
  },
  {
    text: 'In your own site',
    pages: [
      { page: 'package/index', sections: ['In your own site'], name: 'The package' },
      { page: 'package/training', sections: ['Training'] },
      { page: 'package/element', sections: ['A custom element'] },
      { page: 'package/bundlers', sections: ['Where it runs'] },
      { page: 'package/threads', sections: ['Threads'] },
    ],
  },
  {
    text: 'Reference',
    pages: [
      { page: 'reference/formats', sections: ['Weights files'] },
      { page: 'reference/models', sections: ['The models that come with it'] },
      { page: 'reference/browsers', sections: ['Browsers'] },
      { page: 'reference/numbers', sections: ['Numbers', 'Beside other runtimes'] },
      { page: 'reference/limits', sections: ['Limits'] },
      { page: 'reference/how-it-works', sections: ['How it works', 'Licence'] },
    ],
  },
];

export interface Section {
  readonly title: string;
  readonly level: number;
  readonly text: string;
}

export interface Site {
  /** Markdown by the page's path, without `.md`. */
  readonly pages: ReadonlyMap<string, string>;
  /** Pictures by their paths in the repository; the pages have them at `/pictures/` and their names. */
  readonly pictures: ReadonlySet<string>;
}

/** Each heading that the table above names begins a section; others are of the section before them. */
export function sectionsOf(readme: string): Section[] {
  const names = new Set(GROUPS.flatMap(({ pages }) => pages.flatMap(({ sections }) => sections)));
  const sections: Section[] = [];
  for (const part of outsideCode(readme).split(/^(?=#{1,3} )/m)) {
    const [, marks, title] = /^(#+) (.*)\n/.exec(part) ?? [];
    if (marks === undefined || title === undefined) throw new Error('the README begins without a title');
    const text = part.slice(part.indexOf('\n') + 1).trim();
    const before = sections.at(-1);
    if (names.has(title)) sections.push({ title, level: marks.length, text });
    else if (before !== undefined) sections[sections.length - 1] = { ...before, text: `${before.text}\n\n${part.trim()}` };
  }
  return sections.map((section) => ({ ...section, text: withCode(section.text) }));
}

// Lines of code that begin with `#` are no headings.
const outsideCode = (markdown: string): string => markdown.replace(/^```[^]*?^```/gm, (block) => block.replace(/^#/gm, '\u0000#'));
const withCode = (markdown: string): string => markdown.replaceAll('\u0000#', '#');

/** As GitHub and VitePress make anchors of headings. */
export const slug = (title: string): string => title.toLowerCase().replace(/[^\p{L}\p{N}\- ]/gu, '').replaceAll(' ', '-');

/** The whole site but for the reference that is generated from the types. `repository` is where files that are no pages can be read, if anywhere. */
export function site(repository: string | undefined): Site {
  const sections = new Map(sectionsOf(read('README.md')).map((section) => [section.title, section]));
  const anchors = new Map<string, string>();
  const pages = new Map<string, string>();
  const pictures = new Set<string>();
  for (const { page, sections: titles } of GROUPS.flatMap(({ pages }) => pages)) {
    titles.forEach((title, i) => anchors.set(slug(title), i === 0 ? `/${page}` : `/${page}#${slug(title)}`));
  }
  const files = new Map<string, string>([
    ['README.md', '/index'],
    ['CHANGELOG.md', '/reference/changelog'],
    ['CONTRIBUTING.md', '/contributing'],
    ['www/docs/element', '/package/recipes'],
    ...texts().map((name): [string, string] => [`www/docs/${name}`, `/guide/${basename(name, '.md')}`]),
    ...cards().map((name): [string, string] => [`www/models/${name}`, `/models/${basename(name, '.md')}`]),
  ]);

  const linked = (markdown: string, from: string): string =>
    // What is code stays as it is.
    markdown.replace(/```[^]*?```|`[^`]*`/g, (code) => code.replaceAll('](', ']\u0000(')).replace(/(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g, (whole, picture: string, text: string, target: string) => {
      if (/^[a-z]+:/.test(target)) return whole;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? from : normalize(join(dirname(from), path));
      const section = file === 'README.md' && anchor !== undefined ? anchors.get(anchor) : undefined;
      if (section !== undefined) return `[${text}](${section})`;
      if (path === '') return whole;
      if (!existsSync(file)) throw new Error(`${from} links to ${path}, which is not there`);
      if (picture !== '') {
        pictures.add(file);
        return `![${text}](/pictures/${basename(file)})`;
      }
      const page = files.get(file);
      if (page !== undefined) return `[${text}](${page}${anchor === undefined ? '' : `#${anchor}`})`;
      return repository === undefined ? text : `[${text}](${repository}/${file})`;
    }).replaceAll(']\u0000(', '](');

  for (const { page, sections: titles } of GROUPS.flatMap(({ pages }) => pages)) {
    const parts = titles.map((title, i) => {
      const section = sections.get(title);
      if (section === undefined) throw new Error(`the README has no section ${title}`);
      return `${i === 0 ? '#' : '##'} ${title}\n\n${raised(section)}`;
    });
    pages.set(page, linked(parts.join('\n\n'), 'README.md'));
  }
  for (const [file, page] of files) {
    if (file !== 'README.md' && file.endsWith('.md')) pages.set(page.slice(1), linked(read(file), file));
  }
  pages.set('package/recipes', recipes());
  return { pages, pictures };
}

/** The headings within a section, below its page's title. */
function raised({ text, level }: Section): string {
  return withCode(outsideCode(text).replace(/^#+(?= )/gm, (marks) => '#'.repeat(Math.max(2, marks.length - level + 1))));
}

const read = (file: string): string => readFileSync(file, 'utf8');

/** The longer texts, and the models' cards. */
export const texts = (): string[] => readdirSync('www/docs').filter((name) => name.endsWith('.md'));
export const cards = (): string[] => readdirSync('www/models').filter((name) => name.endsWith('.md'));

const RECIPES = [
  ['Plain HTML', 'plain.js'],
  ['React', 'Drawing.jsx'],
  ['Vue', 'Drawing.vue'],
  ['Svelte', 'Drawing.svelte'],
] as const;

/** The examples that the tests build and run. */
function recipes(): string {
  const parts = RECIPES.map(([title, file]) => `## ${title}\n\n\`\`\`${file.split('.')[1]}\n${read(`www/docs/element/${file}`).trim()}\n\`\`\``);
  return ['# Recipes', 'One drawing pad in each: the tests build these files and draw on them. For bundlers see [where it runs](/package/bundlers).', ...parts].join('\n\n');
}
