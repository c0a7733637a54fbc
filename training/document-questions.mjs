// Questions that rules generate from a passage, with the exact span that answers each. A rule that is not sure
// generates none.
import { changeFacts, commentFacts, thirdPerson } from './document-code.mjs';
import { proseFacts } from './document-prose.mjs';

/** Mulberry32. */
export class Random {
  #state;
  constructor(seed) {
    this.#state = seed >>> 0;
  }
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(n) {
    return Math.floor(this.next() * n);
  }
  pick(list) {
    return list[this.below(list.length)];
  }
}

/** "maxRetryCount" → "max retry count" */
export const inWords = (key) =>
  key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[-_.\s]+/g, ' ')
    .trim()
    .toLowerCase();

/** A range without surrounding space and trailing full stop. */
function trimmed(context, start, end) {
  while (start < end && /\s/.test(context[start])) start++;
  while (end > start && /[\s.,;]/.test(context[end - 1])) end--;
  return { start, end };
}

const occurrences = (text, part) => text.split(part).length - 1;
const lowerFirst = (text) => (/^[A-Z][a-z]/.test(text) ? text[0].toLowerCase() + text.slice(1) : text);
const NAME = /^(?:--?)?[\w.$@/:-]{2,45}(?:\(\))?$/;

/** {rule, entity, wordings, start, end}: `entity` is what the question names; it occurs in the passage. */
export function factsOf(passage) {
  const { context, kind } = passage;
  const facts = [];
  const add = (rule, entity, start, end, ...wordings) => {
    const range = trimmed(context, start, end);
    const text = context.slice(range.start, range.end);
    const open = occurrences(text, '(') !== occurrences(text, ')') || occurrences(text, '"') % 2 === 1;
    if (!/[\p{L}\p{N}]/u.test(text) || open || text.length > 220) return;
    // Cut inside a name or an abbreviation.
    if (/\b(?:e|i|e\.g|i\.e|vs|cf|[A-Z])$/.test(text) && context[range.end] === '.') return;
    if (/[.:]/.test(context[range.end]) && /[\w*~`:]/.test(context[range.end + 1] ?? '')) return;
    if (/\b(?:that|the|of|to|and|or|with|than|as|is|are|for|by|then|following|like|an?)$/i.test(text)) return;
    facts.push({ rule, entity, wordings, ...range });
  };
  tables(passage, add);
  if (kind === 'data') values(passage, add);
  else {
    options(passage, add);
    if (!/chang|histor|release|news/i.test(passage.fileName)) items(passage, add);
    if (kind === 'code') commentFacts(passage, add);
    else changeFacts(passage, add);
    proseFacts(passage, add);
  }
  // A question with different answers in two places is dropped.
  const texts = new Map();
  for (const { wordings, start, end } of facts) {
    const text = context.slice(start, end);
    texts.set(wordings[0], texts.has(wordings[0]) && texts.get(wordings[0]) !== text ? undefined : text);
  }
  return facts.filter(({ wordings }) => texts.get(wordings[0]) !== undefined);
}

const ABSENT = /^(?:|-+|–|—|n\/?a|none|null|undefined|yes|no|true|false|✓|✔|✗|x|\.+)$/i;

function tables({ context, blocks }, add) {
  const rows = blocks.filter(({ cells }) => cells?.length > 1 && cells.slice(1).some(({ header }) => header));
  const textOf = ({ start, end }) => context.slice(start, end).replace(/\.$/, '').trim();
  const names = rows.map(({ cells }) => textOf(cells[0]));
  for (const [i, row] of rows.entries()) {
    const name = names[i];
    const first = row.cells[0].header;
    if (!/[A-Za-z]/.test(name) || name.length > 50 || names.filter((n) => n === name).length > 1) continue;
    if (name.includes('; ') || ABSENT.test(name)) continue;
    for (const cell of row.cells.slice(1)) {
      const value = textOf(cell);
      const header = cell.header.trim();
      if (!/^[A-Z]?[A-Za-z][\w ./-]{1,30}$/.test(header) || ABSENT.test(value) || value.length > 180) continue;
      const h = /^[A-Z]{2}/.test(header) ? header : header.toLowerCase();
      const at = [cell.start, cell.start + context.slice(cell.start, cell.end).trimEnd().length];
      if (/^defaults?( values?)?$/.test(h)) {
        const what = `What is the default of ${name}?`;
        const more = [`default of ${name}`, `What does ${name} default to?`, `default value of ${name}`];
        add('table-default', name, ...at, what, ...more, `${name} default`, `Which default does ${name} have?`);
      } else if (/^types?$/.test(h)) {
        const more = [`type of ${name}`, `What type is ${name}?`, `${name} type`, `What is the type of ${name}?`];
        add('table-type', name, ...at, `Which type does ${name} have?`, ...more);
      } else if (
        /^(?:description|descriptions|purpose|meaning|details?|notes?|comments?|explanation|summary)$/.test(h)
      ) {
        const more = [
          `What does ${name} mean?`,
          `${h} of ${name}`,
          `What is said about ${name}?`,
          `What is ${name} for?`,
        ];
        add('table-description', name, ...at, `What does the ${h} of ${name} say?`, ...more, `What is ${name}?`);
      } else {
        const more = [`${h} of ${name}`, `${name} ${h}`, `What does the table give as ${h} of ${name}?`];
        add('table-cell', name, ...at, `What is the ${h} of ${name}?`, ...more, `Which ${h} does ${name} have?`);
      }
      // The other way round: only if exactly one row has the value.
      const f = /^[A-Z]{2}/.test(first) ? first : first.toLowerCase();
      if (!/^[a-z][a-z ]{2,20}$/i.test(f) || value.length > 60 || /\. /.test(value) || value.includes(name)) continue;
      if (occurrences(context, value) > 1) continue;
      const at0 = [row.cells[0].start, row.cells[0].end];
      const verb = /^(?:description|purpose|meaning)$/.test(h) && /^[A-Z][a-z]+s [a-z]/.test(value);
      if (verb)
        add('table-reverse', value, ...at0, `Which ${f} ${lowerFirst(value)}?`, `${f} that ${lowerFirst(value)}`);
      else if (!/^(?:description|purpose|meaning|notes?)$/.test(h)) {
        const more = [`Which ${f} has ${value} as its ${h}?`, `${f} with ${h} ${value}`];
        add('table-reverse', value, ...at0, `Which ${f} has the ${h} ${value}?`, ...more);
      }
    }
  }
}

/** Values of data files by the words of their keys. */
function values({ context, blocks }, add) {
  const seen = new Map();
  const facts = [];
  for (const { kind, path, start, end, value } of blocks) {
    if (kind !== 'value' || value === undefined) continue;
    const key = context.slice(start, value).replace(/: ?$/, '').trim();
    const text = context.slice(value, end).trim();
    const quoted = /^(["']).+\1$/s.test(text) ? 1 : 0;
    if (!/^@?[A-Za-z][\w /@.-]{1,45}$/.test(key) || text.length > 160 || text === '') continue;
    const parent = path.at(-1) ?? '';
    const words = inWords(key);
    const above = /^[A-Za-z][\w -]{2,40}$/.test(parent) ? inWords(parent) : '';
    facts.push({ key, words, above, parent, at: [value + quoted, end - quoted], text });
    seen.set(words, (seen.get(words) ?? 0) + 1);
  }
  for (const { key, words, above, parent, at, text } of facts) {
    const unique = seen.get(words) === 1;
    if (/^(?:dependencies|devDependencies|peerDependencies|optionalDependencies)$/.test(parent) && unique) {
      const kind = { devDependencies: ' for development', peerDependencies: ' as a peer' }[parent] ?? '';
      const more = [`version of ${key}`, `${key} version`, `What is the required version of ${key}?`];
      add('data-dependency', key, ...at, `Which version of ${key} does it depend on${kind}?`, ...more);
    } else if (parent === 'engines') {
      add('data-dependency', key, ...at, `Which version of ${key} is required?`, `required ${key} version`);
    } else if (parent === 'scripts') {
      const more = [`${key} script`, `Which command is run by npm run ${key}?`];
      add('data-script', key, ...at, `What does the script ${key} run?`, ...more);
    } else if (/^(?:url|email|web)$/.test(key) && above) {
      add('data-value', above, ...at, `What is the ${words} of the ${above}?`, `${above} ${words}`);
    } else if (unique && above === '' && /^(?:true|false)$/.test(text)) {
      if (key === 'sideEffects') continue;
      add('data-flag', words, ...at, `What is ${key} set to?`, `value of ${key}`, `Is ${words} on or off?`);
    } else if (unique && words.split(' ').length <= 4 && words.length > 2) {
      const of = above ? ` of ${above}` : '';
      const more = [words, `value of ${key}`, `Which ${words} is given?`, `What is ${key} set to?`, `What is ${key}?`];
      const named = above
        ? [`${above} ${words}`, `What is the ${words} in ${above}?`]
        : [`Which ${words} does it have?`];
      add(above ? 'data-nested' : 'data-value', words, ...at, `What is the ${words}${of}?`, ...more, ...named);
    } else if (!unique && above && facts.filter((f) => f.words === words && f.parent === parent).length === 1) {
      const more = [`${words} of ${parent}`, `${parent} ${words}`];
      add('data-nested', parent, ...at, `What is the ${words} of ${parent}?`, ...more);
    }
  }
}

const OPTION =
  /^[ \t]*((?:-\w,? ?\|? ?)?--[a-z][\w-]+|--[a-z][\w-]+,? ?-\w)(?:[ =](?:<[^>\n]+>|\[[^\]\n]+\]|[A-Z_]{2,})(?:\.\.\.)?)?(?:[ \t]{2,}|\s*[:–—]\s+|\s+-\s+)([A-Z][^\n]{8,200})$/gm;

/** An option on its own line, as in manual pages. */
const ALONE = /^(?:[•○*] +)?(?:-\w,? )?(--?[a-z][\w-]+)(?:[ =][<[\w][^\n ]*)?:?$/;

function options({ context, blocks }, add) {
  for (const [i, { start, end, kind }] of blocks.entries()) {
    const flag = kind === 'code' ? undefined : ALONE.exec(context.slice(start, end))?.[1];
    const next = blocks[i + 1];
    if (!flag || !/^(?:paragraph|listItem)$/.test(next?.kind ?? '')) continue;
    const m = /^(?:\([A-Z/ ]+\) )?([A-Z][^\n]{10,180}?)(?=\.(?:\s|$)|$)/.exec(context.slice(next.start, next.end));
    if (!m || occurrences(context, `${flag}\n`) + occurrences(context, `${flag}:`) > 1) continue;
    const at = next.start + m[0].length - m[1].length;
    const more = [`What is ${flag} for?`, `${flag}`, `What is the effect of ${flag}?`, `meaning of ${flag}`];
    add('option-description', flag, at, at + m[1].length, `What does ${flag} do?`, ...more);
    const does = thirdPerson(m[1]);
    const own = start + context.slice(start, end).indexOf(flag);
    if (does)
      add(
        'option-reverse',
        does,
        own,
        own + flag.length,
        `Which option ${does}?`,
        `Which flag ${does}?`,
        `option that ${does}`,
      );
  }
  const lines = [...context.matchAll(OPTION)];
  for (const line of lines) {
    const flag = /--[a-z][\w-]+/.exec(line[1])[0];
    if (lines.filter(([, other]) => other.includes(flag)).length > 1) continue;
    const after = context.slice(line.index + line[0].length).match(/^\n([ \t]*)(\S?)/);
    const continued = after?.[2] && after[2] !== '-' && after[1].length > 8;
    const start = line.index + line[0].length - line[2].length;
    const preset = /[([]default(?:s to|:| is)? ?"?([^")\]\s][^")\]]*)"?[)\]]/i.exec(line[2]);
    if (preset) {
      const at = start + preset.index + preset[0].lastIndexOf(preset[1]);
      const more = [
        `default of ${flag}`,
        `${flag} default`,
        `What does ${flag} default to?`,
        `default value of ${flag}`,
      ];
      add('option-default', flag, at, at + preset[1].length, `What is the default of ${flag}?`, ...more);
    }
    const text = line[2]
      .replace(/\s*[[(].*$/, '')
      .replace(/\. .*$/, '')
      .replace(/\.$/, '');
    if (continued || text.length < 10) continue;
    const more = [`What is ${flag} for?`, `${flag}`, `What is the effect of ${flag}?`, `meaning of ${flag}`];
    add('option-description', flag, start, start + text.length, `What does ${flag} do?`, ...more);
    if (text.length > 80 || text.split(' ').length < 3) continue;
    const verb = lowerFirst(text);
    const from = line.index + line[0].indexOf(flag);
    // "Enables X" answers "Which option enables X?", "Enable X" "Which option do I need to enable X?".
    if (/^[a-z]+[^s]s /.test(verb))
      add('option-reverse', text, from, from + flag.length, `Which option ${verb}?`, `option that ${verb}`);
    else if (
      /^(?:set|show|print|use|enable|disable|do|run|skip|allow|specify|force|list|add|remove|write|read|output|ignore|display|include|exclude|create|turn|report|only|keep|check|exit|install|generate|make|load)\b/.test(
        verb,
      )
    ) {
      if (/^only/.test(verb)) continue;
      const to = verb.replace(/^do not/, 'not');
      const asked = [
        `Which option do I need to ${to}?`,
        `Which flag is used to ${to}?`,
        `option to ${to}`,
        `How do I ${verb.replace(/^do not/, 'not')}?`,
      ];
      add('option-reverse', text, from, from + flag.length, ...asked.slice(0, to === verb ? 4 : 3));
    }
  }
}

/** "timeout (number, default: 30): how long ..." and the like. */
function items({ context, blocks }, add) {
  const names = new Map();
  const found = [];
  for (const { kind, start, end } of blocks) {
    if (kind !== 'listItem') continue;
    const text = context.slice(start, end);
    const m = /^([\w.$@/-]{2,40}(?:\(\))?)\??(?:(?: \(| ?[{<])([^(){}<>\n]{2,60})[)}>])?/.exec(text);
    if (!m || !NAME.test(m[1]) || /^\d/.test(m[1])) continue;
    // Names look like code, or are followed by something typical of names.
    const code = /[a-z][A-Z]|[_$]|\(\)$|^--|\.\w/.test(m[1]);
    names.set(m[1], (names.get(m[1]) ?? 0) + 1);
    found.push({ name: m[1], aside: m[2], text, start, code, length: m[0].length });
  }
  for (const { name, aside, text, start, code, length } of found) {
    if (names.get(name) > 1) continue;
    const preset = [
      ...text.matchAll(
        /\b[Dd]efault(?:s to|s?:| is| value is| value:)\s*("[^"]+"|'[^']+'|[\w.$/+-]*\w(?:\(\))?(?: (?:ms|seconds|minutes|MB|KB|bytes)\b)?)/g,
      ),
    ];
    if (
      preset.length === 1 &&
      (code || aside || /[:–—-]/.test(text[length] ?? '') || /^[a-z]/.test(name)) &&
      !/^(?:The|When|If|This|All|Fix|Add|By)$/i.test(name)
    ) {
      const at = start + preset[0].index + preset[0][0].length - preset[0][1].length;
      const value = preset[0][1];
      if (
        /^(?:[.,;:)\n]|$| \()/.test(context.slice(at + value.length, at + value.length + 2)) &&
        !/^(?:the|a|an|to|for|of|in|behavior|value|it|this|is|not|all|and|when|if)$/.test(value)
      ) {
        const more = [
          `default of ${name}`,
          `${name} default`,
          `What does ${name} default to?`,
          `${name} default value`,
        ];
        add(
          'item-default',
          name,
          at,
          at + value.length,
          `What is the default of ${name}?`,
          ...more,
          `What is the default value of ${name}?`,
        );
      }
    }
    const type =
      /^\{?((?:string|number|boolean|object|array|function|integer|bool|int|str|float|buffer|promise|regexp|date)\b[\w |<>[\]]*)/i.exec(
        aside ?? '',
      );
    if (type) {
      const at = start + text.indexOf(aside) + aside.indexOf(type[1]);
      add(
        'item-type',
        name,
        at,
        at + type[1].trimEnd().length,
        `What type is ${name}?`,
        `type of ${name}`,
        `Which type does ${name} have?`,
      );
    }
    const said = /^\s*(?:[:–—]|-(?= ))\s*(.{12,200}?)(?=\.(?:\s|$)|$)/s.exec(text.slice(length));
    const description = said?.[1];
    if (
      !description ||
      !(code || (aside && /^[a-z]/.test(name))) ||
      /^(?:default|https?:|see )/i.test(description) ||
      /\n| — |^optional,/.test(description)
    )
      continue;
    if (description.split(' ').length < 3) continue;
    const at = start + length + said[0].length - description.length;
    const asks = name.endsWith('()') ? [`What does ${name} do?`] : [`What is ${name}?`, `What is ${name} for?`];
    const does = thirdPerson(description[0].toUpperCase() + description.slice(1));
    if (does && !does.includes(name))
      add('item-reverse', does, start, start + name.length, `What ${does}?`, `Which one ${does}?`, `what ${does}`);
    add(
      'item-description',
      name,
      at,
      at + description.length,
      ...asks,
      `meaning of ${name}`,
      name,
      `What does ${name} mean?`,
    );
  }
}
