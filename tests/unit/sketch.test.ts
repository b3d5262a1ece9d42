import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rolledDab } from '../../www/package/drawing/dabs';
import { SketchPad } from '../../www/package/drawing/sketch';
import { type Stroke, strokesInSight } from '../../www/package/drawing/strokes';
import { Canvas, handOn, screen, standInForPage } from './canvas';
import { standIn } from './tools';

standInForPage();

function pad() {
  const canvas = new Canvas();
  const changes: boolean[] = [];
  const pad = new SketchPad(canvas as unknown as HTMLCanvasElement, (settled) => void changes.push(settled));
  const { point, wait } = handOn(canvas);
  const stroke = (more: Record<string, unknown> = {}) => {
    point('down', 0.25, 0.5, more);
    point('move', 0.5, 0.5, more);
    point('up', 0.5, 0.5, more);
  };
  const newest = () => pad.sketch.marks.at(-1) as Stroke;
  return { canvas, pad, changes, point, stroke, newest, wait };
}

test('a stroke is kept in units of the sheet, however large the canvas is', () => {
  const { stroke, newest, changes } = pad();
  stroke();
  assert.deepEqual(newest().points, [[64, 128, 0.5], [128, 128, 0.5]]);
  assert.deepEqual(changes, [false, false, true], 'it grew twice and was done');
});

test('undo and redo go through the history, and a new stroke ends what could be redone', () => {
  const { pad: sketch, stroke } = pad();
  assert.deepEqual([sketch.canUndo, sketch.canRedo, sketch.isBlank], [false, false, true]);
  stroke();
  stroke();
  const both = sketch.sketch.marks;
  sketch.undo();
  assert.deepEqual(sketch.sketch, { marks: [both[0]], undone: [both[1]] });
  sketch.redo();
  assert.deepEqual(sketch.sketch, { marks: both, undone: [] });
  sketch.undo();
  sketch.undo();
  sketch.undo();
  assert.equal(sketch.isBlank, true);
  stroke();
  sketch.redo();
  assert.equal(sketch.sketch.marks.length, 1);
  assert.equal(sketch.canRedo, false);
});

test('a sheet with a stroke that grows is not blank, and is again where the stroke was none', () => {
  const { pad: sketch, point } = pad();
  point('down', 0.2, 0.2, { pointerType: 'touch' });
  assert.equal(sketch.isBlank, false);
  point('cancel', 0.2, 0.2, { pointerType: 'touch' });
  assert.equal(sketch.isBlank, true);
});

test('a clear sheet is one step of the history, and a blank one is not cleared again', () => {
  const { pad: sketch, stroke } = pad();
  sketch.clear();
  assert.equal(sketch.canUndo, false);
  stroke();
  sketch.clear();
  assert.equal(sketch.isBlank, true);
  sketch.clear();
  assert.equal(sketch.sketch.marks.length, 2);
  sketch.undo();
  assert.equal(sketch.isBlank, false);
});

test('a kept sketch comes back with its history', async () => {
  const { pad: sketch, stroke } = pad();
  stroke();
  stroke();
  sketch.undo();
  const kept = sketch.sketch;
  const { pad: other, changes } = pad();
  await other.restore(kept);
  assert.deepEqual(other.sketch, kept);
  assert.deepEqual(changes, [true]);
  assert.equal(other.canRedo, true);
});

test('a colour makes hints where the model sees them, and lines where it does not', () => {
  const { pad: sketch, stroke, newest } = pad();
  sketch.colour = '#3b7fd4';
  assert.equal(sketch.nib, 'pen');
  stroke();
  assert.deepEqual([newest().colour, newest().width], [undefined, 2]);
  assert.equal(sketch.hasHints, false);
  sketch.hintsSeen = true;
  assert.equal(sketch.nib, 'hint');
  stroke();
  assert.deepEqual([newest().tool, newest().colour, newest().width], ['pen', '#3b7fd4', 10]);
  assert.equal(sketch.hasHints, true);
  sketch.tool = 'eraser';
  stroke();
  assert.deepEqual([newest().tool, newest().colour, newest().width], ['eraser', undefined, 16]);
});

