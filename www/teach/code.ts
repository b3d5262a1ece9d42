/** The lines that put a taught model into another page. */
import { type Lesson, spreadsHints } from './lesson';

/** `file`: the name of the generator's file, as it was downloaded. */
export function codeFor(file: string, lesson: Lesson): string {
  const { hints = false, labels } = lesson.base;
  const spreadHints = spreadsHints(lesson);
  if (labels === undefined) {
    const kind = spreadHints ? 'spread' : hints ? 'plain' : 'none';
    return [
      '<!-- npm install pix2pix-web -->',
      '<script type="module">',
      "  import 'pix2pix-web/element';",
      '</script>',
      `<pix2pix-pad model="${file}" hints="${kind}"></pix2pix-pad>`,
    ].join('\n');
  }
  // The pad for maps is the page's own.
  return [
    "import { Pix2Pix } from 'pix2pix-web'; // npm install pix2pix-web",
    '',
    `const model = await Pix2Pix.load('${file}');`,
    '// A canvas in the colours of the labels:',
    ...labels.map(({ name, color }) => `//   ${color} ${name}`),
    'const picture = await model.translate(map);',
    "document.querySelector('canvas').getContext('2d').putImageData(picture, 0, 0);",
  ].join('\n');
}
