/** Numbers as a language writes them, and the form of a word that goes with a count. */

/** The forms that a language has; `other` is the one that every language has. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

export interface Counts {
  /** `12`, `12,345`; four digits stay together. With `digits` after the point exactly. */
  number(value: number, digits?: number): string;
  /** Two significant digits. */
  short(value: number): string;
  /** Of a part of 1: `63%`. */
  percent(part: number): string;
  /** Of bytes, decimal megabytes, one digit after the point, without the unit. */
  megabytes(bytes: number): string;
  /** The form that goes with the count. */
  plural(count: number, forms: Forms): string;
}

/** `locale`: a language, or a language as a region writes it. */
export function countsIn(locale: string): Counts {
  const format = (options: Intl.NumberFormatOptions) => (value: number): string => new Intl.NumberFormat(locale, { useGrouping: 'min2', ...options }).format(value);
  const rules = new Intl.PluralRules(locale);
  const number = (value: number, digits?: number): string =>
    format(digits === undefined ? { maximumFractionDigits: 20 } : { minimumFractionDigits: digits, maximumFractionDigits: digits })(value);
  return {
    number,
    short: format({ minimumSignificantDigits: 2, maximumSignificantDigits: 2 }),
    percent: format({ style: 'percent' }),
    megabytes: (bytes) => number(bytes / 1e6, 1),
    plural: (count, forms) => forms[rules.select(count)] ?? forms.other,
  };
}