test('a pen’s pressure is kept, its other end erases, and a hint is even', () => {
  const { pad: sketch, stroke, newest } = pad();
  const pen = { pointerType: 'pen', pressure: 0.8 };
  stroke(pen);
  assert.deepEqual([newest().pressure, newest().points[0]![2]], [true, 0.8]);
  stroke({ ...pen, button: 5 });
  assert.equal(newest().tool, 'eraser');
  sketch.hintsSeen = true;
  sketch.colour = '#55a845';
  stroke(pen);
  assert.equal(newest().pressure, false);
});

test('other buttons and a second finger draw nothing', () => {
  const { pad: sketch, stroke, point, wait } = pad();
  stroke({ button: 2 });
  assert.equal(sketch.canUndo, false);
  const finger = { pointerType: 'touch' };
  point('down', 0.1, 0.1, finger);
  wait(300);
  point('down', 0.9, 0.9, { ...finger, pointerId: 2 });
  point('move', 0.8, 0.8, { ...finger, pointerId: 2 });
  point('up', 0.8, 0.8, { ...finger, pointerId: 2 });
  point('up', 0.1, 0.1, finger);
  assert.equal(sketch.sketch.marks.length, 1);
  assert.equal((sketch.sketch.marks[0] as Stroke).points.length, 1);
});

test('the palm that lands before the pen, or rests just after it, draws nothing', () => {
  const { pad: sketch, point, stroke, wait, newest } = pad();
  point('down', 0.9, 0.9, { pointerType: 'touch' });
  stroke({ pointerType: 'pen', pointerId: 2 });
  point('up', 0.9, 0.9, { pointerType: 'touch' });
  assert.equal(sketch.sketch.marks.length, 1);
  assert.deepEqual(newest().points[0], [64, 128, 0.5]);
  wait(700);
  stroke({ pointerType: 'touch', pointerId: 3 });
  assert.equal(sketch.sketch.marks.length, 1);
  wait(200);
  stroke({ pointerType: 'touch', pointerId: 3 });
  assert.equal(sketch.sketch.marks.length, 2, 'later a finger draws again');
});

test('two fingers that come together leave no mark, and one draws again once both are away', () => {
  const { pad: sketch, stroke, point, wait } = pad();
  const [first, second] = [{ pointerType: 'touch', pointerId: 1 }, { pointerType: 'touch', pointerId: 2 }];
  point('down', 0.4, 0.4, first);
  wait(60);
  point('down', 0.6, 0.6, second);
  for (const finger of [first, second]) point('move', 0.5, 0.1, finger);
  point('up', 0.5, 0.1, first);
  point('down', 0.5, 0.1, { pointerType: 'touch', pointerId: 3 });
  for (const pointerId of [2, 3]) point('up', 0.5, 0.1, { pointerType: 'touch', pointerId });
  assert.equal(sketch.canUndo, false);
  wait(300);
  stroke(first);
  assert.equal(sketch.sketch.marks.length, 1);
});

test('a finger that was never seen to leave does not keep the next one from drawing', () => {
  const { pad: sketch, stroke, point, wait } = pad();
  point('down', 0.4, 0.4, { pointerType: 'touch', pointerId: 1, isPrimary: true });
  wait(60);
  point('down', 0.6, 0.6, { pointerType: 'touch', pointerId: 2 });
  wait(5000);
  stroke({ pointerType: 'touch', pointerId: 3, isPrimary: true });
  assert.equal(sketch.sketch.marks.length, 1);
});

test('a stroke that the system ends stays; a finger that had only begun was none', () => {
  for (const end of ['cancel', 'lost'] as const) {
    for (const [pointerType, ms, stays] of [['pen', 10, true], ['mouse', 10, true], ['touch', 400, true], ['touch', 10, end === 'lost']] as const) {
      const { pad: sketch, point, wait, canvas } = pad();
      point('down', 0.2, 0.2, { pointerType });
      point('move', 0.6, 0.2, { pointerType });
      wait(ms);
      if (end === 'cancel') point('cancel', 0, 0, { pointerType });
      else canvas.dispatchEvent(Object.assign(new Event('lostpointercapture'), { pointerId: 1 }));
      point('up', 0.6, 0.2, { pointerType });
      assert.equal(sketch.canUndo, stays, `${end} of a ${pointerType} after ${ms} ms`);
    }
  }
});

