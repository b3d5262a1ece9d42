import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAst } from 'rolldown/parseAst';
import labels from '../../www/labels/labels.json';
import emoji from '../../www/samples/edges2emoji.json';
import photo from '../../www/samples/edges2photo.json';
import front from '../../www/samples/labels2front.json';
import room from '../../www/samples/labels2room.json';
import { COLOURS } from '../../www/package/drawing/palette';
import { countsIn } from '../../www/words/counts';
import { german } from '../../www/words/de';
import { english } from '../../www/words/en';
import { languageFor, localeFor } from '../../www/words/language';
import { MARKUP } from '../../www/words/markup';
import { chinese } from '../../www/words/zh';

type Word = string | readonly string[] | ((...values: unknown[]) => string);

/** Every word by its path, `pairs.count`. */
function flat(words: object, path = ''): Map<string, Word> {
  return new Map(
    Object.entries(words).flatMap(([key, word]: [string, Word | object]): [string, Word][] =>
      typeof word === 'object' && !Array.isArray(word) ? [...flat(word, `${path}${key}.`)] : [[path + key, word as Word]],
    ),
  );
}

const ours = flat(english(countsIn('en')));
const others = { de: german(countsIn('de')), zh: chinese(countsIn('zh')) };
/** With English numbers, so that what differs is words. */
const withEnglishNumbers = { de: german(countsIn('en')), zh: chinese(countsIn('en')) };
const wordsOf = ({ markup: _, ...words }: typeof others.de) => flat(words);

/** What is the same in German or Chinese as in English: names, units, signs, and words that both have. */
const EQUAL: Readonly<Record<keyof typeof others, ReadonlySet<string>>> = {
  de: new Set(
    `megabytes milliseconds space device.onWebGpu device.cpu device.because device.reason error compare.cut pairs.strength colorize.size training.pause training.seconds training.minutes
     training.hours memory.megabytes memory.gigabytes results.change results.percent results.value results.tick models.edges2emoji.name
     examples.mango report.dropout report.percent report.number report.l1Value report.axis report.original colorize.percent`.split(/\s+/),
  ),
  zh: new Set(
    `megabytes device.onWebGpu device.cpu device.reason error pairs.strength memory.megabytes memory.gigabytes results.change results.percent results.value results.tick report.dropout
     report.percent report.number report.l1Value report.axis colorize.percent`.split(/\s+/),
  ),
};
const EQUAL_MARKUP = {
  de: ['Normal', 'WebGPU', 'CPU', 'Training', 'Pause', 'original', 'Dropout', 'linear', 'Name', 'Esc', 'System'],
  zh: ['WebGPU', 'CPU', 'Dropout', 'Enter', 'Esc', 'Shift', 'Ctrl', 'Delete'],
};

/** What a word says of the values 2, 2, …: numbers and names alike. */
const said = (word: Word | undefined): unknown => (typeof word === 'function' ? word(2, 2, 2) : word);

for (const language of ['de', 'zh'] as const) {
  test(`${language} has every word, with the same values in it`, () => {
    const theirs = wordsOf(others[language]);
    assert.deepEqual([...theirs.keys()].sort(), [...ours.keys()].sort());
    for (const [path, word] of ours) {
      const other = theirs.get(path);
      assert.equal(typeof other, typeof word, path);
      if (typeof word === 'function' && path !== 'error') assert.equal((other as typeof word).length, word.length, path);
      if (Array.isArray(word)) assert.equal((other as string[]).length, word.length, path);
    }
    assert.deepEqual(Object.keys(others[language].markup).sort(), [...MARKUP].sort());
  });

  test(`no word was left in English in ${language}, or empty`, () => {
    const theirs = wordsOf(withEnglishNumbers[language]);
    const callable = [...ours].filter(([path]) => !TEXTS_ALONE.has(path));
    const equal = callable.filter(([path, word]) => JSON.stringify(said(word)) === JSON.stringify(said(theirs.get(path)))).map(([path]) => path);
    assert.deepEqual(equal.filter((path) => !EQUAL[language].has(path)), [], 'deliberate ones stand in the list');
    assert.deepEqual([...EQUAL[language]].filter((path) => !equal.includes(path) && !TEXTS_ALONE.has(path)), [], 'the list has nothing else');
    const { markup } = others[language];
    assert.deepEqual(MARKUP.filter((text) => markup[text] === text).sort(), [...EQUAL_MARKUP[language]].sort());
    const empty = [...theirs, ...flat(markup)].filter(([path, word]) => said(TEXTS_ALONE.has(path) ? 'x' : word) === '' && path !== 'space');
    assert.deepEqual(empty, []);
  });

  test(`the engine’s commonest errors are introduced in ${language}, its other ones are not`, () => {
    for (const code of ['network/unreachable', 'weights/unknown', 'device/lost', 'engine/crashed', 'worker/failed']) assert.ok(others[language].error(code), code);
    assert.equal(others[language].error('options/invalid'), undefined);
  });
}

