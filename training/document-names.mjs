// Rules for sentences with numbers and names: quantities, people, addresses, licences, commands.

export const PRONOUN =
  /^(?:It|This|That|These|Those|There|Here|What|Which|Who|He|She|They|We|You|I|One|Note|If|When|Where|How|Why|All|Each|Any|Some|Its|Their|Such|Both|None|Another|Otherwise|However|Also|Then|Now|But|And|Or|So|Below|Above|Everything|Nothing|Please|See|Whether|Our|My|Your|Plugins whose|For|In|On|By|As|At|To|Since|Because|While|Default|Example|Returns?|The (?:following|above|below|first|second|third|last|next|same|other|result|reason|problem|latter|former|idea|goal|purpose|only|default|main|rest|output|value|example))\b/;

export const lower = (text) => (/^(?:[A-Z][a-z]|A )/.test(text) ? text[0].toLowerCase() + text.slice(1) : text);

export function quantity(context, { text, at }, add) {
  const m =
    /\b(up to|at most|no more than|a maximum of|maximum of|at least|a minimum of|minimum of) (\d[\d,.]*\d|\d) ((?:[a-z]+ )?[a-z]{3,}s)\b/.exec(
      text,
    );
  if (
    m &&
    !/^(?:is|has|was|times|for|this|of|the|to|in|such|these|those|as)\b/.test(m[3]) &&
    context.split(m[3]).length === 2
  ) {
    const start = at + m.index + m[1].length + 1;
    const bound = /least|minimum/.test(m[1]) ? 'minimum' : 'maximum';
    const most = bound === 'minimum' ? 'at least' : 'at most';
    add(
      'quantity',
      m[3],
      start,
      start + m[2].length,
      `How many ${m[3]} ${most}?`,
      `What is the ${bound} number of ${m[3]}?`,
      `${bound} ${m[3]}`,
      `how many ${m[3]}`,
    );
  }
  const d =
    /^(The (?:default )?[\w -]{4,40}?) (?:is|defaults to|is set to) (\d[\d.,]*(?: ?(?:ms|milliseconds|seconds|minutes|hours|days|bytes|KB|MB|KiB|MiB|GB|characters|entries|items|%))?)(?=[.;, ]|$)/.exec(
      text,
    );
  if (
    d &&
    !/\b(?:this|it|that|first|second)\b/i.test(d[1]) &&
    /(?:limit|timeout|size|length|number|maximum|minimum|count|width|depth|interval|delay|port|age|version|level|period|duration|threshold|capacity|range) ?/.test(
      d[1],
    )
  ) {
    const what = lower(d[1]);
    const start = at + d.index + d[0].length - d[2].length;
    add(
      'value',
      what.slice(4),
      start,
      start + d[2].length,
      `What is ${what}?`,
      what.slice(4),
      `How much is ${what}?`,
      `value of ${what}`,
    );
  }
  const p =
    /^((?:The )?[\w-]+(?:\.\w+)*(?: [\w-]+){0,3}?) defaults to ([^.,;()]{1,60}?)(?=[.,;(]|$| (?:if|when|and|but|unless|which)\b)/.exec(
      text,
    );
  if (p && !PRONOUN.test(p[1]) && !/^(?:Fix|Fixing|Add|Change|Update|Remove|Ensure|More|Set)\b/.test(p[1])) {
    const start = at + p[0].length - p[2].length;
    if (/\b(?:or|and)\b/.test(p[1])) return;
    const what = lower(p[1]);
    add(
      'value',
      what.replace(/^the /, ''),
      start,
      start + p[2].length,
      `What does ${what} default to?`,
      `What is the default of ${what}?`,
      `default of ${what.replace(/^the /, '')}`,
    );
  }
}

const PERSON = "([A-Z][\\w'’-]+(?: (?:[A-Z][\\w'’-]+|[A-Z]\\.|van|von|de|der)){1,4})";
const BY = {
  created: ['Who created it?', 'Who is the creator?', 'created by whom'],
  maintained: ['Who maintains it?', 'Who is the maintainer?', 'maintained by', 'Who looks after it?'],
  developed: ['Who developed it?', 'Who are the developers?', 'developed by'],
  written: ['Who wrote it?', 'Who is the author?', 'written by'],
  designed: ['Who designed it?', 'designed by'],
  sponsored: ['Who sponsors it?', 'sponsored by', 'Who is the sponsor?'],
  inspired: ['What was it inspired by?', 'inspired by', 'What inspired it?'],
  invented: ['Who invented it?', 'inventor'],
};

export function named({ text, at }, add) {
  const m = new RegExp(`\\b(${Object.keys(BY).join('|')}) by ${PERSON}`).exec(text);
  if (m && !/^(?:The|This|A|An|Default|Using|If|Its)\b|\.$/.test(m[2])) {
    const start = at + m.index + m[0].length - m[2].length;
    if (!m[2].endsWith("'s"))
      add(m[1] === 'inspired' ? 'inspired' : 'made-by', m[1], start, start + m[2].length, ...BY[m[1]]);
  }
  const n = /\bwas named after ([^.;,()]{4,80})/.exec(text);
  if (n)
    add(
      'named-after',
      'named after',
      at + n.index + 16,
      at + n.index + n[0].length,
      'What is it named after?',
      'named after',
      'Where does the name come from?',
    );
  const s =
    /\b(?:[Rr]eport|[Ff]ile|[Ss]ubmit) (?:an? |all |any )?(?:security )?(bugs?|issues?|vulnerabilit(?:y|ies)|problems?)\b[^.;]{0,40}? (?:at|to|on) <?([^\s,;<>]+[\w/])/.exec(
      text,
    );
  if (s && /[@/]|^GitHub/.test(s[2])) {
    const start = at + s.index + s[0].length - s[2].length;
    add(
      'report',
      s[1],
      start,
      start + s[2].length,
      `Where should I report ${s[1].replace(/^(?:bug|issue|problem)$/, 'a $&').replace(/^a issue/, 'an issue')}?`,
      `where to report ${s[1]}`,
      `Where do ${s[1].replace(/y$/, 'ies').replace(/([^s])$/, '$1s')} go?`,
    );
  }
  const e =
    /^(?:The )?`?([A-Z][A-Z\d]*_[A-Z\d_]+)`? (?:environment )?variable (?:can be used to |is used to )?((?!(?:can|will|is|was|must|may|has|no|and|or|if|when|to|in|with|for)\b)[a-z]+(?:[^.;,]|\.(?=\w)){10,100})(?=[.;,]|$)/.exec(
      text,
    );
  if (e) {
    const start = at + text.indexOf(e[1]);
    const used = /can be used to|is used to/.test(text);
    add(
      'variable',
      e[2],
      start,
      start + e[1].length,
      used ? `Which environment variable is used to ${e[2]}?` : `Which environment variable ${e[2]}?`,
      `environment variable ${used ? 'to' : 'that'} ${e[2]}`,
    );
  }
  const a = /((?:[A-Z][a-z]+[ -]){1,5}[A-Z][a-z]+) \(([A-Z]{3,6})s?\)/.exec(text);
  if (a) {
    // As many words before it as it has letters.
    const words = a[1].split(/[ -]/).slice(-a[2].length);
    if (words.map((w) => w[0]).join('') === a[2]) {
      const full = a[1].slice(a[1].indexOf(words[0]));
      const start = at + a.index + a[1].length - full.length;
      add(
        'stands-for',
        a[2],
        start,
        start + full.length,
        `What does ${a[2]} stand for?`,
        `${a[2]} stands for`,
        `${a[2]} abbreviation`,
        `What is ${a[2]} short for?`,
      );
    }
  }
}

export function licensed({ text, at }, add) {
  const m =
    /\b(?:licensed|released|distributed|available|published|covered) under (?:the terms of )?(?:the |an? )?((?:MIT|ISC|BSD|Apache|BSD-[23]-Clause|[23]-clause BSD|Apache-2\.0|Apache License|Boost|Unlicense|CC0|PSF|Python Software Foundation|zlib)(?:[ ,]*(?:Software )?(?:License|licence|license|[Vv]ersion|v?2\.0))*)/.exec(
      text,
    );
  if (!m) return;
  const name = m[1].replace(/ (?:license|licence|License)$/, '');
  const start = at + m.index + m[0].length - m[1].length;
  add(
    'licensed',
    'license',
    start,
    start + name.length,
    'Under which license is it released?',
    'license',
    'What license does it have?',
    'Which licence applies?',
    'How is it licensed?',
  );
}

export function copyright({ text, at }, add) {
  const m =
    /\bCopyright (?:\([cC]\)|©)?,? ?((?:\d{4}(?: ?[-–,] ?(?:\d{4}|present))*)),? (?:by )?([A-Z][^<>()\n,;]{3,60}?)(?=[<(.,;]|\s*$| and (?:other )?contributors| All rights)/.exec(
      text,
    );
  if (!m || /[Rr]ights|^\d/.test(m[2]) || m[1].length > 25) return;
  const start = at + m.index + m[0].length - m[2].length;
  add(
    'copyright-holder',
    'copyright',
    start,
    start + m[2].length,
    'Who holds the copyright?',
    'copyright holder',
    'Who is the copyright owner?',
    'Whose copyright is it?',
  );
  const year = at + m.index + m[0].indexOf(m[1]);
  add(
    'copyright-year',
    'copyright',
    year,
    year + m[1].length,
    'Which year is the copyright from?',
    'copyright year',
    'What is the year of the copyright?',
  );
}

export function install(context, { start, end }, add) {
  const text = context.slice(start, end);
  const lines = [
    ...text.matchAll(
      /^(?:[$>#] ?)?((?:npm (?:install|i)|yarn add|pnpm (?:add|install)|pip3? install|cargo (?:add|install)|go get|go install|brew install|apt(?:-get)? install)(?: -[\w-]+)* ([\w@./-]+)[^\n#]*)$/gm,
    ),
  ];
  for (const m of lines) {
    const command = m[1].trimEnd();
    const tool = command.split(' ')[0];
    const from = start + m.index + m[0].indexOf(m[1]);
    const about = m[2].replace(/@[\w.^~-]+$/, '');
    if (!/[a-z]/.test(about) || about.startsWith('.') || context.split(command).length > 2) continue;
    const others =
      lines.length === 1
        ? [
            `How do I install ${about}?`,
            `install ${about}`,
            `Which command installs ${about}?`,
            `How to install ${about}?`,
          ]
        : [];
    add(
      'install',
      about,
      from,
      from + command.length,
      ...others,
      `How do I install ${about} with ${tool}?`,
      `${tool} command to install ${about}`,
    );
  }
}
