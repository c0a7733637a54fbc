// Selects generated questions and their wording, and adds questions that a passage does not answer.

const PER_RULE = 6000;
const PER_PASSAGE = 6;
/** Rules for which one kind of file would yield many similar questions. */
const FEWER = {
  'data-script': 500,
  'data-nested': 1300,
  'data-value': 1700,
  'doc-reverse': 2500,
  'data-dependency': 800,
  'copyright-year': 120,
  'copyright-holder': 120,
};
/** How often the same question may be asked: "license". */
const PER_QUESTION = 40;
/** Fraction of questions without an answer. */
const IMPOSSIBLE = 0.25;

/** As people type: mostly a sentence, sometimes without question mark or capitals. */
function styled(question, random) {
  const chance = random.next();
  if (chance < 0.1) return question.replace(/\?$/, '');
  if (chance < 0.2) return question[0].toLowerCase() + question.slice(1).replace(/\?$/, '');
  if (chance < 0.24) return question.toLowerCase();
  return question;
}

/** The first wording, a sentence, is used more often than the others. */
const worded = (wordings, random) => styled(random.next() < 0.3 ? wordings[0] : random.pick(wordings), random);

function shuffled(list, random) {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

/** Questions about things that a passage may or may not mention: asked only if none of their words occurs. */
const GENERAL = [
  [
    'license',
    /licen[cs]|copyright|public domain|\bMIT\b|\bBSD\b|Apache/i,
    ['Under which license is it released?', 'What license does it have?', 'license'],
  ],
  [
    'author',
    /author|written|created|maintain|\bby [A-Z]|@|copyright/i,
    ['Who is the author?', 'Who maintains it?', 'Who wrote it?', 'author'],
  ],
  [
    'copyright',
    /copyright|\(c\)|©/i,
    ['Who holds the copyright?', 'Which year is the copyright from?', 'copyright holder'],
  ],
  [
    'timeout',
    /time.?out|seconds|\bms\b|milliseconds|minutes|wait/i,
    ['What is the default timeout?', 'timeout', 'How long is the timeout?'],
  ],
  ['port', /\bport|:\d{2,5}\b/i, ['What is the default port?', 'Which port does it listen on?', 'port number']],
  [
    'install',
    /install|npm |yarn|pip |cargo |go get|brew/i,
    ['How do I install it?', 'Which command installs it?', 'installation command'],
  ],
  [
    'node',
    /node|engine|npm/i,
    ['Which version of Node.js is required?', 'minimum node version', 'What version of Node do I need?'],
  ],
  ['python', /python|pip\b/i, ['Which version of Python is required?', 'minimum python version']],
  [
    'contact',
    /@|mail|contact|report|issues?\b/i,
    ['Where should I report a bug?', 'What is the contact address?', 'Who can I contact about security issues?'],
  ],
  [
    'homepage',
    /http|www\.|home ?page|website|\burl\b/i,
    ['What is the homepage?', 'What is the address of the website?', 'homepage url'],
  ],
  [
    'release',
    /\d{4}-\d\d|\b(?:19|20)\d\d\b|release|date/i,
    ['When was it released?', 'release date', 'When was the last release?'],
  ],
  [
    'memory',
    /memory|\b[KMG]i?B\b|bytes|heap|buffer/i,
    ['How much memory does it need?', 'memory usage', 'What is the memory limit?'],
  ],
  [
    'encoding',
    /encod|utf|charset|unicode|ascii/i,
    ['What is the default encoding?', 'Which encoding is used?', 'encoding'],
  ],
  [
    'environment',
    /[A-Z]+_[A-Z]+|environment|\benv\b|variable/i,
    ['Which environment variable sets this?', 'environment variable', 'Which environment variables are read?'],
  ],
  [
    'config',
    /config|\brc\b|settings?|\.json|\.ya?ml|\.toml/i,
    ['What is the name of the configuration file?', 'Where is the configuration file?', 'config file name'],
  ],
];

/** Things that are named, but without the requested property: its word does not occur in the passage. */
const LACKING = {
  default: [
    /default|\binitial|fallback|= ?\S/i,
    (name) => [
      `What is the default of ${name}?`,
      `default of ${name}`,
      `What does ${name} default to?`,
      `${name} default value`,
    ],
  ],
  type: [
    /\btype|string|number|boolean|object|array|function|integer|\bint\b|\{\w+\}|<\w/i,
    (name) => [`Which type does ${name} have?`, `type of ${name}`, `What type is ${name}?`],
  ],
  since: [
    /since|version|added|\bv?\d+\.\d+/i,
    (name) => [`Since which version is there ${name}?`, `When was ${name} added?`, `${name} since version`],
  ],
  throws: [
    /throw|raise|error|exception|fail|reject|panic/i,
    (name) => [`When does ${name} throw?`, `Which exception is raised by ${name}?`, `${name} errors`],
  ],
  deprecated: [
    /deprecat|instead|replac|obsolete|removed/i,
    (name) => [`What should be used instead of ${name}?`, `replacement for ${name}`],
  ],
};
const LACKING_OF = /^(?:option-description|item-description|doc-purpose|doc-returns|table-description)$/;

/** Facts specific to their document, which can be asked about other passages. */
const MOVABLE =
  /^(?:table-(?:default|type|description|cell)|data-|option-|item-|doc-|change-|definition|requires|quantity|value|stands-for|install|aim|condition|variable)/;

/** Gives each passage `qas`. @returns rule of every question */
export function chooseQuestions(data, random) {
  const passages = data.flatMap((document) => document.passages.map((passage) => ({ passage, document })));
  const frequency = new Map();
  for (const { passage } of passages) {
    for (const { rule } of passage.facts) frequency.set(rule, (frequency.get(rule) ?? 0) + 1);
  }
  const used = new Map();
  const rules = [];
  let id = 0;
  const asked = new Map();
  const put = (passage, label, question, answer) => {
    const key = `${!answer} ${question.toLowerCase().replace(/\?$/, '')}`;
    const times = asked.get(key) ?? 0;
    if (times >= PER_QUESTION) return false;
    if (passage.qas.some((known) => known.question.toLowerCase() === question.toLowerCase())) return false;
    if (answer && passage.context.slice(answer.answer_start, answer.answer_start + answer.text.length) !== answer.text)
      throw new Error(`not the passage's text: ${answer.text}`);
    const answers = answer ? [answer] : [];
    passage.qas.push({ id: `doc-${++id}`, question, answers, is_impossible: !answer, label });
    rules.push(label);
    asked.set(key, times + 1);
    return true;
  };

  let answerable = 0;
  for (const { passage } of shuffled(passages, random)) {
    passage.qas = [];
    // Rare rules come first, and none gets more than two questions of a passage before the others had theirs.
    const turns = new Map();
    const facts = shuffled(passage.facts, random).map((fact) => {
      const turn = turns.get(fact.rule) ?? 0;
      turns.set(fact.rule, turn + 1);
      return { fact, weight: Math.log(frequency.get(fact.rule)) + 4 * Math.floor(turn / 2) };
    });
    facts.sort((a, b) => a.weight - b.weight);
    const most = PER_PASSAGE - 1 - random.below(2);
    for (const { fact } of facts) {
      if (passage.qas.length >= most) break;
      const { rule, start, end, wordings } = fact;
      const already = used.get(rule) ?? 0;
      if (already >= (FEWER[rule] ?? PER_RULE)) continue;
      const question = worded(wordings, random);
      const text = passage.context.slice(start, end);
      // A question that contains its answer teaches nothing.
      if (question.toLowerCase().includes(text.toLowerCase())) continue;
      if (!put(passage, `template:${rule}`, question, { text, answer_start: start })) continue;
      used.set(rule, already + 1);
      answerable++;
    }
  }
  addImpossible(data, passages, (answerable * IMPOSSIBLE) / (1 - IMPOSSIBLE), put, random);
  return rules;
}

function addImpossible(data, passages, wanted, put, random) {
  const movable = new Map(
    data.map((d) => [d, d.passages.flatMap((p) => p.facts).filter(({ rule }) => MOVABLE.test(rule))]),
  );
  const byKind = new Map();
  for (const [{ kind }, facts] of movable) {
    if (!byKind.has(kind)) byKind.set(kind, []);
    byKind.get(kind).push(...facts);
  }
  const wordsIn = (text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu));
  let made = 0;
  const lacking = new Map();
  const kinds = [
    ['other-here', 0.4, ({ document }) => random.pick(movable.get(document))],
    ['other-there', 0.3, ({ document }) => random.pick(byKind.get(document.kind) ?? [])],
    ['lacking', 0.18],
    ['general', 0.12],
  ];
  for (const [name, share, find] of kinds) {
    let left = Math.round(wanted * share);
    for (const place of shuffled(passages, random)) {
      if (left <= 0) break;
      const { passage } = place;
      const { context } = passage;
      if (passage.qas.length >= PER_PASSAGE) continue;
      let question;
      let rule = name;
      if (find) {
        for (let attempt = 0; attempt < 6 && !question; attempt++) {
          const fact = find(place);
          if (!fact || passage.facts.includes(fact)) continue;
          const seen = wordsIn(context);
          const key = [...wordsIn(fact.entity)];
          const standing = key.filter((word) => seen.has(word)).length;
          // It must not be named here; most of several words must be missing.
          if (context.toLowerCase().includes(fact.entity.toLowerCase()) || key.length === 0) continue;
          if (standing > (key.length > 1 ? key.length / 2 : 0)) continue;
          question = worded(fact.wordings, random);
          rule = `${name}-${fact.rule.split('-')[0]}`;
        }
      } else if (name === 'lacking') {
        const facts = passage.facts.filter((fact) => LACKING_OF.test(fact.rule));
        const open = Object.entries(LACKING).filter(([, [pattern]]) => !pattern.test(context));
        if (facts.length === 0 || open.length === 0) continue;
        const [what, [, ask]] = random.pick(open);
        const times = lacking.get(what) ?? 0;
        if (times >= wanted / 16) continue;
        lacking.set(what, times + 1);
        question = worded(ask(random.pick(facts).entity), random);
        rule = `lacking-${what}`;
      } else {
        const open = GENERAL.filter(([, pattern]) => !pattern.test(context));
        if (open.length === 0) continue;
        const [what, , wordings] = random.pick(open);
        question = worded(wordings, random);
        rule = `general-${what}`;
      }
      if (question && put(passage, `template-none:${rule}`, question)) {
        left--;
        made++;
      }
    }
  }
  return made;
}
