import type { CellTexts } from './byte-row.ts';
import type { Converter } from './convert.ts';
import type { Written } from './fault.ts';
import type { Writer } from './row.ts';

/** A value of an event: how it is written, and what it is made of, for those who write it otherwise (`byte-values.ts`). */
export interface Value {
  readonly write: Writer;
  readonly shape: Shape;
}

export type Shape =
  | { readonly kind: 'constant'; readonly text: string | undefined }
  | { readonly kind: 'object'; readonly properties: readonly { readonly name: string; readonly value: Value }[] }
  | { readonly kind: 'array' | 'first'; readonly values: readonly Value[] }
  | { readonly kind: 'column'; readonly index: number; readonly converter: Converter }
  /** Plain text: what cells mean, between texts of which there is one more. */
  | {
      readonly kind: 'template';
      readonly texts: readonly string[];
      readonly parts: readonly { readonly index: number; readonly nulls: CellTexts }[];
      readonly otherwise: string | undefined;
    }
  /** What a directive above the record says, written as `ofText` has it. */
  | {
      readonly kind: 'directive';
      readonly name: string;
      readonly ofText: (text: string) => Written;
      readonly otherwise: string | undefined;
    }
  /** Only `write` knows. */
  | { readonly kind: 'written' };
