/** What the command line writes as ONNX, run by onnxruntime, against what PyTorch made of the same weights. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readSafetensors } from '../bench/safetensors';
import { FOLDER } from '../bundlers/tools';
import { expect, test } from './fixtures';
import { commandLine, root } from './pack';

const fixtures = join(root, 'tests/fixtures/pytorch');
/** Of an output this many values are one of those that are kept: see make.py beside them. */
const STRIDE = 7;

interface Runtime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (type: 'float32', values: Float32Array, shape: readonly number[]) => unknown;
  readonly InferenceSession: {
    create(file: Uint8Array): Promise<{
      readonly inputMetadata: readonly { readonly shape: readonly number[] }[];
      run(inputs: Record<string, unknown>): Promise<Record<string, { readonly data: Float32Array }>>;
    }>;
  };
}

test('onnxruntime makes the pictures of what is written for it that PyTorch makes', async ({}, testInfo) => {
  const runtime = join(root, FOLDER, 'node_modules/onnxruntime-web/dist/ort.node.min.mjs');
  const { env, InferenceSession, Tensor } = (await import(pathToFileURL(runtime).href)) as Runtime;
  env.wasm.numThreads = 1;
  const theirs = readSafetensors(new Uint8Array(readFileSync(join(fixtures, 'varied.safetensors'))));
  const names = [...theirs.keys()].filter((name) => name.endsWith('.batch')).map((name) => name.slice(0, -'.batch'.length));
  expect(names.length).toBeGreaterThan(5);
  const apart: Record<string, number> = {};
  for (const name of names) {
    const source = readdirSync(fixtures).find((file) => file.startsWith(`${name}.`))!;
    const written = testInfo.outputPath(`${name}.onnx`);
    execFileSync(commandLine, ['convert', '--quiet', join(fixtures, source), written], { stdio: 'ignore' });
    const session = await InferenceSession.create(readFileSync(written));
    const { shape } = session.inputMetadata[0]!;
    const count = shape.reduce((product, side) => product * side, 1);
    const input = Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
    const { output } = await session.run({ input: new Tensor('float32', input, shape) });
    const { values } = theirs.get(`${name}.batch`)!;
    expect(values, name).toHaveLength(Math.ceil(output!.data.length / STRIDE));
    apart[name] = values.reduce((most, value, i) => Math.max(most, Math.abs(value - output!.data[i * STRIDE]!)), 0);
  }
  console.log(apart);
  expect(Math.max(...Object.values(apart))).toBeLessThan(1e-4);
});
