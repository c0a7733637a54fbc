// Rules for sentences: definitions, duties, requirements, conditions, aims.
import { copyright, install, licensed, lower, named, PRONOUN, quantity } from './document-names.mjs';

const WEAK = /\b(?:it|its|this|that|these|those|they|them|above|below|following|here|he|she)\b/i;

/** Sentences of a block with their places. */
function sentencesOf(context, { start, end }) {
  const sentences = [];
  const text = context.slice(start, end);
  const pattern = /[^\n]+?(?:[.!?](?=\s+[A-Z"'`(]|\s*$)|\n\n|$)/gm;
  for (const m of text.matchAll(pattern)) {
    const lead = m[0].length - m[0].trimStart().length;
    sentences.push({ text: m[0].trim(), at: start + m.index + lead });
  }
  return sentences;
}

const RUNTIMES =
  'Node(?:\\.js|JS)?|Python|Java|JDK|Go|Ruby|Rust|TypeScript|npm|GCC|CMake|Linux|macOS|Windows|Docker|OpenSSL|PHP|Perl|React|Vue|Angular|PostgreSQL|MySQL|Redis|Electron|webpack|ESLint|Clang|Deno|Bun|yarn|pnpm|Git|NumPy|Django|Flask|rustc';
const VERSION = '(?:>=?|\\^|~|v)? ?v?\\d+(?:\\.[\\dx]+)*(?:\\+| ?(?:or|and) (?:newer|later|higher|above|greater|up))?';
const REQUIRES = [
  new RegExp(`\\b[Rr]equires?(?: at least)? (${RUNTIMES}) (?:versions? )?(${VERSION})`),
  new RegExp(`\\b(${RUNTIMES}) (?:versions? )?(${VERSION}) (?:is|are) (?:now )?required`),
  new RegExp(
    `^(${RUNTIMES}) (?:versions? )?((?:>=?|\\^) ?v?\\d[\\d.]*|v?\\d[\\d.]* ?(?:\\+|or (?:newer|later|higher|above|greater)))`,
  ),
];

export function proseFacts({ context, blocks, kind }, add) {
  const once = (context.match(/\bCopyright\b.{0,8}\d{4}/g) ?? []).length === 1;
  for (const block of blocks) {
    if (block.kind === 'code') {
      install(context, block, add);
      continue;
    }
    if (!/^(?:paragraph|listItem|comment|logLine)$/.test(block.kind)) continue;
    for (const sentence of sentencesOf(context, block)) {
      if (once) copyright(sentence, add);
      if (sentence.text.length > 420) continue;
      definition(sentence, add);
      duty(sentence, add);
      requirement(sentence, add);
      condition(sentence, add);
      aim(sentence, add);
      quantity(context, sentence, add);
      named(sentence, add);
      if (kind !== 'licence') licensed(sentence, add);
    }
  }
}

function definition({ text, at }, add) {
  const m =
    /^((?:The |An? )?[A-Za-z@`'"][\w.+#@/'` -]{1,40}?) (is|are) ((?:an?|the|one of) (?:[^.;:()]|\.(?=\w)){15,170})(?=[.;:(]|$)/.exec(
      text,
    );
  if (
    !m ||
    PRONOUN.test(m[1]) ||
    /\b(?:not|it|this|that|if|when|there|which|who|whose|what|and|below|above|about)\b/i.test(m[1])
  )
    return;
  const subject = m[1].replace(/^(?:The|An?) /, (article) => article.toLowerCase());
  const bare = m[1].replace(/^(?:The|An?) /, '');
  if (
    bare.split(' ').length > 4 ||
    /^the (?:same|default|only|case|result|reason|following|current|latest|preferred)\b/.test(m[3])
  )
    return;
  // A lower-case subject without an article is the rest of something.
  if (!/^[A-Z]/.test(m[1]) && !/[._\d@/]|[a-z][A-Z]/.test(m[1])) return;
  const start = at + m[0].length - m[3].length;
  const more = [`What is meant by ${bare}?`, `definition of ${bare}`, `${bare} meaning`, `How is ${bare} described?`];
  add('definition', bare, start, start + m[3].length, `What ${m[2]} ${subject}?`, `what ${m[2]} ${bare}`, ...more);
}

function duty({ text, at }, add) {
  const m =
    /^((?:The|Each|Every|An?|All|Any|You|Users?|Contributors|Applications?|Clients?|Servers?|Callers?|Implementations?|Developers|Programs?|Packages|Plugins|Functions|Values|Names)(?: [\w'-]+){0,5}) (must|shall|MUST|SHALL|should|SHOULD) (not |NOT )?((?:be )?)(?!be )((?:[^.;:]|[.:](?=\w)){10,150})(?=[.;:]|$)/.exec(
      text,
    );
  if (!m || WEAK.test(m[1]) || /^(?:be )?(?:it|this|that)\b/.test(m[5])) return;
  const [, subject, modal, not = '', be, rest] = m;
  if (/\b(?:must|should|shall|may|can|if|when|is|are|that|which)\b/.test(subject) || /&\w+/.test(rest)) return;
  // "The value must ..." is not specific enough to ask.
  if (/^(?:You|The (?:value|function|result|code|name|method|type|string|object|file|argument)s?)$/.test(subject))
    return;
  if (/^(?:look like|be like|see|read|note|no longer|now|also|only|have been|still|first|always|never)\b/.test(rest))
    return;
  const who = /^(?:You)\b/.test(subject) ? 'you' : lower(subject);
  const word = modal.toLowerCase();
  const start = at + m[0].length - rest.length;
  const no = not ? 'not ' : '';
  const wordings = be
    ? [`What ${word} ${who} ${no}be?`, `${who} ${word} ${no}be what?`, `what is required of ${who}`]
    : [`What ${word} ${who} ${no}do?`, `${who} ${word} ${no}do what?`, `what ${who} ${word} ${no}do`];
  if (be && not) wordings.pop();
  add('duty', subject.replace(/^(?:The|An?|Each|Every|All|Any) /, ''), start, start + rest.length, ...wordings);
}

function requirement({ text, at }, add) {
  for (const pattern of REQUIRES) {
    const m = pattern.exec(text);
    if (!m) continue;
    if (/^ ?(?:or|and|,|<) ?[\d<^~v]/.test(text.slice(m.index + m[0].length))) return;
    const start = at + m.index + m[0].lastIndexOf(m[2]);
    const more = [`minimum ${m[1]} version`, `required ${m[1]} version`, `What version of ${m[1]} do I need?`];
    add(
      'requires',
      m[1],
      start,
      start + m[2].length,
      `Which version of ${m[1]} is required?`,
      ...more,
      `Which ${m[1]} version does it need?`,
    );
    return;
  }
}

function condition({ text, at }, add) {
  const m =
    /^(If|When|Whenever) ((?:the|an?|no|any|you|your|set to|passed|given|using|called|[\w.]+ (?:is|are|has|returns|does))\b(?:[^,.;:]|[.:](?=\w)){8,100}), (?:then )?((?:[^.;:]|[.:](?=\w)){12,170})(?=[.;:]|$)/.exec(
      text,
    );
  if (!m || /\b(?:it|this|that|these|they|above|below|following)\b/.test(m[2])) return;
  const start = at + m[0].length - m[3].length;
  const when = `${m[1] === 'If' ? 'if' : 'when'} ${m[2]}`;
  if (
    /^(?:the|an?|all|any|no|its|only|an error|nothing|[A-Z]\w+ (?:will|is|does)|it (?:will|is|returns|has|defaults|must|uses)|they) /.test(
      m[3],
    )
  ) {
    // A list or an example follows: that is the answer, not this.
    if (text[m[0].length] === ':' || m[3].endsWith(' following')) return;
    const more = [`what happens ${when}`, `effect ${when}`, `What is the consequence ${when}?`];
    add('condition', m[2], start, start + m[3].length, `What happens ${when}?`, ...more);
  } else if (
    /^(?:please |you (?:can|must|should|may|need to|have to) (?!no |not |find |see |also )|use |set |run |add |try |make sure|call |install |check |consider )/.test(
      m[3],
    )
  ) {
    const asked = /\b(?:you|your)\b/.test(when)
      ? when
          .replace(/\byour\b/g, 'my')
          .replace(/\byou're\b/g, 'I am')
          .replace(/\byou are\b/g, 'I am')
          .replace(/\byou\b/g, 'I')
      : when;
    add(
      'advice',
      m[2],
      start,
      start + m[3].length,
      `What should I do ${asked}?`,
      `What to do ${asked}?`,
      `what do i do ${asked}`,
    );
  }
}

function aim({ text, at }, add) {
  const m =
    /^To ([a-z][\w'-]+ (?:[^,.;:]|[.:](?=\w)){6,80}), (?:you (?:can|should|must|may|need to|have to) |simply |just |please |first )?((use|run|call|set|add|pass|install|enable|create|invoke|specify|open|type|do|execute|provide|import|write) ((?:[^.;:]|[.:](?=\w)){4,130}))(?=[.;:]|$)/.exec(
      text,
    );
  if (
    !m ||
    /\b(?:this|that|it|these|do so|above|below)\b/.test(m[1]) ||
    /^(?:the following|following|something|this|it)\b/.test(m[4])
  )
    return;
  const start = at + m.index + m[0].length - m[2].length;
  const what = m[1].replace(/\byour\b/g, 'my');
  if (m[3] !== 'do') {
    // Only if the following words show that the name ends there.
    const object =
      /^(?:(?:the |an? )?[\w.$()-]+ (?:option|flag|method|function|command|property|setting|parameter|attribute|argument|key|module|class|constructor|decorator|hook|plugin|header|variable|package)\b|(?!the |an? )[\w.$()-]+(?= (?:to|in|with|as|for|from|on|or|by|if|instead|when)\b|$))/.exec(
        m[4],
      )?.[0] ?? '';
    const from = start + m[2].length - m[4].length;
    if (
      object.length > 3 &&
      !/^the (?:environment )?\w+$/.test(object) &&
      /^(?:use|call|set|run|pass|enable|install)$/.test(m[3]) &&
      object.length < m[4].length
    )
      add(
        'aim-what',
        m[1],
        from,
        from + object.length,
        `What do I ${m[3]} to ${what}?`,
        `What should be ${{ use: 'used', call: 'called', set: 'set', run: 'run', pass: 'passed', enable: 'enabled', install: 'installed' }[m[3]]} to ${what}?`,
      );
  }
  add(
    'aim',
    m[1],
    start,
    start + m[2].length,
    `How do I ${what}?`,
    `How to ${what}?`,
    `how can I ${what}`,
    `How can one ${m[1]}?`,
  );
}
