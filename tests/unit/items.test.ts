import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skippedText } from '../../www/teach/intake';
import { isZip, itemsOf, nameOf } from '../../www/teach/items';

const open = async () => new Blob();

/** The items as names, a couple as `sketch + target`; and what was skipped, with the reason. */
async function sorted(...paths: string[]) {
  const skipped: string[] = [];
  const files = paths.map((path) => ({ path, open: async () => new File([], path) }));
  const items = await Promise.all(
    itemsOf(files, (name, why) => skipped.push(`${name} ${why}`)).map(async ({ name, open, openTarget }) => {
      const [sketch, target] = [(await open()) as File, (await openTarget?.()) as File | undefined];
      return target === undefined ? name : `${name}: ${sketch.name} + ${target.name}`;
    }),
  );
  return { items, skipped };
}

test('files that come alone are pictures each', async () => {
  assert.deepEqual(await sorted('a.png', 'photos/b.png', 'photos/B.png'), { items: ['a.png', 'b.png', 'B.png'], skipped: [] });
});

test('the folders A and B are two lists, matched by their names whatever the file’s kind', async () => {
  assert.deepEqual(await sorted('set/A/1.png', 'set/B/1.jpg', 'set/B/2.png', 'set/A/2.png', 'set/readme.png'), {
    items: ['1.png: set/A/1.png + set/B/1.jpg', '2.png: set/A/2.png + set/B/2.png', 'readme.png'],
    skipped: [],
  });
});

test('so are trainA and trainB and the like, each with its own', async () => {
  assert.deepEqual(await sorted('trainA/1.png', 'testB/1.png', 'trainB/1.png', 'testA/1.png', 'A/1.png', 'x/B/1.png'), {
    items: ['1.png: trainA/1.png + trainB/1.png', '1.png: testA/1.png + testB/1.png'],
    skipped: ['A/1.png has no partner in B/', 'x/B/1.png has no partner in A/'],
  });
});

test('a second file of one name is skipped, and the first one counts', async () => {
  assert.deepEqual(await sorted('A/1.png', 'A/1.jpg', 'B/1.png'), {
    items: ['1.png: A/1.png + B/1.png'],
    skipped: ['A/1.jpg has the same name as 1.png'],
  });
});

test('two sides are told as people name them, by folders above and below, and by names', async () => {
  for (const [a, b] of [
    ['A/train/1.png', 'B/train/1.jpg'], ['train_A/1.png', 'train_B/1.png'], ['train-a/1.png', 'train-b/1.png'], ['a/1.PNG', 'b/1.png'],
    ['trainA/x-a.png', 'trainB/x-b.png'], ['set/1_A.png', 'set/1_B.png'], ['1 A.png', '1 B.png'], ['valA/Cat.png', 'valB/cat.png'],
  ] as const) {
    assert.deepEqual(await sorted(b, a), { items: [`${nameOf(a)}: ${a} + ${b}`], skipped: [] });
  }
});

test('a name that ends in a letter is a photo’s, unless another ends in the other', async () => {
  assert.deepEqual(await sorted('vitamin_a.jpg', 'USA/visa.png', 'BA/2.png', '_A.png', 'A'), {
    items: ['visa.png', '2.png', '_A.png', 'A', 'vitamin_a.jpg'],
    skipped: [],
  });
  assert.deepEqual((await sorted('A/deep/1.png', 'a/3.png')).skipped, ['A/deep/1.png has no partner in B/', 'a/3.png has no partner in B/'], 'sketches are no photos');
});

test('a zip is known by its name or by its type', () => {
  const brought = (path: string, type = '') => isZip({ path, type, open });
  assert.deepEqual([brought('a.zip'), brought('b/A.ZIP'), brought('a', 'application/zip'), brought('a', 'application/x-zip-compressed')], Array(4).fill(true));
  assert.deepEqual([brought('a.png', 'image/png'), brought('zip'), brought('a.zip.png'), brought('a', 'application/gzip')], Array(4).fill(false));
  assert.deepEqual([nameOf('a/b/c.png'), nameOf('c.png')], ['c.png', 'c.png']);
});

test('skipped files are named, the first eight of them', () => {
  const skip = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `${i + 1}.png`, why: 'broken' }));
  assert.equal(skippedText(skip(1), 50), '1 of 50 files was skipped: 1.png (broken)');
  assert.equal(skippedText(skip(1), 1), '1 of 1 file was skipped: 1.png (broken)');
  assert.match(skippedText(skip(10), 20), /^10 of 20 files were skipped: 1\.png \(broken\), .*8\.png \(broken\), and 2 more$/);
});
