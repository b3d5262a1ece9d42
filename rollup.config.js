import { dts } from 'rollup-plugin-dts';

/**
 * The package's types, one file an entry, of what `tsc` made of each source. Those of the element take the client's beside them, as its
 * JavaScript does: two declarations of a class with private fields are two types.
 *
 * @type {(name: string) => import('rollup').RollupOptions}
 */
const types = (name) => ({
  input: `target/types/${name}.d.ts`,
  external: (id) => id.endsWith('/client.js'),
  plugins: [dts()],
  output: { file: `pkg/${name}.d.ts` },
});

export default ['client', 'element'].map(types);
