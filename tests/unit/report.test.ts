import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Model } from '../../www/models/models';
import { newLesson } from '../../www/teach/lesson';
import { fileName, type ReportRow, writeReport } from '../../www/teach/report';
import { standIn } from './tools';

standIn({
  FileReader: class extends EventTarget {
    result = '';
    async readAsDataURL(file: Blob) {
      this.result = `data:${file.type};base64,${Buffer.from(await file.arrayBuffer()).toString('base64')}`;
      this.dispatchEvent(new Event('load'));
    }
  },
});

const base: Model = { id: 'own', name: 'Cats & <b>dogs</b>', about: '', bytes: 1, source: '', samples: [] };

function lesson(steps: number) {
  const lesson = newLesson(base, 5, {
    steps, learningRate: undefined, freeze: 'inner', loss: 'hinge', discriminator: false, dropout: true, flip: false, varied: true, batchSize: 2, seed: 9,
  });
  for (let i = 1; i <= steps; i++) {
    lesson.history.step.push(5 + i);
    for (const name of ['l1', 'averageL1'] as const) lesson.history[name].push(0.5 / i);
    for (const name of ['gan', 'discriminator', 'averageGan', 'averageDiscriminator'] as const) lesson.history[name].push(null);
  }
  lesson.step = 5 + steps;
  return lesson;
}

async function* rows(...rows: ReportRow[]) {
  yield* rows;
}

const row: ReportRow = {
  step: 7, name: 'a "b".png', heldOut: true, l1: 0.125,
  input: new Blob(['i'], { type: 'image/png' }), output: new Blob(['o'], { type: 'image/png' }), target: new Blob(['t'], { type: 'image/png' }),
};

test('a report is one file: what was set, what was measured, and every picture in it', async () => {
  const file = await writeReport(lesson(2), rows(row, { ...row, heldOut: false }));
  assert.equal(file.name, 'cats-b-dogs-b-taught-2-steps.html');
  const html = await file.text();
  assert.match(html, /<title>Cats &amp; &lt;b&gt;dogs&lt;\/b&gt;, taught 2 steps<\/title>/);
  for (const fact of ['Steps</th><td>6 to 7', 'Learning rate</th><td>0.0002', 'Batch size</th><td>2', 'Loss</th><td>L1 alone', 'Frozen</th><td>inner', 'Random mirroring</th><td>no', 'Seed</th><td>9', 'L1 of the last step, average</th><td>0.2500']) {
    assert.ok(html.includes(`<th>${fact}</td>`), fact);
  }
  assert.match(html, /<td>a &quot;b&quot;\.png<br><small>held out, L1 0\.1250<\/small><\/td><td><img src="data:image\/png;base64,aQ==" alt=""><\/td>/);
  assert.match(html, /learned from, L1/);
  assert.equal(html.match(/<img /g)!.length, 6);
  assert.ok(!html.includes('<b>'), 'names are no markup');
});

test('a curve that has no points is left out, and one of a long training has as many as can be told apart', async () => {
  const lines = async (steps: number) => {
    const html = await (await writeReport(lesson(steps), rows())).text();
    return [...html.matchAll(/points="([^"]*)"/g)].map(([, points]) => points!.split(' ').length);
  };
  assert.deepEqual(await lines(0), []);
  assert.deepEqual(await lines(2), [2, 2]);
  assert.deepEqual(await lines(900), [900, 900]);
  assert.deepEqual(await lines(9000), [900, 900]);
});

test('the held-out pairs have their own points, and the first and last of them are told', async () => {
  const taught = lesson(2);
  taught.history.heldOut.push({ step: 5, l1: 0.5 }, { step: 7, l1: 0.25 });
  taught.before.set('a', { output: {} as ImageData, l1: 0.4 }).set('b', { output: {} as ImageData, l1: 0.6 });
  const html = await (await writeReport(taught, rows())).text();
  assert.ok(html.includes('0.5000 before, 0.2500 after'));
  assert.equal(html.match(/<polyline /g)!.length, 3);
});

test('a file’s name holds letters and digits of any script', () => {
  assert.equal(fileName('Änne’s  Katzen, 2!'), 'änne-s-katzen-2');
  assert.equal(fileName('犬'), '犬');
  assert.equal(fileName('?!'), 'model');
});