/** They look into a text that they are given. */
const TEXTS_ALONE: ReadonlySet<string> = new Set(['device.withoutWebGpu']);

test('a reason of the engine that other languages know is in their words, and any other as it came', () => {
  assert.equal(others.de.device.withoutWebGpu(others.de.device.reason('this browser has no WebGPU')), 'Dieser Browser hat kein WebGPU. Die CPU rechnet: dieselben Bilder, nur langsamer.');
  assert.equal(others.zh.device.reason('it was timed'), 'it was timed');
});

test('counts have their forms, and numbers their signs', () => {
  const [en, de, zh] = [english(countsIn('en')), others.de, others.zh];
  assert.deepEqual([1, 2].map(en.pairs.count), ['1 pair', '2 pairs']);
  assert.deepEqual([1, 2].map(de.pairs.count), ['1 Paar', '2 Paare']);
  assert.deepEqual([1, 2].map(zh.pairs.count), ['1 对', '2 对']);
  assert.deepEqual([en, de, zh].map(({ megabytes }) => megabytes(13_616_655)), ['13.6 MB', '13,6 MB', '13.6 MB']);
  assert.deepEqual([en, de].map(({ training }) => training.step(1500, 12_000)), ['Step 1500 of 12,000', 'Schritt 1500 von 12.000']);
  assert.deepEqual([en, de].map(({ failure }) => failure.diverged(3, 0.00005).includes('0.00005')), [true, false]);
  assert.deepEqual([0.5, 3.14, 12].map(en.training.rate), ['0.50 pictures a second', '3.1 pictures a second', '12 pictures a second']);
});

test('names that files bring are all in the words', () => {
  const samples = [...emoji, ...photo, ...front, ...room];
  const { examples, labels: names, colours } = english(countsIn('en'));
  for (const { id, name } of samples) assert.equal((examples as Record<string, string>)[id], name);
  assert.equal(Object.keys(examples).length, samples.length);
  const all = new Set([...Object.keys(labels.fronts), ...Object.keys(labels.rooms)]);
  assert.deepEqual(Object.keys(names).sort(), [...all].sort());
  assert.deepEqual(colours.hints, COLOURS.map(({ name }) => name));
});

test('the visitor’s choice decides, then the browser’s languages, then English', () => {
  assert.equal(languageFor(undefined, ['de-AT', 'en']), 'de');
  assert.equal(languageFor(undefined, ['fr-CA', 'zh-TW', 'de']), 'zh');
  assert.equal(languageFor('en', ['de-AT']), 'en');
  for (const languages of [['fr'], ['C'], []]) assert.equal(languageFor(undefined, languages), 'en');
  assert.equal(localeFor('de', ['en-GB', 'de-CH']), 'de-CH');
  assert.equal(localeFor('en', ['C']), 'en');
  assert.equal(localeFor('zh', ['de']), 'zh-Hans');
});

/** The English texts of an HTML file: what stands between its tags and in the attributes that people hear or read. */
function textsOf(html: string): Set<string> {
  const own = html.replace(/<!--[^]*?-->|<!doctype[^>]*>|<svg[^]*?<\/svg>|<(\w+)[^>]* translate="no"[^]*?<\/\1>/g, '').replace(/<code>[^<]*<\/code>/g, '<code></code>');
  const found = own.matchAll(/ (?:aria-label|title|placeholder|alt)="([^"]+)"|name="description" content="([^"]+)"|>([^<]+)/g);
  const texts = [...found].map(([, attribute, description, text]) => (attribute ?? description ?? text ?? '').trim().replace(/\s+/g, ' '));
  // A key such as P, and a number, are the same everywhere.
  return new Set(texts.filter((text) => text.length > 1 && /\p{L}/u.test(text)));
}

