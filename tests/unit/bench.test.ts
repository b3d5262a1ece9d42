import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contenders } from '../bench/contenders';
import type { Measured, Result } from '../bench/measure';
import { generatorToOnnx } from '../bench/onnx';
import { parseOptions } from '../bench/options';
import { Message } from '../bench/protobuf';
import { scaleTable, soakTable, tables, withReport } from '../bench/report';
import { generatorDepth, readSafetensors } from '../bench/safetensors';
import { difference, lossDifference, quantile, summarise } from '../bench/statistics';

test('quartiles lie between values in proportion, and the first call is in none of them', () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
  assert.equal(quantile([10, 0], 0.25), 2.5);
  assert.deepEqual(summarise(99, [5, 1, 3]), { first: 99, median: 3, quartiles: [2, 4], calls: 3 });
  assert.throws(() => quantile([], 0.5));
});

test('pictures differ by what rounding does not explain, and without bound where they can not be compared', () => {
  const exact = (values: number[]) => ({ values, rounding: 0 });
  assert.equal(difference(exact([0, 0.5]), exact([0, 0.25])), 0.25);
  assert.equal(difference({ values: [0, 0.5], rounding: 0.25 }, exact([0.125, 0.25])), 0);
  assert.equal(difference({ values: [0], rounding: 0.25 }, { values: [1], rounding: 0.25 }), 0.5);
  assert.equal(difference(exact([0]), exact([0, 0])), Infinity);
  assert.equal(difference(exact([0]), exact([NaN])), Infinity);
  const losses = { discriminator: 2, gan: 1, l1: 0.5 };
  assert.equal(lossDifference(losses, { discriminator: 2, gan: 1, l1: 0.25 }), 0.5);
});

test('the command line: defaults, lists, and what is refused', () => {
  assert.deepEqual(parseOptions([]).ngf, [16, 32, 64]);
  assert.equal(parseOptions([]).devices, undefined);
  assert.deepEqual(parseOptions(['--scale', '--soak', '40,0']).soak, { translations: 40, steps: 0 });
  assert.throws(() => parseOptions(['--scale', '--readme']), /--readme/);
  const options = parseOptions(['--ngf', '8', '--devices', 'webgpu', '--peers', 'none', '--steps', '0']);
  assert.deepEqual([options.ngf, options.devices, options.peers, options.steps], [[8], ['webgpu'], [], 0]);
  for (const wrong of ['--ngf=', '--ngf=16,x', '--runs=0', '--runs=1.5', '--devices=gpu', '--peers=', '--soak=10', '--speed=1']) {
    assert.throws(() => parseOptions([wrong]), /--(ngf|runs|devices|peers|soak)|speed/, wrong);
  }
});

test('ours stands first on each device, and is there without peers', () => {
  const all = contenders(['cpu', 'webgpu'], ['ort', 'tfjs']);
  for (const device of ['cpu', 'webgpu']) assert.equal(all.find((contender) => contender.device === device)!.runtime, 'ours');
  assert.deepEqual(contenders(['webgpu'], []).map(({ name }) => name), ['pix2pix-web, WebGPU']);
});

test('the table has a ratio to ours on the same device, and says why something was not timed', () => {
  const time = (median: number): Measured => ({ first: 2 * median, median, quartiles: [median - 1, median + 1], calls: 9, difference: 1e-5 });
  const [cpu, ort, gpu] = contenders(['cpu', 'webgpu'], ['ort']).filter(({ name }) => !name.includes('all cores'));
  const result = (contender: Result['contender'], translation: Measured): Result => ({ ngf: 16, contender, translation, training: undefined });
  const text = tables([result(cpu!, time(100)), result(ort!, time(150)), result(gpu!, { failed: 'no | adapter' })]);
  assert.match(text, /\| 16 \| onnxruntime-web, wasm, 1 thread \| 1\.0e-5 \| 300 \| 150 \| 149 to 151 \| 1\.50 \|/);
  assert.match(text, /\| 16 \| pix2pix-web, WebGPU \| not timed: no \\\| adapter \|/);
  assert.doesNotMatch(text, /training/);
});

