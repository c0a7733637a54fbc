/**
 * Every setting: key, allowed values, default. Pure, so that a test can compare it with package.json.
 * To add one: a line here, one in `contributes.configuration`, its texts in package.nls.json, and use it.
 */
import { isBase } from '../../server/model/download/base.js';
import { optionLimits } from '../../server/protocol.js';

export interface Settings {
  engine: 'auto' | 'cpu' | 'tensorrt' | 'tensorrt-rtx' | 'remote';
  'remote.url': string;
  'remote.model': string;
  'remote.fallback': boolean;
  precision: 'auto' | 'fp32' | 'fp16' | 'bf16' | 'int8' | 'fp8';
  modelPath: string;
  tensorRtPath: string;
  alternatives: number;
  minimumProbability: number;
  noAnswerThreshold: number | null;
  docStride: number | null;
  maxAnswerLength: number;
  threads: number;
  idleUnloadMinutes: number;
  'question.history': number;
  readingView: 'auto' | 'raw';
  'workspace.budgetSeconds': number;
  modelMirror: string;
}

export type SettingKey = keyof Settings;

interface Rule<T> {
  default: T;
  /** Undefined: not an acceptable value. */
  accept(value: unknown): T | undefined;
  /** Allowed values, for the warning; language-neutral. */
  expected: string;
  /** The value may hold a password: no message and no report shows it. */
  secret?: true;
}

const oneOf = <T extends string>(fallback: T, ...values: T[]): Rule<T> => ({
  default: fallback,
  accept: (value) => values.find((each) => each === value),
  expected: values.map((each) => `"${each}"`).join(' | '),
});

const isIn = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most;

const whole = (fallback: number, least: number, most: number): Rule<number> => ({
  default: fallback,
  accept: (value) => (isIn(value, least, most) && Number.isInteger(value) ? value : undefined),
  expected: `${least}..${most}`,
});

const orNull = (rule: Rule<number>): Rule<number | null> => ({
  default: null,
  accept: (value) => (value === null ? null : rule.accept(value)),
  expected: `${rule.expected} | null`,
});

const decimal = (least: number, most: number): Rule<number> => ({
  default: 0,
  accept: (value) => (isIn(value, least, most) ? value : undefined),
  expected: `${least}..${most}`,
});

const folder: Rule<string> = {
  default: '',
  accept: (value) => (typeof value === 'string' ? value.trim() : undefined),
  expected: '"…"',
};

/** Empty, or the base address of a mirror. */
const mirror: Rule<string> = {
  default: '',
  accept: (value) => {
    const address = folder.accept(value);
    return address === '' || (address !== undefined && isBase(address)) ? address : undefined;
  },
  expected: '"https://…" | "http://localhost…" | ""',
};

/** Empty, or the base addresses of servers, separated by commas or spaces. */
const servers: Rule<string> = {
  default: '',
  accept: (value) => {
    const text = folder.accept(value);
    return text?.split(/[\s,]+/).every((each) => each === '' || isBase(each)) ? text : undefined;
  },
  expected: '"https://…" | "http://localhost…" | ""',
  secret: true,
};

const flag: Rule<boolean> = {
  default: false,
  accept: (value) => (typeof value === 'boolean' ? value : undefined),
  expected: 'true | false',
};

export const settingRules: { readonly [K in SettingKey]: Rule<Settings[K]> } = {
  engine: oneOf('auto', 'auto', 'cpu', 'tensorrt', 'tensorrt-rtx', 'remote'),
  'remote.url': servers,
  'remote.model': folder,
  'remote.fallback': flag,
  precision: oneOf('auto', 'auto', 'fp32', 'fp16', 'bf16', 'int8', 'fp8'),
  modelPath: folder,
  tensorRtPath: folder,
  alternatives: whole(5, ...optionLimits.topK),
  minimumProbability: { ...decimal(0, 1), default: 0.01 },
  noAnswerThreshold: orNull(decimal(-100, 100)),
  docStride: orNull(whole(128, 1, optionLimits.docStride[1])),
  maxAnswerLength: whole(30, ...optionLimits.maxAnswerLength),
  threads: whole(0, 0, 256),
  idleUnloadMinutes: { ...decimal(0, 1440), default: 10 },
  'question.history': whole(20, 0, 100),
  readingView: oneOf('auto', 'auto', 'raw'),
  'workspace.budgetSeconds': whole(30, 0, 3600),
  modelMirror: mirror,
};

/**
 * Settings that send something elsewhere: only the user decides on them. A workspace cannot set them, trusted or not,
 * nor the engine `remote`.
 */
export const OF_THE_USER: readonly SettingKey[] = ['remote.url', 'remote.model', 'remote.fallback'];

/** The values of one setting that count, from the strongest. */
export interface Layers {
  default?: unknown;
  user?: unknown;
  workspace?: unknown;
  folder?: unknown;
}

/** The value that is used, and whether a workspace set one that is not. */
export function settingValue(
  key: SettingKey,
  effective: unknown,
  layers: Layers,
): { value: unknown; ignored: boolean } {
  const { workspace, folder: ofFolder, user, default: usual } = layers;
  const ignored = OF_THE_USER.includes(key)
    ? ofFolder !== undefined || workspace !== undefined
    : key === 'engine' && effective === 'remote' && user !== 'remote';
  return { value: ignored ? (user ?? usual) : effective, ignored };
}

export interface Problem {
  key: SettingKey;
  found: unknown;
  expected: string;
}

/** All settings from the values that `read` returns; a wrong value is reported and replaced by its default. */
export function sanitise(read: (key: SettingKey) => unknown): { settings: Settings; problems: Problem[] } {
  const problems: Problem[] = [];
  const settings: Record<string, unknown> = {};
  for (const key of Object.keys(settingRules) as SettingKey[]) {
    const rule = settingRules[key];
    const found = read(key);
    const value = found === undefined ? rule.default : rule.accept(found);
    if (value === undefined) problems.push({ key, found: rule.secret ? '…' : found, expected: rule.expected });
    settings[key] = value === undefined ? rule.default : value;
  }
  return { settings: settings as unknown as Settings, problems };
}
