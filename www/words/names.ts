/** Names that files bring, in the visitor's language where the page knows them. */
import { words } from './current';

/** Of an example of the gallery. `name`: as its file has it. */
export const exampleName = (id: string, name: string): string => known(words.examples, id) ?? name;

/** Of a label, which maps and models know by the name itself. */
export const labelName = (name: string): string => known(words.labels, name) ?? name;

function known(names: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(names, key) ? names[key] : undefined;
}
