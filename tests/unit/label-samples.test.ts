import assert from 'node:assert/strict';
import { test } from 'node:test';
import colors from '../../www/labels/labels.json';
import { mapOf } from '../../www/labels/map';
import { type LabelSampleFile, readLabelSample, samplesWith } from '../../www/labels/samples';
import { type Labels, readLabels } from '../../www/labels/labels';
import fronts from '../../www/samples/labels2front.json';
import rooms from '../../www/samples/labels2room.json';

const kinds: [Labels, LabelSampleFile[]][] = [[readLabels(colors.fronts), fronts], [readLabels(colors.rooms), rooms]];

test('no two labels of a map have one name or colour, and each colour is as it is read', () => {
  for (const [labels] of kinds) {
    assert.equal(new Set(labels.map(({ name }) => name)).size, labels.length);
    assert.equal(new Set(labels.map(({ color }) => color)).size, labels.length);
    for (const { color } of labels) assert.match(color, /^#[0-9a-f]{6}$/);
  }
});

test('each example is drawn with the labels of its kind, on the sheet', () => {
  for (const [labels, files] of kinds) {
    assert.equal(new Set(files.map(({ id }) => id)).size, files.length);
    for (const file of files) {
      const { shapes } = readLabelSample(file);
      assert.ok(new Set(mapOf(shapes, labels)).size >= 5, file.id);
      const numbers = shapes.flatMap((shape) => (shape.kind === 'rectangle' ? shape.box : shape.kind === 'polygon' ? shape.corners.flat() : [NaN]));
      assert.ok(numbers.every((value) => value >= 0 && value <= 256), file.id);
    }
  }
});

test('boxes and corners become shapes, the lowest first, and need their labels', () => {
  const sample = readLabelSample({
    id: 'a', name: 'A', layers: [{ label: 'wall', boxes: [[1, 2, 3, 4]] }, { label: 'roof', polygons: [[[0, 0], [4, 0], [2, 3]]] }],
  });
  assert.deepEqual(sample.shapes, [
    { kind: 'rectangle', label: 'wall', box: [1, 2, 3, 4] },
    { kind: 'polygon', label: 'roof', corners: [[0, 0], [4, 0], [2, 3]] },
  ]);
  assert.deepEqual(samplesWith(readLabels({ sky: '#000000', roof: '#111111', wall: '#222222' }), [sample]), [sample]);
  assert.deepEqual(samplesWith(readLabels({ sky: '#000000', wall: '#222222' }), [sample]), []);
});