test('every text of the HTML files is in the list, and nothing else', () => {
  const files = readdirSync('www', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html') && !/^(docs|package)/.test(file));
  const pages = files.map((file) => readFileSync(join('www', file), 'utf8'));
  assert.deepEqual([...new Set(pages.flatMap((html) => [...textsOf(html)]))].sort(), [...MARKUP].sort());
});

test('what browsers forbid, or nobody reads, is no text of an HTML file', () => {
  const html = '<!-- A note --><h1 translate="no">pix<b>2</b>pix</h1><svg><title>Pen</title></svg><b title="Pen (P)">P</b> <i>Draw\n it</i><code>npm run</code>';
  assert.deepEqual([...textsOf(html)], ['Pen (P)', 'Draw it']);
});

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** What is written for people who look into the program. */
const INTERNAL = /^(console\.|new DOMException$)/;

/** Sentences in a script's strings, and words that begin like a button's. */
function sentencesIn(source: string): string[] {
  const found: string[] = [];
  const visit = (node: Node, parent?: Node): void => {
    if (node.type.startsWith('TS') && !node.type.startsWith('TSAs') && node.type !== 'TSNonNullExpression' && node.type !== 'TSSatisfiesExpression') return;
    if (/^(Import|Export(All|Named))/.test(node.type) && isNode(node['source'])) return;
    if (node.type === 'ImportExpression') return;
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      const callee = node['callee'] as Node;
      const name = source.slice(callee.start, callee['end'] as number);
      if (INTERNAL.test(node.type === 'NewExpression' ? `new ${name}` : name)) return;
    }
    const isKey = parent?.type === 'Property' && parent['key'] === node;
    const text = node.type === 'Literal' ? node['value'] : node.type === 'TemplateElement' ? (node['value'] as { cooked: string }).cooked : undefined;
    if (typeof text === 'string' && !isKey && isSentence(text)) found.push(text.trim());
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, node);
    }
  };
  visit(parseAst(source, { lang: 'ts' }) as unknown as Node);
  return found;
}

/** Two words with a space between them that are no selector and no markup, or one that begins with a capital. */
function isSentence(text: string): boolean {
  return (/\p{L}{2,}[,.:]? \p{L}{2,}/u.test(text) && !/[<>[\]#]|^\.|px\b/.test(text)) || /^\p{Lu}\p{Ll}+$/u.test(text.trim());
}

test('the scan finds sentences, and leaves alone what is none', () => {
  const source = (text: string) => sentencesIn(text);
  assert.deepEqual(source("import { a } from './two words';\nview.say('Sketch saved'); button.textContent = `Undo`;"), ['Sketch saved', 'Undo']);
  assert.deepEqual(source('say(`${count} files were ignored`); const o = { "no key": 1, about: "soft, rounded pictures" };'), ['files were ignored', 'soft, rounded pictures']);
  assert.deepEqual(source("console.warn('it was lost', e); find('.pair > button'); call('aria-label');"), []);
  assert.deepEqual(source("throw new Error('it cannot be read'); view.alert(new PageError('a/b', 'it is lost'))"), ['it cannot be read', 'it is lost']);
});

/** No words for people: keys of the keyboard, queries, files' contents, broken invariants, and what is written into the console. */
const NO_WORDS: Readonly<Record<string, readonly string[]>> = {
  'draw/sketch-file.ts': ['what is in sight is one sheet'],
  'keep/database.ts': ['preparing Blob'],
  'keep/models.ts': ['the kept models'],
  'keep/pictures.ts': ['the last pictures'],
  'keep/settings.ts': ['the settings', 'the choices'],
  'keep/training.ts': ['the kept training'],
  'labels/labels.ts': ['a map needs a label', 'is none of the labels'],
  'labels/pad.ts': ['Enter', 'Escape'],
  'models/models.ts': ['the list of models names', ', which is not in www/models'],
  'models/phone.ts': ['(pointer: coarse)'],
  'shell/files.ts': ['Files', 'input, textarea'],
  'shell/handed-over.ts': ['(display-mode: browser)'],
  'shell/page-keys.ts': [':is(button, input, select, a):not(.desk *)'],
  'shell/rooms.ts': ['this model belongs to the tab'],
  'shell/theme.ts': ['not all', '(prefers-color-scheme: dark)'],
  'teach/code.ts': [
    "import { Pix2Pix } from 'pix2pix-web'; // npm install pix2pix-web",
    "const model = await Pix2Pix.load('",
    '// A canvas in the colours of the labels:',
    'const picture = await model.translate(map);',
  ],
  'teach/failure.ts': ['Error'],
  'teach/pairs-file.ts': ['sketch left, target right'],
};

test('no English sentence stands in the page’s scripts outside of its words', () => {
  const scripts = readdirSync('www', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/^(words|package|service-worker|docs|first-paint\/plugin)/.test(file));
  assert.ok(scripts.length > 80, 'it finds the scripts');
  const found = scripts.map((file): [string, string[]] => [file, [...new Set(sentencesIn(readFileSync(join('www', file), 'utf8')))]]);
  assert.deepEqual(Object.fromEntries(found.filter(([, texts]) => texts.length > 0)), NO_WORDS);
});

test('nor in its style sheets', () => {
  const sheets = readdirSync('www', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.css') && !/^(package|docs)/.test(file));
  assert.ok(sheets.length >= 3, 'it finds the style sheets');
  for (const file of sheets) assert.doesNotMatch(readFileSync(join('www', file), 'utf8'), /content: *['"][^'"]*\p{L}/u, file);
});
