import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabelTool, LabelPad } from '../../www/labels/pad';
import { readLabels } from '../../www/labels/labels';
import { Canvas, handOn, standInForPage } from './canvas';

const page = standInForPage();

const fronts = readLabels({ sky: '#66ccff', wall: '#ffdd55', door: '#804000' });
const rooms = readLabels({ wall: '#ffdd55', floor: '#804000' });
const kind = 'sky,wall,door';

type Places = readonly [x: number, y: number][];

/** A pad for house fronts, and a hand that goes through pixels. */
function pad() {
  const canvas = new Canvas();
  const changes: boolean[] = [];
  const pad = new LabelPad(canvas as unknown as HTMLCanvasElement, (settled) => void changes.push(settled));
  pad.use(fronts);
  const { point } = handOn(canvas);
  const part = (value: number) => (value + 0.5) / 256;
  const draw = (places: Places, more: Record<string, unknown> = {}) => {
    const last = places.at(-1)!;
    point('down', part(places[0]![0]), part(places[0]![1]), more);
    for (const [x, y] of places.slice(1)) point('move', part(x), part(y), more);
    point('up', part(last[0]), part(last[1]), more);
  };
  const take = (tool: LabelTool, label: string, ...strokes: Places[]) => {
    pad.tool = tool;
    pad.label = label;
    for (const places of strokes) draw(places);
  };
  const marks = () => pad.maps[kind]?.marks ?? [];
  return { canvas, pad, changes, draw, take, marks, point };
}

const key = (name: string) => page.dispatchEvent(Object.assign(new Event('keydown', { cancelable: true }), { key: name }));

test('the brush goes through pixels, each once, and paints its label', () => {
  const { take, marks, changes, pad: { width } } = pad();
  take('brush', 'wall', [[10, 20], [10, 20], [40, 20]]);
  assert.deepEqual(marks(), [{ kind: 'stroke', label: 'wall', width, points: [[10, 20], [40, 20]] }]);
  assert.deepEqual(changes, [false, false, false, true], 'it grew and was done');
});

test('the eraser, and a pen’s other end, bring the background back', () => {
  const { pad: map, take, marks, draw } = pad();
  take('rectangle', 'wall', [[0, 0], [255, 255]]);
  take('eraser', 'wall', [[9, 9], [20, 9]]);
  map.tool = 'rectangle';
  draw([[30, 30], [50, 50]], { pointerType: 'pen', button: 5 });
  assert.deepEqual(marks().map((mark) => [mark.kind, 'label' in mark && mark.label]), [['rectangle', 'wall'], ['stroke', 'sky'], ['stroke', 'sky']]);
});

test('a rectangle is dragged from corner to corner, either way, along the border at most; a tap makes none', () => {
  const { take, marks } = pad();
  take('rectangle', 'wall', [[60, 80], [20, 30]], [[5, 5]], [[200, 200], [400, -30]]);
  assert.deepEqual(marks(), [
    { kind: 'rectangle', label: 'wall', box: [20, 30, 61, 81] },
    { kind: 'rectangle', label: 'wall', box: [200, 0, 256, 201] },
  ]);
});

test('an outline goes around a rectangle that is dragged, or through corners that are tapped', () => {
  const { pad: map, take, marks } = pad();
  map.width = 3;
  take('outline', 'door', [[20, 30], [60, 80]]);
  assert.deepEqual(marks(), [{ kind: 'rectangle', label: 'door', box: [20, 30, 61, 81], outline: 3 }]);
  const corners: [number, number][] = [[100, 100], [150, 100], [150, 150]];
  take('outline', 'door', ...corners.map((corner) => [corner]));
  assert.deepEqual([map.outlining, marks().length], [true, 1], 'it is not closed yet');
  take('outline', 'door', [[101, 100]]);
  assert.equal(map.outlining, false);
  assert.deepEqual(marks()[1], { kind: 'polygon', label: 'door', corners, outline: 3 });
});

test('Enter closes a polygon, Escape gives it up, undo takes its last corner back, and another tool forgets it', () => {
  const { pad: map, take, marks } = pad();
  const corners: Places[] = [[[10, 10]], [[90, 10]], [[90, 90]]];
  assert.equal(key('Enter'), true, 'nobody else is kept from it');
  take('outline', 'wall', ...corners);
  map.undo();
  assert.equal(key('Enter'), false);
  assert.deepEqual(marks().map((mark) => mark.kind === 'polygon' && mark.corners), [[[10, 10], [90, 10]]]);
  take('outline', 'door', ...corners);
  key('Escape');
  assert.deepEqual([map.outlining, marks().length], [false, 1]);
  take('outline', 'door', ...corners);
  map.tool = 'brush';
  assert.deepEqual([map.outlining, marks().length], [false, 1]);
});

