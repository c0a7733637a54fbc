/** Names in code as words: `MAX_RETRIES` → "maximum retries", `apiUrl` → "api url". */

const SHORT: Readonly<Record<string, string>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  max: 'maximum',
  min: 'minimum',
  num: 'number of',
  cnt: 'count',
  len: 'length',
  dir: 'directory',
  addr: 'address',
  msg: 'message',
  cfg: 'configuration',
  pwd: 'password',
  tmp: 'temporary',
  env: 'environment',
  avg: 'average',
  ms: 'milliseconds',
  sec: 'seconds',
  secs: 'seconds',
};

/** '' if the name is one plain word. */
export function nameInWords(name: string): string {
  const words = name
    .slice(name.lastIndexOf('.') + 1)
    .replace(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
    .split(/[\s_$-]+/)
    .filter((word) => word !== '')
    .map((word) => SHORT[word.toLowerCase()] ?? word.toLowerCase());
  const text = words.join(' ');
  return text === name.toLowerCase() ? '' : text;
}
