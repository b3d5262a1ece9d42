import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrainStep } from '../../www/package/contract/protocol';
import { readLabels } from '../../www/labels/labels';
import { explain } from '../../www/teach/failure';
import { kernelsOf, learn, mean, newLesson, originOf, sketchOptions, spreadsHints } from '../../www/teach/lesson';
import type { Origin as PairOrigin, Pair } from '../../www/teach/pair';
import { learningRateOf, type Settings, settingsFor, trainOptions } from '../../www/teach/settings';
import { Pix2PixError } from '../../www/package/contract/protocol';
import type { Model } from '../../www/models/models';

const SETTINGS: Settings = {
  steps: 100, learningRate: undefined, freeze: 'none', loss: 'vanilla', discriminator: true, dropout: true, flip: true, varied: true, batchSize: 1, seed: 0,
};
const base: Model = { id: 'own', name: 'mine', about: '', bytes: 1, source: '', samples: [] };

const step = (step: number, gan?: number): TrainStep => ({
  step,
  losses: { l1: 0.5, gan, discriminator: gan },
  averages: { l1: 0.25, gan, discriminator: gan },
}) as TrainStep;

test('kernels are held where there are transposed ones to hold', () => {
  const held: Settings = { ...SETTINGS, kernels: 'balanced' };
  assert.equal(settingsFor(held, { convolution: 'full' }), held);
  assert.deepEqual(settingsFor(held, { convolution: 'separable' }), { ...held, kernels: 'free' });
  assert.equal(kernelsOf(newLesson({ ...base, spreadHints: true }, 0, settingsFor(SETTINGS, { convolution: 'separable' }))), 'free');
});

test('a step is a row of the history, L1 of 1 and null where there is no contest', () => {
  const lesson = newLesson(base, 10, SETTINGS);
  assert.deepEqual([lesson.from, lesson.step, lesson.target], [10, 10, 10]);
  lesson.saved = true;
  learn(lesson, step(11, 0.75));
  learn(lesson, step(12));
  assert.deepEqual(lesson.history, {
    step: [11, 12], l1: [0.25, 0.25], gan: [0.75, null], discriminator: [0.75, null],
    averageL1: [0.125, 0.125], averageGan: [0.75, null], averageDiscriminator: [0.75, null], heldOut: [],
  });
  assert.equal(lesson.step, 12);
  assert.equal(lesson.saved, false, 'there is something to save again');
  assert.notEqual(newLesson(base, 0, SETTINGS).id, lesson.id);
});

test('the history of a long training stays small, even, and has the newest step', () => {
  const lesson = newLesson(base, 7, SETTINGS);
  for (let i = 1; i <= 50_000; i++) {
    learn(lesson, step(7 + i, i));
    if (i % 7919 !== 0) continue;
    const { history } = lesson;
    assert.ok(history.step.length <= 2001, `${history.step.length} rows after ${i} steps`);
    assert.ok(history.step.length >= Math.min(i, 999), `${history.step.length} rows after ${i} steps`);
    assert.equal(history.step.at(-1), 7 + i);
    const apart = history.step.slice(1, -1).map((at, row) => at - history.step[row]!);
    assert.equal(new Set(apart).size, 1, 'as far apart at the beginning as at the end');
    for (const [row, at] of history.step.entries()) assert.equal(history.gan[row], at - 7, 'columns stay in line');
  }
});

test('lines are varied where edges were made of photos, and left alone where a file or a hand brought them', () => {
  const of = (...origins: PairOrigin[]) => origins.map((origin) => ({ origin }) as Pair);
  const lines = (origins: Pair[], settings: Partial<Settings> = {}) =>
    sketchOptions(newLesson(base, 0, { ...SETTINGS, ...settings }), origins).lines;
  assert.equal(lines(of('edges', 'edges')), 'varied');
  assert.equal(lines(of('edges', 'drawn')), 'varied');
  assert.equal(lines(of('edges', 'drawn', 'drawn')), 'given');
  assert.equal(lines(of('edges', 'edges', 'edges', 'given')), 'given');
  assert.equal(lines(of('edges'), { varied: false }), 'given');
  const labels = readLabels({ sky: '#66ccff', wall: '#ffdd55' });
  assert.equal(sketchOptions(newLesson({ ...base, labels }, 0, SETTINGS), of('edges', 'edges')).lines, 'given', 'maps have no lines');
});