test('a fill begins where the hand came down', () => {
  const { take, marks } = pad();
  take('fill', 'wall', [[7, 8], [20, 8]]);
  assert.deepEqual(marks(), [{ kind: 'fill', label: 'wall', at: [7, 8] }]);
});

test('what changes nothing is no step of the history', () => {
  const { pad: map, take, marks } = pad();
  take('fill', 'sky', [[7, 8]]);
  take('brush', 'sky', [[1, 1], [9, 9]]);
  map.clear();
  assert.deepEqual([marks().length, map.canUndo, map.isBlank], [0, false, true]);
});

test('undo and redo go through the history, and a clear sheet is one step of it', () => {
  const { pad: map, take } = pad();
  take('fill', 'wall', [[7, 8]]);
  map.clear();
  assert.equal(map.isBlank, true);
  map.undo();
  assert.deepEqual([map.isBlank, map.canRedo], [false, true]);
  map.undo();
  assert.deepEqual([map.isBlank, map.canUndo], [true, false]);
  map.redo();
  assert.equal(map.isBlank, false);
});

test('a finger that had only begun when the system took it away painted nothing', () => {
  const { pad: map, point, changes } = pad();
  const finger = { pointerType: 'touch' };
  point('down', 0.2, 0.2, finger);
  point('cancel', 0.2, 0.2, finger);
  assert.deepEqual([map.canUndo, changes], [false, [false, true]]);
});

test('a key while the hand paints ends the shape, and takes it back alone', () => {
  for (const tool of ['brush', 'rectangle', 'fill', 'outline', 'eraser'] as const) {
    const { pad: map, point, take } = pad();
    take('fill', 'door', [[1, 1]]);
    [map.tool, map.label] = [tool, 'wall'];
    const before = map.maps;
    point('down', 0.2, 0.2);
    point('move', 0.6, 0.6);
    map.undo();
    point('move', 0.8, 0.8);
    point('up', 0.8, 0.8);
    assert.deepEqual(Object.values(map.maps)[0]!.marks, Object.values(before)[0]!.marks, tool);
    map.undo();
    assert.equal(map.canUndo, false, tool);
  }
});

test('each kind of map has its own history, in use or not, and all are kept', () => {
  const { pad: map, take } = pad();
  take('fill', 'door', [[1, 1]]);
  map.use(rooms);
  assert.deepEqual([map.isBlank, map.canUndo, map.label], [true, false, 'floor'], 'the label of the other is none of these');
  take('fill', 'floor', [[2, 2]]);
  map.undo();
  const kept = structuredClone(map.maps);
  const { pad: other } = pad();
  other.restore(kept);
  assert.deepEqual(other.maps, map.maps);
  assert.deepEqual([other.isBlank, other.canUndo], [false, true], 'the house front');
  other.use(rooms);
  assert.deepEqual([other.isBlank, other.canRedo], [true, true], 'the room');
});

test('a map has variations too, which change nothing of it', () => {
  const { pad: map, take } = pad();
  map.vary();
  assert.equal(map.canUndo, false);
  take('rectangle', 'wall', [[10, 10], [40, 40]]);
  map.vary();
  assert.equal(map.variation, 1);
  const { pad: other } = pad();
  other.layInSight(map.inSight);
  assert.deepEqual([other.variation, other.inSight], [1, map.inSight]);
  map.undo();
  assert.equal(map.variation, undefined);
  assert.equal(map.isOwn, true);
});

test('with Shift the brush goes straight, and nothing is seen of where the hand went meanwhile', () => {
  const { pad: map, canvas, marks, point } = pad();
  let shown: number[] = [];
  Object.assign(canvas.getContext('2d')!, { putImageData: ({ data }: ImageData) => (shown = [...data]) });
  map.label = 'wall';
  point('down', 0.1, 0.1, { shiftKey: true });
  for (const [x, y] of [[0.2, 0.6], [0.4, 0.1]]) point('move', x!, y!, { shiftKey: true });
  const growing = shown;
  point('up', 0.4, 0.1);
  const stroke = marks().at(-1);
  assert.ok(stroke?.kind === 'stroke');
  assert.deepEqual(stroke.points, [[25, 25], [102, 25]]);
  assert.deepEqual(growing, shown);
});