test('a pen that always tells a pressure of 0 draws evenly, and one that begins with 0 does not', () => {
  const { stroke, point, newest } = pad();
  stroke({ pointerType: 'pen', pressure: 0 });
  assert.equal(newest().pressure, false);
  point('down', 0.2, 0.2, { pointerType: 'pen', pressure: 0 });
  point('move', 0.3, 0.2, { pointerType: 'pen', pressure: 0.4 });
  point('up', 0.3, 0.2, { pointerType: 'pen', pressure: 0 });
  assert.equal(newest().pressure, true);
});

test('a key in the midst of a stroke ends it, and does no more than it says', () => {
  for (const [key, marks, undone] of [['undo', 1, 1], ['redo', 2, 0], ['clear', 3, 0]] as const) {
    const { pad: sketch, stroke, point } = pad();
    stroke();
    point('down', 0.2, 0.8);
    point('move', 0.8, 0.8);
    sketch[key]();
    point('move', 0.9, 0.9);
    point('up', 0.9, 0.9);
    assert.deepEqual([sketch.sketch.marks.length, sketch.sketch.undone.length], [marks, undone], key);
  }
});

test('on a screen with other pixels the canvas has others too, each time, until it is watched no longer', () => {
  const { canvas, pad: sketch } = pad();
  const watch = new AbortController();
  sketch.watchScreen(watch.signal);
  for (const [ratio, width] of [[2, 1024], [3, 1536], [1, 512]] as const) {
    standIn({ devicePixelRatio: ratio });
    screen.now.dispatchEvent(new Event('change'));
    assert.equal(canvas.width, width);
  }
  watch.abort();
  standIn({ devicePixelRatio: 2 });
  screen.now.dispatchEvent(new Event('change'));
  assert.equal(canvas.width, 512);
  sketch.watchScreen();
  assert.equal(canvas.width, 1024, 'at once, where it was not watched meanwhile');
  standIn({ devicePixelRatio: 1 });
});

test('what was drawn before a kept sketch came stays, above it', async () => {
  const { pad: before, stroke: draw } = pad();
  draw();
  draw();
  before.undo();
  const kept = before.sketch;
  const { pad: sketch, stroke } = pad();
  stroke();
  const { marks } = sketch.sketch;
  await sketch.restore(kept);
  assert.deepEqual(sketch.sketch, { marks: [...kept.marks, ...marks], undone: [] });
});

test('the canvas that is only shown is not kept for reading, and the network’s is', () => {
  const asked = ({ asked }: Canvas) => asked[0];
  const { pad: sketch, canvas, stroke } = pad();
  stroke();
  assert.deepEqual([asked(canvas), asked(sketch.render(256) as unknown as Canvas)], [false, true]);
});

/** A pad for a model that knows colours, with red in hand and two dabs of the dice: green at (64, 128), blue at (192, 128). */
function rolled() {
  const all = pad();
  all.pad.hintsSeen = true;
  all.pad.colour = '#ff0000';
  all.pad.roll([rolledDab({ x: 64, y: 128, radius: 5, color: '#00ff00' }), rolledDab({ x: 192, y: 128, radius: 5, color: '#0000ff' })]);
  const dabs = () => strokesInSight(all.pad.sketch.marks).map(({ colour, points, dice }) => [colour, ...points[0]!.slice(0, 2), dice === 'rolled']);
  return { ...all, dabs };
}

const [GREEN, BLUE] = [['#00ff00', 64, 128, true], ['#0000ff', 192, 128, true]];

test('a roll takes the place of the one before, and each is one step of the history', () => {
  const { pad: sketch, dabs } = rolled();
  assert.deepEqual(dabs(), [GREEN, BLUE]);
  sketch.roll([rolledDab({ x: 9, y: 9, radius: 3, color: '#123456' })]);
  assert.deepEqual(dabs(), [['#123456', 9, 9, true]]);
  sketch.undo();
  assert.deepEqual(dabs(), [GREEN, BLUE]);
  sketch.undo();
  assert.equal(sketch.canUndo, false);
  sketch.redo();
  assert.deepEqual(dabs(), [GREEN, BLUE]);
});