test('the tables of --scale name the work, and its memory early and late', () => {
  const work = { device: 'cpu', ngf: 16, depth: 8 } as const;
  const memory = { webAssembly: 50e6, device: undefined, scripts: 2.5e6 };
  const grown = scaleTable([
    { work: { ...work, depth: 9 }, first: 20, median: 9.96, quartiles: [9, 12], calls: 3, memory },
    { work: { ...work, batchSize: 8 }, failed: 'out of memory' },
  ]);
  assert.match(grown, /\| 16 \| cpu \| translation, 512x512 \| 20 \| 10\.0 \| 9\.0 to 12 \| 50\.0 \|  \|/);
  assert.match(grown, /\| 16 \| cpu \| training step, 256x256, batch 8 \| failed: out of memory \|/);
  const soaked = soakTable([{ work, memory: [{ calls: 50, memory }, { calls: 1000, memory: { ...memory, scripts: undefined } }] }]);
  assert.match(soaked, /\| translation, 256x256 \| 50 \| 50\.0 \|  \| 2\.5 \|\n.*\| 1000 \| 50\.0 \|  \|  \|/);
});

test('the report replaces what lies between the markers of the README, again and again', () => {
  const readme = 'before\n<!-- bench -->\n<!-- /bench -->\nafter\n';
  const once = withReport(readme, 'first');
  assert.equal(once, 'before\n<!-- bench -->\nfirst\n<!-- /bench -->\nafter\n');
  assert.equal(withReport(once, 'second'), once.replace('first', 'second'));
  assert.throws(() => withReport('no markers', 'text'), /<!-- bench -->/);
});

test('protocol buffers: the examples of their documentation, and lengths of more than a byte', () => {
  const hex = (message: Message) => Buffer.from(message.encode()).toString('hex');
  assert.equal(hex(new Message().integer(1, 150)), '089601');
  assert.equal(hex(new Message().text(2, 'testing')), '120774657374696e67');
  assert.equal(hex(new Message().message(3, new Message().integer(1, 150))), '1a03089601');
  assert.equal(hex(new Message().float(20, 1)), 'a5010000803f');
  assert.equal(hex(new Message().integer(1, 2 ** 40)), '08808080808020');
  assert.deepEqual([...new Message().bytes(1, new Uint8Array(300)).encode().subarray(0, 3)], [10, 0xac, 2]);
});

test('the ONNX file has every tensor of the generator once, and none of the discriminator', () => {
  const names = ['generator.encoder_1.conv.weight', 'generator.decoder_1.conv.weight', 'generator.decoder_1.conv.bias', 'discriminator.layer_1.conv.weight'];
  const tensors = readSafetensors(safetensors(names));
  assert.equal(generatorDepth(tensors), 1);
  const file = Buffer.from(generatorToOnnx(tensors)).toString('latin1');
  for (const name of names.slice(0, 3)) assert.equal(file.split(name).length - 1, 2, `${name}: the tensor and the node that takes it`);
  assert.doesNotMatch(file, /discriminator|InstanceNormalization/);
  for (const operator of ['Conv', 'ConvTranspose', 'Relu', 'Tanh']) assert.ok(file.includes(operator));
});

/** A file of tensors `[2]`, behind a header whose length is no multiple of four. */
function safetensors(names: readonly string[]): Uint8Array<ArrayBuffer> {
  const entries = names.map((name, at) => [name, { dtype: 'F32', shape: [2], data_offsets: [8 * at, 8 * at + 8] }] as const);
  const json = JSON.stringify({ __metadata__: { a: 'b' }, ...Object.fromEntries(entries) });
  const header = json.length % 4 === 0 ? `${json} ` : json;
  const file = new Uint8Array(8 + header.length + 8 * names.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(new TextEncoder().encode(header), 8);
  return file;
}
