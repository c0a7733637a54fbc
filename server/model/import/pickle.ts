/**
 * A pickle machine that builds data and runs nothing (opcodes: CPython's Lib/pickletools.py). Classes and functions
 * are only names here; the host says which names it knows and what calling them returns. Everything else is refused.
 */
import { t } from '../../l10n.js';

/** A tuple, to tell it from a list. */
export class PyTuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** Callbacks to the host. Each may throw an Error, which ends the reading. */
export interface PickleHost {
  /** A class or function by its name: a value that stands for it. */
  global(module: string, name: string): unknown;
  /** Result of calling `callee`, a value that `global` gave. */
  call(callee: unknown, args: readonly unknown[]): unknown;
  /** The object behind a persistent id. */
  persistent(id: unknown): unknown;
  /** `object.__setstate__(state)`. */
  build(object: unknown, state: unknown): void;
}

/** No checkpoint has longer whole numbers. */
const MAX_LONG_BYTES = 32;

/** Opcodes that are refused, by name, because they call something or do not occur in PyTorch pickles. */
const refused: Readonly<Record<number, string>> = {
  105: 'INST',
  111: 'OBJ',
  129: 'NEWOBJ',
  146: 'NEWOBJ_EX',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  80: 'PERSID',
  150: 'BYTEARRAY8',
  151: 'NEXT_BUFFER',
  152: 'READONLY_BUFFER',
};

/**
 * The object that a pickle describes.
 * @throws Error for bytes that are not a pickle, for refused opcodes and names, or what the host throws
 */
export function readPickle(bytes: Uint8Array, host: PickleHost): unknown {
  return new Machine(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), host).run();
}

