import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Colorizer, type Work } from '../../www/colorize/colorizer';
import type { Model } from '../../www/models/models';
import { Pix2Pix } from '../../www/package/client';
import { type DeviceChoice, type LoadOptions, Pix2PixError } from '../../www/package/contract/protocol';
import { OtherRoom, roomOf } from '../../www/shell/rooms';

const model = (id: string): Model => ({ id, name: id, about: '', bytes: 1, source: new Blob([id]), samples: [] });
const photo = new Blob(['photo']);

interface Network {
  readonly color: 'rgb' | 'lab';
  readonly inChannels: number;
  colorize?(): Promise<string>;
}

/** What was loaded, on which device, and what was let go of. */
let log: string[];

/** Lets models load as these networks, one after the other; the last one serves all that follow. */
function networks(...given: Network[]): void {
  log = [];
  let count = 0;
  const load = async (source: unknown, { device, signal }: LoadOptions) => {
    const network = given[Math.min(count++, given.length - 1)]!;
    const name = await (source as Blob).text();
    signal?.throwIfAborted();
    log.push(`load ${name} on ${device}`);
    return {
      info: { ...network, device: device === 'auto' ? 'webgpu' : device },
      colorize: () => network.colorize?.() ?? Promise.resolve(`${name}'s picture`),
      dispose: () => void log.push(`dispose ${name}`),
    };
  };
  (Pix2Pix as unknown as { load: typeof load }).load = load;
}

const LAB = { color: 'lab', inChannels: 1 } as const;

function work(device: DeviceChoice = 'auto', signal = new AbortController().signal): Work {
  return { device, signal, onProgress: () => undefined, coloring: () => void log.push('colour') };
}

test('models from lightness to colours are of this room, and no others', () => {
  assert.equal(roomOf(LAB), 'colorize');
  assert.equal(roomOf({ color: 'lab', inChannels: 2 }), 'draw');
  assert.equal(roomOf({ color: 'rgb', inChannels: 1 }), 'draw');
  assert.equal(roomOf({ color: 'rgb', inChannels: 3 }), 'draw');
});

test('a model is loaded once for many photos, and lets another take its place', async () => {
  networks(LAB);
  const colorizer = new Colorizer();
  const [one, other] = [model('one'), model('other')];
  assert.equal((await colorizer.color(photo, one, work())).picture as unknown, 'one\'s picture');
  await colorizer.color(photo, one, work());
  await colorizer.color(photo, other, work());
  assert.deepEqual(log, ['load one on auto', 'colour', 'colour', 'load other on auto', 'dispose one', 'colour']);
  colorizer.drop();
  assert.equal(log.at(-1), 'dispose other');
  await colorizer.color(photo, other, work());
  assert.deepEqual(log.slice(-2), ['load other on auto', 'colour'], 'it comes again');
});

test('a model of another kind is refused, and the one before stays', async () => {
  networks(LAB, { color: 'rgb', inChannels: 3 }, LAB);
  const colorizer = new Colorizer();
  const mine = model('mine');
  await colorizer.load(mine, work());
  await assert.rejects(colorizer.load(model('draws'), work()), (error) => error instanceof OtherRoom && error.room === 'draw');
  await colorizer.color(photo, mine, work());
  assert.deepEqual(log, ['load mine on auto', 'load draws on auto', 'dispose draws', 'colour']);
});

test('where a GPU is lost the CPU colours, and goes on doing so', async () => {
  const lost = () => Promise.reject(new Pix2PixError('device/lost', 'gone'));
  networks({ ...LAB, colorize: lost }, LAB);
  const colorizer = new Colorizer();
  const mine = model('mine');
  assert.equal((await colorizer.color(photo, mine, work())).device, 'cpu');
  colorizer.drop();
  await colorizer.color(photo, mine, work('webgpu'));
  const onCpu = ['load mine on cpu', 'colour'];
  assert.deepEqual(log, ['load mine on auto', 'colour', 'dispose mine', ...onCpu, 'dispose mine', ...onCpu]);
});

test('a crash on the CPU is told, and the next photo loads the model again', async () => {
  networks({ ...LAB, colorize: () => Promise.reject(new Pix2PixError('engine/crashed', 'out of memory')) }, LAB);
  const colorizer = new Colorizer();
  const mine = model('mine');
  await assert.rejects(colorizer.color(photo, mine, work('cpu')), /out of memory/);
  await colorizer.color(photo, mine, work('cpu'));
  assert.deepEqual(log, ['load mine on cpu', 'colour', 'dispose mine', 'load mine on cpu', 'colour']);
});

test('what was cancelled while it loaded is let go of', async () => {
  networks(LAB);
  const colorizer = new Colorizer();
  const stop = new AbortController();
  const load = Pix2Pix.load;
  Pix2Pix.load = async (...given) => {
    const network = await load.apply(Pix2Pix, given);
    stop.abort(new Error('enough'));
    return network;
  };
  await assert.rejects(colorizer.load(model('mine'), work('auto', stop.signal)), /enough/);
  assert.deepEqual(log, ['load mine on auto', 'dispose mine']);
});