test('a dab is dragged elsewhere, and the next roll leaves it where it is', () => {
  const { pad: sketch, point, changes, canvas, dabs } = rolled();
  point('move', 0.25, 0.5);
  assert.equal(canvas.dataset['dab'], 'over');
  changes.length = 0;
  point('down', 0.26, 0.5);
  assert.equal(canvas.dataset['dab'], 'held');
  point('move', 0.26, 0.502);
  assert.deepEqual(changes, [], 'a tremble is no drag');
  point('move', 0.36, 0.6);
  assert.deepEqual(changes, [false], 'the picture follows');
  point('up', 0.36, 0.6);
  const [dab] = dabs().slice(-1);
  assert.deepEqual([dab![0], Math.round(dab![1] as number), Math.round(dab![2] as number), dab![3]], ['#00ff00', 90, 154, false]);
  sketch.roll([]);
  assert.equal(dabs().length, 1);
  sketch.undo();
  sketch.undo();
  assert.deepEqual(dabs(), [GREEN, BLUE]);
  const finger = { pointerType: 'touch' };
  point('down', 0.26, 0.5, finger);
  point('move', 0.5, 0.5, finger);
  point('cancel', 0.5, 0.5, finger);
  assert.deepEqual([dabs(), canvas.dataset['dab']], [[GREEN, BLUE], undefined]);
});

test('a tap gives a dab the colour in hand; its own colour, the black pen and bare paper do what they always did', () => {
  const { pad: sketch, point, dabs } = rolled();
  const tap = () => {
    point('down', 0.25, 0.5);
    point('up', 0.25, 0.5);
  };
  tap();
  assert.deepEqual(dabs(), [BLUE, ['#ff0000', 64, 128, false]]);
  tap();
  assert.equal(sketch.sketch.marks.length, 2, 'red on red');
  sketch.colour = undefined;
  tap();
  assert.deepEqual(dabs().at(-1), [undefined, 64, 128, false], 'a black dot');
  sketch.colour = '#ff0000';
  point('down', 0.5, 0.25);
  point('move', 0.6, 0.25);
  point('up', 0.6, 0.25);
  assert.deepEqual(dabs().at(-1), ['#ff0000', 128, 64, false], 'a stroke');
});

test('a variation is a step of the history, each with a seed of its own, and a fresh sheet has none', () => {
  const { pad: sketch, stroke } = pad();
  sketch.vary();
  assert.deepEqual([sketch.variation, sketch.canUndo], [undefined, false], 'of a blank sheet there is none');
  stroke();
  sketch.vary();
  sketch.vary();
  assert.equal(sketch.variation, 2);
  stroke();
  assert.equal(sketch.variation, 2, 'the same drawing goes on');
  sketch.undo();
  sketch.undo();
  assert.equal(sketch.variation, 1);
  sketch.redo();
  assert.equal(sketch.variation, 2);
  sketch.clear();
  assert.equal(sketch.variation, undefined);
  sketch.undo();
  assert.equal(sketch.variation, 2);
});

test('what is in sight is laid elsewhere with its variation', async () => {
  const { pad: sketch, stroke } = pad();
  stroke();
  sketch.vary();
  stroke();
  const { pad: other } = pad();
  await other.layInSight(sketch.inSight);
  assert.deepEqual([other.variation, strokesInSight(other.sketch.marks)], [1, strokesInSight(sketch.sketch.marks)]);
});

test('an example is not the visitor’s own until it is drawn on or varied', () => {
  const { pad: sketch, stroke } = pad();
  const example = [rolledDab({ x: 9, y: 9, radius: 3, color: '#55a845' })];
  assert.equal(sketch.isOwn, false);
  sketch.lay(example);
  assert.equal(sketch.isOwn, false);
  const { sheet } = sketch;
  sketch.vary();
  assert.equal(sketch.isOwn, true);
  sketch.lay(example);
  assert.notEqual(sketch.sheet, sheet);
  stroke();
  assert.equal(sketch.isOwn, true);
  sketch.clear();
  assert.equal(sketch.isOwn, false);
});

