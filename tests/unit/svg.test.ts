import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSketch, svgOf } from '../../www/package/drawing/svg';
import { penStroke, type Stroke } from '../../www/package/drawing/strokes';

const line: Stroke = { ...penStroke([[10, 20], [100.123, 20]], 2), pressure: true, steadied: 0.3 };
const dab: Stroke = { ...penStroke([[50, 60]], 9, '#d5352c'), dice: 'rolled' };
const eraser: Stroke = { ...penStroke([[5, 5], [9, 9]], 16), tool: 'eraser' };
const strokes = [line, dab, eraser];

const metadata = (svg: string) => /<!\[CDATA\[(.*?)\]\]>/s.exec(svg)![1]!;

test('strokes come back as they were, to a hundredth', () => {
  const { strokes: again, traced } = readSketch(metadata(svgOf({ kind: 'sheet', strokes })));
  assert.deepEqual(again, [{ ...line, points: [[10, 20, 0.5], [100.12, 20, 0.5]] }, dab, eraser]);
  assert.equal(traced, false);
});

test('hints lie beneath the lines, the eraser reaches both, and a dab is a circle', () => {
  const [hints, lines] = svgOf({ kind: 'sheet', strokes }).match(/<g.*<\/g>/g)!;
  const fills = (group: string) => [...group.matchAll(/fill="(#\w+)"/g)].map(([, fill]) => fill);
  assert.deepEqual([fills(hints!), fills(lines!)], [['#fff', '#d5352c', '#fff'], ['#fff', '#000', '#fff']]);
  assert.match(hints!, /M54\.5 60A4\.5 4\.5 0 0 0 45\.5 60A4\.5 4\.5 0 0 0 54\.5 60/);
  assert.match(lines!, /mix-blend-mode:multiply/);
});

test('a picture is shown, and one that is traced is kept unseen', () => {
  const image = (traced: boolean) => /<image [^>]*>/.exec(svgOf({ kind: 'sheet', strokes: [], traced }, 'data:image/png;base64,AA'))?.[0];
  assert.deepEqual([image(false)?.includes('display'), image(true)?.includes('display="none"')], [false, true]);
  assert.equal(readSketch(metadata(svgOf({ kind: 'sheet', strokes: [], traced: true }, 'data:'))).traced, true);
});

test('what is damaged says where, and what is newer says so', () => {
  const kept = (stroke: object) => JSON.stringify({ version: 1, strokes: [line, { ...line, ...stroke }] });
  const wrong: object[] = [
    { tool: 'brush' }, { colour: 'red' }, { colour: '#12345' }, { width: 0 }, { width: 1e9 }, { width: '2' }, { pressure: 1 }, { steadied: 2 }, { points: [] }, { points: 'x' },
    { points: [[1, 2]] }, { points: [[1, 2, 3]] }, { points: [[1e6, 2, 0.5]] }, { points: [[null, 2, 0.5]] }, { dice: 'thrown' },
  ];
  for (const stroke of wrong) assert.throws(() => readSketch(kept(stroke)), /its stroke 2 is damaged/, JSON.stringify(stroke));
  for (const text of ['', '{', '[]', 'null', '{"version":1}']) assert.throws(() => readSketch(text), /its strokes are damaged/, text);
  assert.throws(() => readSketch('{"version":2,"strokes":[]}'), /of version 2/);
  assert.equal('evil' in readSketch(kept({ evil: 1 })).strokes[1]!, false, 'nothing else is taken');
});