test('half of the sketches get hints where the model knows them', () => {
  const hints = (model: Model) => sketchOptions(newLesson(model, 0, SETTINGS), []).hints;
  assert.equal(hints(base), 0);
  assert.equal(hints({ ...base, hints: true }), 0.5);
});

test('hints fill their regions as the model learned before, unless the visitor says otherwise', () => {
  const spread = (model: Partial<Model>, settings: Partial<Settings> = {}) => {
    const lesson = newLesson({ ...base, ...model }, 0, { ...SETTINGS, ...settings });
    assert.equal(sketchOptions(lesson, []).spreadHints, spreadsHints(lesson));
    return spreadsHints(lesson);
  };
  assert.deepEqual([spread({}), spread({ hints: true }), spread({ hints: true, spreadHints: true })], [false, false, true]);
  assert.equal(spread({ hints: true }, { spreadHints: true }), true);
  assert.equal(spread({ hints: true, spreadHints: true }, { spreadHints: false }), false);
  assert.equal(spread({}, { spreadHints: true }), false, 'to a model that knows no colours none are given');
});

test('a lesson on what was taught here leads back to where that came from', () => {
  assert.deepEqual(originOf(newLesson(base, 0, SETTINGS)), { id: 'own', name: 'mine' });
  const taughtFrom = { id: 'edges2photo', name: 'Photo' };
  assert.deepEqual(originOf(newLesson({ ...base, taughtFrom }, 0, SETTINGS)), taughtFrom);
});

test('a learning rate that is left to the library is said only to a model that had another', () => {
  assert.equal('learningRate' in trainOptions(SETTINGS, false), false);
  assert.equal(trainOptions(SETTINGS, true).learningRate, 2e-4);
  assert.equal(trainOptions({ ...SETTINGS, learningRate: 1e-3 }, true).learningRate, 1e-3);
  assert.deepEqual([learningRateOf(SETTINGS), learningRateOf({ ...SETTINGS, learningRate: 0.5 })], [2e-4, 0.5]);
});

test('the form’s fields become the library’s options', () => {
  const given = { freeze: 'inner', loss: 'hinge', dropout: false, flip: false, batchSize: 3, seed: 9 } as const;
  const more = { chromaWeight: 0.2, slopeFloor: 0.1, average: 0.99 } as const;
  const settings: Settings = { ...SETTINGS, ...given, ...more, discriminator: false };
  assert.deepEqual(trainOptions(settings, false), { generatorOnly: true, ...given, ...more });
  // What was changed back is said too; settings that an older page kept lack these.
  const { chromaWeight, slopeFloor, average } = trainOptions(SETTINGS, true);
  assert.deepEqual([chromaWeight, slopeFloor, average], [null, 0, null]);
});

test('a model that learned with linear kernels is taught with these, unless the visitor chose others', () => {
  const kernels = (spreadHints: boolean, kernels?: Settings['kernels']) =>
    kernelsOf(newLesson({ ...base, spreadHints }, 0, { ...SETTINGS, kernels }));
  assert.deepEqual([kernels(true), kernels(false), kernels(true, 'free')], ['linear', 'free', 'free']);
});

test('what went wrong is said with what to do about it', () => {
  const lesson = newLesson(base, 0, { ...SETTINGS, learningRate: 8e-4 });
  learn(lesson, step(7));
  const text = (code: string, kept?: number) => explain(new Pix2PixError(code, `${code}: it failed`), lesson, kept).text;
  assert.match(text('train/diverged'), /At step 8 .*undo the training\. Try a lower learning rate \(Advanced\), such as 0\.0002\./);
  assert.match(text('device/lost', 5), /^The GPU was lost\..*saved up to step 5\. Press Continue/);
  assert.match(text('engine/crashed'), /^The engine crashed.*Nothing of this training had been saved yet\..*Freeze the inner layers/);
  assert.equal(text('image/unreadable'), 'it failed', 'the code stands beside it already');
  assert.deepEqual(explain(new TypeError('odd'), lesson, undefined), { code: 'TypeError', text: 'odd' });
  assert.deepEqual(explain('just words', lesson, undefined), { code: 'Error', text: 'just words' });
});

test('a mean is a mean', () => assert.equal(mean([1, 2, 6]), 3));