/** Fingers by their numbers, each at a place; those that move go on to the next. */
function fingers(sketch: ReturnType<typeof pad>, ...at: [number, number][]) {
  const finger = (i: number) => ({ pointerType: 'touch', pointerId: 10 + i, isPrimary: i === 0 });
  const each = (type: string) => at.forEach(([x, y], i) => sketch.point(type, x, y, finger(i)));
  return { down: () => each('down'), up: () => each('up'), move: (...to: [number, number][]) => to.forEach(([x, y], i) => sketch.point('move', x, y, finger(i))) };
}

test('two fingers tap to undo, three to redo; one draws, and those that rest, or that the system takes away, do neither', () => {
  const made = pad();
  const { pad: sketch, stroke, wait, point } = made;
  stroke();
  stroke();
  const marks = () => sketch.sketch.marks.length;
  const [two, three] = [fingers(made, [0.4, 0.4], [0.6, 0.6]), fingers(made, [0.3, 0.4], [0.5, 0.6], [0.7, 0.4])];
  two.down();
  wait(120);
  two.up();
  assert.equal(marks(), 1);
  wait(1000);
  three.down();
  wait(120);
  three.up();
  assert.equal(marks(), 2);
  wait(1000);
  two.down();
  wait(600);
  two.up();
  assert.equal(marks(), 2, 'too long for a tap');
  two.down();
  point('cancel', 0.4, 0.4, { pointerType: 'touch', pointerId: 10 });
  point('up', 0.6, 0.6, { pointerType: 'touch', pointerId: 11 });
  assert.equal(marks(), 2);
});

test('two fingers that part zoom and draw nothing, and a fresh sheet is seen whole', () => {
  const made = pad();
  const { pad: sketch, stroke } = made;
  const two = fingers(made, [0.45, 0.5], [0.55, 0.5]);
  two.down();
  two.move([0.44, 0.5], [0.55, 0.5]);
  assert.equal(sketch.zoom.scale, 1, 'they tremble');
  two.move([0.3, 0.5], [0.7, 0.5]);
  two.up();
  assert.ok(sketch.zoom.scale > 2, String(sketch.zoom.scale));
  assert.equal(sketch.canUndo, false);
  stroke();
  assert.ok(sketch.zoom.scale > 2);
  sketch.clear();
  assert.equal(sketch.zoom.scale, 1);
});

test('a dab is taken hold of as exactly as it is seen', () => {
  const { pad: sketch, point, canvas } = pad();
  sketch.hintsSeen = true;
  sketch.colour = '#d5352c';
  sketch.lay([rolledDab({ x: 128, y: 128, radius: 3, color: '#55a845' })]);
  // A finger at 16 units of 256, of which the grip is 14 pixels of 512 where the sheet is whole.
  canvas.getBoundingClientRect = () => ({ left: 100, top: 50, width: 2048, height: 2048 });
  point('down', (128 + 6) / 256 * 4, 0.5 * 4, { pointerType: 'touch' });
  point('up', (128 + 6) / 256 * 4, 0.5 * 4, { pointerType: 'touch' });
  assert.equal(strokesInSight(sketch.sketch.marks).length, 2, 'beside the dab, which is not in reach');
});

test('Shift draws straight from where it is pressed, and a hand that rests makes a line straight', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { point, newest } = pad();
  point('down', 0.25, 0.25, { shiftKey: true });
  point('move', 0.3, 0.5, { shiftKey: true });
  point('move', 0.5, 0.25, { shiftKey: true });
  point('up', 0.5, 0.25);
  assert.deepEqual(newest().points.map(([x, y]) => [x, y]), [[64, 64], [128, 64]]);
  for (const rests of [true, false]) {
    point('down', 0.1, 0.5);
    for (const [x, y] of [[0.3, 0.51], [0.6, 0.5], [0.8, 0.5]]) point('move', x!, y!);
    context.mock.timers.tick(500);
    point('move', 0.802, 0.5);
    context.mock.timers.tick(rests ? 200 : 50);
    point('up', 0.802, 0.5);
    assert.equal(newest().points.length, rests ? 2 : 5);
  }
});
