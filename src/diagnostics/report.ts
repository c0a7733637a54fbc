/**
 * The report of `Ask BERT: Report Diagnostics`: one block of Markdown, in English whatever the display language, since
 * it is for the people who help. Pure. It contains no document text, questions or answers, and only the codes of
 * messages: its fields are listed here.
 */
import type { Info } from '../../server/protocol.js';
import type { FailureNote } from '../sidecar/failure-log.js';

export interface ShownSetting {
  key: string;
  value: unknown;
  /** Where it is set. */
  where: string;
  /** False: wrong type or out of bounds, so it may be anything. */
  valid: boolean;
}

/** One entry of `ask-bert engines list --json`. */
export interface Library {
  candidate: { path: string; source: string };
  version?: string;
  usable?: { device?: { name?: string }; driver?: string };
  refused?: string;
}

export interface Diagnostics {
  time: number;
  /** Name and version, in the order of the report. */
  versions: readonly (readonly [name: string, version: string])[];
  /** Kind of the remote, such as `ssh-remote`; undefined: this machine. */
  remote: string | undefined;
  trusted: boolean;
  folders: number;
  /** Schemes of the folders, such as `file`. */
  schemes: readonly string[];
  settings: readonly ShownSetting[];
  sidecar: {
    state: string;
    running: boolean;
    /** Code of the failure that keeps it down. */
    gaveUp?: string | undefined;
    startedAt?: number | undefined;
    crashes: number;
    lastCrashes: readonly { time: number; reason: string }[];
    /** Undefined: not running, or not answering. */
    info?: Partial<Info> | undefined;
  };
  latency: { count: number; p50?: number | undefined; p95?: number | undefined; last?: number | undefined };
  /** TensorRT on this machine, or why it is unknown. */
  libraries: readonly Library[] | string;
  failures: readonly FailureNote[];
}

/** @param redact removes names of users and folders from a text */
export function report(data: Diagnostics, redact: (text: string) => string): string {
  const lines: string[] = [];
  const say = (name: string, ...texts: unknown[]) => {
    const text = texts.map((each) => (typeof each === 'string' ? each : String(each))).join(', ');
    // In a fenced block only the fence has a meaning.
    lines.push(`${name.padEnd(10)} ${redact(text).replace(/[\r\n`]+/g, ' ')}`);
  };
  const list = (name: string, all: readonly string[], none: string) => {
    if (all.length === 0) say(name, none);
    for (const [i, each] of all.entries()) say(i === 0 ? name : '', each);
  };
  for (const [name, version] of data.versions) say(name, version);
  say('Remote', data.remote ?? 'none');
  say(
    'Workspace',
    `${data.folders} folders (${data.schemes.join(', ') || '-'})`,
    data.trusted ? 'trusted' : 'not trusted',
  );
  list('Settings', data.settings.map(settingText), 'all as they come');
  saySidecar(data, say, list);
  const libraries = typeof data.libraries === 'string' ? data.libraries : data.libraries.map(libraryText);
  if (typeof libraries === 'string') say('TensorRT', libraries);
  else list('TensorRT', libraries, 'none was found');
  list(
    'Failures',
    data.failures.map(({ code, time }) => `${stamp(time)} ${code}`),
    'none',
  );
  return `**Ask BERT diagnostics**, ${stamp(data.time)}\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`;
}

function saySidecar(
  { sidecar, latency, time }: Diagnostics,
  say: (name: string, ...texts: unknown[]) => void,
  list: (name: string, all: readonly string[], none: string) => void,
): void {
  const { info, startedAt, running } = sidecar;
  const up = running && startedAt !== undefined ? [`up ${Math.round((time - startedAt) / 1000)} s`] : [];
  const down = sidecar.gaveUp === undefined ? [] : [`stays down after ${sidecar.gaveUp}`];
  say('Sidecar', sidecar.state, running ? 'running' : 'not running', ...up, ...down);
  if (running && !info) say('', 'does not answer');
  if (info) say('', `${mega(info.residentBytes)} MB`, `${info.questionsAnswered ?? '?'} questions answered`);
  if (info?.engine) {
    const { name, device, precision, threads, library, libraryVersion, loadMs, check } = info.engine;
    say('Engine', name, precision, device, `${threads} threads`, `${library} ${libraryVersion}`);
    say('', `loaded in ${Math.round(loadMs)} ms`);
    if (check) {
      const { difference, tolerance, ms, windows } = check;
      const figures = `logits within ${difference.toPrecision(3)} of ${tolerance.toPrecision(3)}`;
      say('Check', figures, `${windows} windows`, `${ms.toFixed(1)} ms`);
    } else say('Check', 'none');
  }
  if (info?.model) {
    const { name, folder, layers, hiddenSize, vocabularySize, storage } = info.model;
    say('Model', name, folder, `${layers} layers`, `hidden size ${hiddenSize}`, `${vocabularySize} pieces`, storage);
  }
  list('Choice', info?.choice ?? [], info ? 'nothing is loaded' : 'not known, the sidecar does not answer');
  const { count, p50, p95, last } = latency;
  const ms = (value: number | undefined) => `${Math.round(value ?? 0)} ms`;
  say('Latency', count === 0 ? 'no answer yet' : `${count} answers, p50 ${ms(p50)}, p95 ${ms(p95)}, last ${ms(last)}`);
  const crashes = sidecar.lastCrashes.map((crash) => `${stamp(crash.time)} ${crash.reason}`);
  list('Crashes', crashes.length > 0 ? [`${sidecar.crashes} in this session`, ...crashes] : [], 'none in this session');
}

function settingText({ key, value, where, valid }: ShownSetting): string {
  const shown = valid ? JSON.stringify(value) : `not valid (${Array.isArray(value) ? 'array' : typeof value})`;
  return `${key}: ${shown} (${where})`;
}

function libraryText({ candidate, version, usable, refused }: Library): string {
  const what = `${candidate.path} (${candidate.source})${version ? `, version ${version}` : ''}`;
  if (refused !== undefined || !usable) return `${what}: refused, ${refused ?? 'it could not be loaded'}`;
  return `${what}: works on ${usable.device?.name ?? '?'}, driver ${usable.driver ?? '?'}`;
}

const mega = (bytes: number | undefined) => (bytes === undefined ? '?' : Math.round(bytes / 1e6));
const stamp = (time: number) => new Date(time).toISOString().slice(0, 19).replace('T', ' ');
