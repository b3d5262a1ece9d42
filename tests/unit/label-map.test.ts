import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MapMark, mapOf, type Shape } from '../../www/labels/map';
import { kindOfMap, readLabels } from '../../www/labels/labels';
import { imageOf, nearestLabels } from '../../www/labels/image';
import { standInForPage } from './canvas';

standInForPage();

const labels = readLabels({ sky: '#66ccff', wall: '#ffdd55', door: '#804000' });
const [SKY, WALL, DOOR] = [0, 1, 2];

/** The map's upper left corner, a digit a pixel. */
function corner(marks: readonly MapMark[], side = 6): string[] {
  const places = mapOf(marks, labels);
  return Array.from({ length: side }, (_, y) => places.slice(y * 256, y * 256 + side).join(''));
}

const box = (label: string, ...box: [number, number, number, number]): Shape => ({ kind: 'rectangle', label, box });

test('a rectangle covers the pixels between its borders, and never more than the sheet', () => {
  assert.deepEqual(corner([box('wall', 1, 2, 4, 4)]), ['000000', '000000', '011100', '011100', '000000', '000000']);
  const places = mapOf([box('wall', -5, 250, 300, 900)], labels);
  assert.equal(places.filter((place) => place === WALL).length, 6 * 256);
  assert.deepEqual(corner([box('wall', 3, 3, 3, 5)]), corner([]), 'an empty one covers nothing');
});

test('an outline lies within its rectangle, and fills one that it leaves no room in', () => {
  const outline = (width: number): Shape => ({ kind: 'rectangle', label: 'wall', box: [1, 1, 5, 6], outline: width });
  assert.deepEqual(corner([outline(1)]), ['000000', '011110', '010010', '010010', '010010', '011110']);
  assert.deepEqual(corner([outline(3)]), corner([box('wall', 1, 1, 5, 6)]));
});

test('a polygon covers the pixels whose middles it holds', () => {
  const triangle: Shape = { kind: 'polygon', label: 'door', corners: [[0, 0.4], [6, 6.4], [0, 6.4]] };
  assert.deepEqual(corner([triangle]), ['000000', '200000', '220000', '222000', '222200', '222220']);
});

test('an outlined polygon is closed, however it slants, so that filling it fills its inside alone', () => {
  const outline: Shape = { kind: 'polygon', label: 'wall', corners: [[20, 90], [100, 13], [171, 101], [90, 77]], outline: 1 };
  const places = mapOf([outline, { kind: 'fill', label: 'door', at: [96, 40] }], labels);
  assert.equal(places[40 * 256 + 96], DOOR);
  assert.deepEqual([places[0], places[95 * 256 + 90]], [SKY, SKY]);
});

test('an odd width of the brush is so many pixels, and its way has no gaps', () => {
  const across = (width: number): Shape => ({ kind: 'stroke', label: 'wall', width, points: [[20, 50], [230, 50]] });
  for (const width of [1, 3, 13, 47]) {
    const places = mapOf([across(width)], labels);
    const column = Array.from({ length: 256 }, (_, y) => places[y * 256 + 120]!);
    assert.equal(column.filter((place) => place === WALL).length, width);
    assert.equal(column[50], WALL, 'about its middle');
  }
  const slanting: Shape = { kind: 'stroke', label: 'wall', width: 1, points: [[3, 5], [200, 77]] };
  const places = mapOf([slanting], labels);
  for (let x = 3; x <= 200; x++) {
    const column = Array.from({ length: 256 }, (_, y) => places[y * 256 + x]);
    assert.ok(column.includes(WALL), `column ${x}`);
  }
});

test('later marks cover earlier ones, and a sheet all of them', () => {
  const wall = box('wall', 0, 0, 6, 3);
  const door = box('door', 2, 1, 4, 6);
  const [first, ...others] = corner([wall, door]);
  assert.deepEqual([first, others[0], others[4]], ['111111', '112211', '002200']);
  assert.deepEqual(corner([wall, { kind: 'sheet', shapes: [door] }]), corner([door]));
  const places = new Uint8Array(256 ** 2).fill(DOOR);
  assert.deepEqual(corner([wall, { kind: 'sheet', shapes: [wall], places }], 4), ['1111', '1111', '1111', '2222']);
});

test('a fill reaches as far as the label that it meets', () => {
  const marks: MapMark[] = [box('wall', 0, 0, 4, 4), box('sky', 1, 1, 3, 3)];
  assert.deepEqual(corner([...marks, { kind: 'fill', label: 'door', at: [1.5, 2.2] }], 4), ['1111', '1221', '1221', '1111']);
});

test('a label that the map does not have is named', () => {
  assert.throws(() => mapOf([box('roof', 0, 0, 1, 1)], labels), /roof is none of the labels sky,wall,door/);
  assert.equal(kindOfMap(labels), 'sky,wall,door');
});

test('pixels have exactly the colours of the labels, and lead back to them; others to the nearest', () => {
  const places = mapOf([box('wall', 0, 0, 1, 1), box('door', 1, 0, 2, 1)], labels);
  const image = imageOf(places, labels);
  assert.deepEqual([...image.data.slice(0, 12)], [0xff, 0xdd, 0x55, 255, 0x80, 0x40, 0, 255, 0x66, 0xcc, 0xff, 255]);
  assert.deepEqual(nearestLabels(image, labels), places);
  image.data.set([0xf0, 0xe0, 0x60], 4);
  assert.equal(nearestLabels(image, labels)[1], WALL);
});
