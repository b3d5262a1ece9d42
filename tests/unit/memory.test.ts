import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pix2Pix } from '../../www/package/client';
import { adviseOnMemory } from '../../www/teach/memory';
import type { Settings } from '../../www/teach/settings';
import { standIn } from './tools';

const device: { deviceMemory?: number } = {};
standIn({ navigator: device });

interface Asked {
  batchSize: number;
  freeze: string;
  generatorOnly: boolean;
}

/** A model that takes 800 MB a pair; half with frozen inner layers, half of that without a discriminator. */
function modelOn(where: 'cpu' | 'webgpu', used = 0): Pix2Pix {
  return {
    info: { device: where },
    memory: async () => used,
    trainingMemory: async ({ batchSize, freeze, generatorOnly }: Asked) =>
      800e6 * batchSize * (freeze === 'inner' ? 0.5 : 1) * (generatorOnly ? 0.5 : 1),
  } as unknown as Pix2Pix;
}

const advise = (model: Pix2Pix, memory: number | undefined, batchSize = 1) => {
  device.deviceMemory = memory!;
  return adviseOnMemory(model, { batchSize, freeze: 'none', discriminator: true } as Settings);
};

test('where there is room only the size is told', async () => {
  assert.deepEqual(await advise(modelOn('webgpu'), 8), { text: 'It takes about 800 MB of memory to teach it this way.', enough: true });
  assert.equal((await advise(modelOn('webgpu'), undefined, 100)).enough, true, 'browsers that tell nothing');
  assert.equal((await advise(modelOn('webgpu'), 8, 100)).enough, true, '8 stands for all above it');
});

test('where there is too little the mildest change that helps is named', async () => {
  const { enough, text } = await advise(modelOn('webgpu'), 2, 4);
  assert.equal(enough, false);
  assert.match(text, /about 3\.2 GB .* no more than 1\.1 GB to spare\. Under Advanced, one pair a step: that takes 800 MB\./);
  assert.match((await advise(modelOn('webgpu'), 1, 4)).text, /Under Advanced, freeze the inner layers: that takes 400 MB/);
  assert.match((await advise(modelOn('webgpu'), 0.5, 1)).text, /leave the discriminator out: that takes 200 MB/);
  assert.match((await advise(modelOn('webgpu'), 0.25, 1)).text, /Take a smaller model\.$/);
});

test('on the CPU the engine’s own 4 GB count, less what it holds', async () => {
  assert.equal((await advise(modelOn('cpu', 3.4e9), 8)).enough, true);
  const { enough, text } = await advise(modelOn('cpu', 3.6e9), 8);
  assert.equal(enough, false);
  assert.match(text, /the engine has room for 695 MB more\. Under Advanced, freeze the inner layers/);
});
