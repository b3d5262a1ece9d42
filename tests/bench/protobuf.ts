/** Writes protocol buffers: a field is its number and wire type, then a varint, four bytes, or a length and the bytes. */

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

/** A message under way. Its parts are joined once, at the end: weights are hundreds of megabytes. */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** A whole number of 0 or more. */
  integer(field: number, value: number): this {
    return this.#push(varint(field * 8 + VARINT), varint(value));
  }

  float(field: number, value: number): this {
    return this.#push(varint(field * 8 + FIXED32), new Uint8Array(new Float32Array([value]).buffer));
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#push(varint(field * 8 + LENGTH), varint(value.length), value);
  }

  message(field: number, value: Message): this {
    return this.#push(varint(field * 8 + LENGTH), varint(value.#length), ...value.#parts);
  }

  encode(): Uint8Array<ArrayBuffer> {
    const encoded = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      encoded.set(part, at);
      at += part.length;
    }
    return encoded;
  }

  #push(...parts: Uint8Array[]): this {
    for (const part of parts) {
      this.#parts.push(part);
      this.#length += part.length;
    }
    return this;
  }
}

/** Seven bits a byte, the lowest first; all but the last byte have their top bit set. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