class Machine {
  #at = 0;
  #stack: unknown[] = [];
  readonly #outer: unknown[][] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(
    readonly bytes: Buffer,
    readonly host: PickleHost,
  ) {}

  run(): unknown {
    for (;;) {
      const at = this.#at;
      const opcode = this.#byte();
      if (opcode === 0x2e) return this.#pop(); // STOP
      if (!(this.#number(opcode) || this.#text(opcode) || this.#container(opcode) || this.#object(opcode))) {
        const name = refused[opcode] ?? `0x${opcode.toString(16).padStart(2, '0')}`;
        throw new Error(t('the operation {0} at byte {1} is not allowed', name, at));
      }
    }
  }

  /** Numbers, None, booleans, and the marks of protocol and frames. */
  #number(opcode: number): boolean {
    switch (opcode) {
      case 0x80: // PROTO
        if (this.#byte() > 5) throw new Error(t('its protocol is unknown'));
        return true;
      case 0x95: // FRAME
        this.#size8();
        return true;
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4b: // BININT1
        return this.#push(this.#byte());
      case 0x4d: // BININT2
        return this.#push(this.#take(2).readUInt16LE());
      case 0x4a: // BININT
        return this.#push(this.#take(4).readInt32LE());
      case 0x8a: // LONG1
        return this.#push(this.#long(this.#byte()));
      case 0x8b: // LONG4
        return this.#push(this.#long(this.#take(4).readInt32LE()));
      case 0x47: // BINFLOAT
        return this.#push(this.#take(8).readDoubleBE());
      default:
        return false;
    }
  }

  /** Strings and bytes. */
  #text(opcode: number): boolean {
    switch (opcode) {
      case 0x58: // BINUNICODE
        return this.#push(this.#take(this.#size4()).toString('utf8'));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#take(this.#byte()).toString('utf8'));
      case 0x8d: // BINUNICODE8
        return this.#push(this.#take(this.#size8()).toString('utf8'));
      case 0x55: // SHORT_BINSTRING: a string of Python 2
        return this.#push(this.#take(this.#byte()).toString('latin1'));
      case 0x54: // BINSTRING
        return this.#push(this.#take(this.#size4()).toString('latin1'));
      case 0x43: // SHORT_BINBYTES
        return this.#push(this.#take(this.#byte()));
      case 0x42: // BINBYTES
        return this.#push(this.#take(this.#size4()));
      case 0x8e: // BINBYTES8
        return this.#push(this.#take(this.#size8()));
      default:
        return false;
    }
  }

  /** Lists, tuples, dicts, sets, the stack and the memo. */
  #container(opcode: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        this.#outer.push(this.#stack);
        this.#stack = [];
        return true;
      case 0x5d: // EMPTY_LIST
        return this.#push([]);
      case 0x7d: // EMPTY_DICT
        return this.#push(new Map());
      case 0x8f: // EMPTY_SET
        return this.#push(new Set());
      case 0x29: // EMPTY_TUPLE
        return this.#push(new PyTuple([]));
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#tuple(opcode - 0x84);
      case 0x74: // TUPLE
        return this.#push(new PyTuple(this.#marked()));
      case 0x61: // APPEND
        return this.#append([this.#pop()]);
      case 0x65: // APPENDS
        return this.#append(this.#marked());
      case 0x73: {
        // SETITEM
        const value = this.#pop();
        return this.#setItems([this.#pop(), value]);
      }
      case 0x75: // SETITEMS
        return this.#setItems(this.#marked());
      case 0x90: // ADDITEMS
        return this.#addItems(this.#marked());
      case 0x91: // FROZENSET
        return this.#push(new Set(this.#marked()));
      case 0x30: // POP
        if (this.#stack.length > 0) this.#stack.pop();
        else this.#marked();
        return true;
      case 0x31: // POP_MARK
        this.#marked();
        return true;
      case 0x32: // DUP
        return this.#push(this.#top());
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return true;
      case 0x71: // BINPUT
        this.#memo.set(this.#byte(), this.#top());
        return true;
      case 0x72: // LONG_BINPUT
        this.#memo.set(this.#size4(), this.#top());
        return true;
      case 0x68: // BINGET
        return this.#remembered(this.#byte());
      case 0x6a: // LONG_BINGET
        return this.#remembered(this.#size4());
      default:
        return false;
    }
  }

  /** Opcodes that call the host. */
  #object(opcode: number): boolean {
    switch (opcode) {
      case 0x63: // GLOBAL
        return this.#push(this.host.global(this.#line(), this.#line()));
      case 0x93: {
        // STACK_GLOBAL
        const name = this.#pop();
        const module = this.#pop();
        if (typeof module !== 'string' || typeof name !== 'string') throw new Error(t('a name is not text'));
        return this.#push(this.host.global(module, name));
      }
      case 0x52: {
        // REDUCE
        const args = this.#pop();
        if (!(args instanceof PyTuple)) throw new Error(t('a call has no arguments'));
        return this.#push(this.host.call(this.#pop(), args.items));
      }
      case 0x51: // BINPERSID
        return this.#push(this.host.persistent(this.#pop()));
      case 0x62: {
        // BUILD
        const state = this.#pop();
        this.host.build(this.#top(), state);
        return true;
      }
      default:
        return false;
    }
  }

  #push(value: unknown): true {
    this.#stack.push(value);
    return true;
  }

  #pop(): unknown {
    if (this.#stack.length === 0) throw new Error(t('it takes more values than it has'));
    return this.#stack.pop();
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw new Error(t('it takes more values than it has'));
    return this.#stack[this.#stack.length - 1];
  }

  /** The values since the last mark, which is removed. */
  #marked(): unknown[] {
    const items = this.#stack;
    const outer = this.#outer.pop();
    if (!outer) throw new Error(t('a mark is missing'));
    this.#stack = outer;
    return items;
  }

  #remembered(index: number): true {
    if (!this.#memo.has(index)) throw new Error(t('it recalls something that it has not stored'));
    return this.#push(this.#memo.get(index));
  }

  #tuple(length: number): true {
    const items = Array.from({ length }, () => this.#pop());
    return this.#push(new PyTuple(items.reverse()));
  }

  #append(items: unknown[]): true {
    const list = this.#top();
    if (!Array.isArray(list)) throw new Error(t('it appends to something that is not a list'));
    for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: unknown[]): true {
    const dict = this.#top();
    if (!(dict instanceof Map) || items.length % 2 !== 0)
      throw new Error(t('it sets items of something that is not a dict'));
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
    return true;
  }

  #addItems(items: unknown[]): true {
    const set = this.#top();
    if (!(set instanceof Set)) throw new Error(t('it adds to something that is not a set'));
    for (const item of items) set.add(item);
    return true;
  }

  #byte(): number {
    return this.#take(1)[0];
  }

  #size4(): number {
    return this.#take(4).readUInt32LE();
  }

  #size8(): number {
    const size = this.#take(8).readBigUInt64LE();
    if (size > BigInt(this.bytes.length)) throw new Error(t('it ends too early'));
    return Number(size);
  }

  /** Little-endian two's complement; a bigint only where a number is not exact. */
  #long(length: number): number | bigint {
    if (length < 0 || length > MAX_LONG_BYTES) throw new Error(t('a whole number in it has {0} bytes', length));
    let value = 0n;
    for (const byte of Buffer.from(this.#take(length)).reverse()) value = (value << 8n) | BigInt(byte);
    value = BigInt.asIntN(length * 8, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #take(length: number): Buffer {
    if (length > this.bytes.length - this.#at) throw new Error(t('it ends too early'));
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  #line(): string {
    const end = this.bytes.indexOf(10, this.#at);
    if (end < 0) throw new Error(t('it ends too early'));
    const line = this.bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return line;
  }
}
