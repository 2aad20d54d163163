import { DataProblem } from './data-problem';

/** A value as PostgreSQL writes it; null is SQL's. */
export type Values = ReadonlyMap<string, string | null>;

/** One change of a row, or the emptying of tables. */
export type Change =
  | { readonly kind: 'insert'; readonly table: string; readonly values: Values }
  /** `key` is there where it was changed, or where the whole row is the key. Values that were not changed and not sent are left out. */
  | { readonly kind: 'update'; readonly table: string; readonly key?: Values; readonly values: Values }
  | { readonly kind: 'delete'; readonly table: string; readonly key: Values }
  | { readonly kind: 'truncate'; readonly tables: readonly string[] };

const HEAD = /^table ((?:[^":]|"(?:[^"]|"")*")+): (INSERT|UPDATE|DELETE|TRUNCATE):/;

/** The table or tables that a message is about, with all names quoted; undefined where it is about none. */
export function parseHead(text: string): { readonly tables: readonly string[]; readonly kind: string; readonly rest: string } | undefined {
  const head = HEAD.exec(text);
  if (head === null) return undefined;
  const [all, tables, kind] = head;
  return { tables: tables.match(QUALIFIED)?.map(quoteAll) ?? [], kind, rest: text.slice(all.length) };
}

/** https://github.com/postgres/postgres/blob/REL_17_STABLE/contrib/test_decoding/test_decoding.c writes it. */
export function parseChange(text: string): Change | undefined {
  const head = parseHead(text);
  if (head === undefined) return undefined;
  const { tables, kind, rest } = head;
  const [table] = tables;
  if (kind === 'TRUNCATE') return { kind: 'truncate', tables };
  const tuples = new Tuples(rest);
  if (tuples.isEmpty) throw new DataProblem(`${table}: a row was changed that nothing identifies; give the table a primary key`);
  if (kind === 'INSERT') return { kind: 'insert', table, values: tuples.next() };
  if (kind === 'DELETE') return { kind: 'delete', table, key: tuples.next() };
  const key = tuples.skip(' old-key:') ? tuples.next() : undefined;
  tuples.skip(' new-tuple:');
  return { kind: 'update', table, key, values: tuples.next() };
}

const PART = /"(?:[^"]|"")*"|[^.", ]+/g;
const QUALIFIED = new RegExp(`(?:${PART.source})\\.(?:${PART.source})`, 'g');

/** `a."B"` becomes `"a"."B"`. */
function quoteAll(name: string): string {
  return name.match(PART)?.map((part) => (part.startsWith('"') ? part : `"${part}"`)).join('.') ?? name;
}

/** Reads ` name[type]:value` again and again. */
class Tuples {
  private at = 0;

  constructor(private readonly text: string) {}

  get isEmpty(): boolean {
    return this.text === ' (no-tuple-data)';
  }

  skip(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  next(): Map<string, string | null> {
    const values = new Map<string, string | null>();
    while (this.at < this.text.length && !this.text.startsWith(' new-tuple:', this.at)) {
      this.expect(' ');
      const name = this.name();
      this.type();
      const value = this.value();
      if (value !== undefined) values.set(name, value);
    }
    return values;
  }

  private name(): string {
    if (this.text[this.at] === '"') return this.quoted('"');
    const end = this.text.indexOf('[', this.at);
    const name = this.text.slice(this.at, end);
    this.at = end;
    return name;
  }

  private type(): void {
    this.expect('[');
    while (!this.text.startsWith(']:', this.at)) {
      if (this.at >= this.text.length) throw this.surprise(']:');
      if (this.text[this.at] === '"') this.quoted('"');
      else this.at += 1;
    }
    this.at += 2;
  }

  /** Undefined: a large value that was not changed, and is not in the log. */
  private value(): string | null | undefined {
    if (this.text[this.at] === "'") return this.quoted("'");
    if (this.skip("B'")) {
      this.at -= 1;
      return this.quoted("'");
    }
    const space = this.text.indexOf(' ', this.at);
    const end = space < 0 ? this.text.length : space;
    const word = this.text.slice(this.at, end);
    this.at = end;
    if (word === 'unchanged-toast-datum') return undefined;
    return word === 'null' ? null : word;
  }

  private quoted(quote: string): string {
    let end = this.at + 1;
    for (;;) {
      end = this.text.indexOf(quote, end);
      if (end < 0) throw this.surprise(quote);
      if (this.text[end + 1] !== quote) break;
      end += 2;
    }
    const inner = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    return inner.includes(quote) ? inner.replaceAll(quote + quote, quote) : inner;
  }

  private expect(sign: string): void {
    if (!this.skip(sign)) throw this.surprise(sign);
  }

  /** Without the text: it holds values of rows. */
  private surprise(wanted: string): DataProblem {
    return new DataProblem(`test_decoding: got something else than ${wanted} at ${this.at} of ${this.text.length} characters`);
  }
}
