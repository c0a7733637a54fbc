// Rules for doc comments and for change logs.

const occurrences = (text, part) => text.split(part).length - 1;

const VERBS =
  /^(?:Add|Append|Apply|Attach|Build|Calculate|Call|Check|Clear|Close|Compare|Compute|Convert|Copy|Create|Decode|Delete|Determine|Emit|Encode|Execute|Extract|Fetch|Find|Format|Generate|Get|Handle|Initialize|Insert|Invoke|Iterate|Join|List|Load|Log|Make|Map|Merge|Open|Parse|Perform|Prepare|Print|Process|Read|Register|Remove|Render|Replace|Reset|Resolve|Retrieve|Run|Save|Search|Send|Serialize|Set|Sort|Split|Start|Stop|Store|Test|Transform|Update|Validate|Verify|Wrap|Write|[A-Z][a-z]{2,}(?:[^su\W]s|sses|shes|ches)) (?:a|an|the|all|any|each|whether|if|new|one|every) |^(?:Add|Build|Calculate|Check|Compute|Convert|Copy|Create|Decode|Encode|Find|Format|Generate|Load|Open|Parse|Print|Read|Remove|Run|Send|Store|Write) [a-z]+s? /;

/** "Generate a hash" or "Generates a hash" → "generates a hash", to ask what does it; undefined: not such a phrase. */
export function thirdPerson(text) {
  const [, verb, rest] = /^([A-Z][a-z]{2,})( .+)$/s.exec(text) ?? [];
  const imperative =
    /^(?:Set|Show|Print|Use|Enable|Disable|Run|Skip|Allow|Specify|Force|List|Add|Remove|Write|Read|Output|Ignore|Display|Include|Exclude|Create|Turn|Report|Keep|Check|Install|Generate|Make|Load|Get|Find|Compute|Calculate|Convert|Parse|Format|Copy|Delete|Encode|Decode|Register|Replace|Reset|Send|Sort|Split|Start|Stop|Update|Validate|Wrap|Build|Clear|Close|Open|Merge)$/;
  if (!verb || text.length > 110 || text.split(' ').length < 4 || /\b(?:this|it|these|above|below)\b/i.test(text))
    return undefined;
  if (
    /^[A-Z][a-z]+(?:[^su\W]s|sses|shes|ches)$/.test(verb) &&
    VERBS.test(text) &&
    !/^(?:This|Options|Class)$/.test(verb)
  )
    return verb.toLowerCase() + rest;
  if (occurrences(text, '(') !== occurrences(text, ')') || / exit$/.test(text)) return undefined;
  // "Set to true to ...", "Format of ...", "Parse action for ..."
  if (/^ (?:to|of|in|as|by|for|at|after|before|action|options?) /.test(rest)) return undefined;
  if (!imperative.test(verb) || / (?:and|or|then) [a-z]+ /.test(rest)) return undefined;
  return (
    verb
      .toLowerCase()
      .replace(/([^aeiou])y$/, '$1ie')
      .replace(/(?:s|sh|ch|x)$/, '$&e') +
    's' +
    rest
  );
}

/** Where the name that a comment describes is: before it in Python, otherwise after it. */
function placeOf(context, name, start, end) {
  const from = context.lastIndexOf(name, start);
  const to = context.indexOf(name, end);
  if (from < 0 && to < 0) return -1;
  const place = to < 0 || (from >= 0 && start - from < to - end) ? from : to;
  const around = place === from ? start - from : to - end;
  if (around > 250 || /[\w$]/.test(context[place - 1] ?? ' ') || /[\w$]/.test(context[place + name.length] ?? ' '))
    return -1;
  return place;
}

/** What doc comments say about their name. */
export function commentFacts({ context, blocks }, add) {
  const nameAfter = (i) => {
    const own = blocks[i].path.at(-1);
    if (own && /^[A-Za-z_$][\w$.]{2,40}$/.test(own)) return own;
    let j = i + 1;
    while (blocks[j]?.kind === 'comment') j++;
    if (blocks[j]?.kind !== 'code') return undefined;
    const line = context.slice(blocks[j].start, blocks[j].end).split('\n')[0];
    return /^\s*(?:(?:export|default|async|static|public|private|protected|function|abstract|final|def|pub|fn|readonly|get|set|declare|const|let|var|class|interface|type|func(?: \([^)]*\))?)\s+)*([A-Za-z_$][\w$]{2,40})\??\s*(?:[(<:={]|extends)/.exec(
      line,
    )?.[1];
  };
  const described = new Map();
  for (const [i, { kind, start, end }] of blocks.entries()) {
    if (kind !== 'comment') continue;
    const name = nameAfter(i);
    if (
      !name ||
      /^(?:if|for|while|return|else|switch|function|throw|self|this|let|const|var|export|default|import|class|new|void|int|char|static|struct|enum|type)$/.test(
        name,
      )
    )
      continue;
    const text = context.slice(start, end);
    const tag = (pattern) => {
      const m = pattern.exec(text);
      return m && [m, start + m.index + m[0].length - m.at(-1).length];
    };
    /** A question whose answer is the last group of a tag. */
    const addTag = (rule, [match, at], ...wordings) => add(rule, name, at, at + match.at(-1).length, ...wordings);
    let hit = tag(
      /^param (?:\{([^}]*)\} )?\[?([\w.$]+)(?:=([^\]]*))?\]?(?:\s+-)?\s+([A-Za-z].{9,180}?)(?=\.(?:\s|$)|$)/s,
    );
    if (hit && !/\n/.test(hit[0][4])) {
      const [[, , parameter, , said], at] = hit;
      const more = [
        `${name} ${parameter}`,
        `parameter ${parameter} of ${name}`,
        `What does ${parameter} mean in ${name}?`,
      ];
      add(
        'doc-param',
        `${name} ${parameter}`,
        at,
        at + said.length,
        `What is the parameter ${parameter} of ${name}?`,
        ...more,
      );
    }
    hit =
      tag(/^returns? (?:\{[^}]*\} )?(?:- )?(?:Returns )?([A-Za-z].{7,160}?)(?=\.(?:\s|$)|$)/is) ??
      tag(/^(?:\w+ )?[Rr]eturns ([a-zA-Z].{7,160}?)(?=\.(?:\s|$)|$)/s);
    const first = described.get(name) === undefined;
    if (hit && !/\n/.test(hit[0].at(-1)) && !described.has(`${name} returns`)) {
      described.set(`${name} returns`, 1);
      const more = [
        `return value of ${name}`,
        `${name} returns`,
        `What is returned by ${name}?`,
        `What do I get from ${name}?`,
      ];
      addTag('doc-returns', hit, `What does ${name} return?`, ...more);
    }
    hit = tag(
      /\b(?:throws|Throws|[Rr]aises) (?:an? )?\{?(\w+(?:Error|Exception)\w*)\}? (?:if|when) ((?:[^.;\n()]|\.(?=\w)){8,140}?)(?=[.;](?:\s|$)|$)/,
    );
    if (hit) {
      const [[, error, condition], at] = hit;
      const place = start + text.indexOf(error, hit[0].index);
      const more = [`What does ${name} throw if ${condition}?`, `Which error is raised if ${condition}?`];
      add(
        'doc-throws',
        condition,
        place,
        place + error.length,
        `Which exception is raised when ${condition}?`,
        ...more,
      );
      add(
        'doc-when',
        `${name} ${error}`,
        at,
        at + condition.length,
        `When is ${error} raised by ${name}?`,
        `When does ${name} raise ${error}?`,
        `${name} ${error} when`,
      );
    }
    hit = tag(/^deprecated:?(?: since [^,;.]+[,;.])? ?((?:Use|use|Replaced|in favou?r) .{4,120}?)(?=\.(?:\s|$)|$)/);
    if (hit)
      addTag(
        'doc-deprecated',
        hit,
        `What should be used instead of ${name}?`,
        `replacement for ${name}`,
        `${name} is deprecated, what now?`,
      );
    hit =
      tag(/^default(?:Value)? (?:\{[^}]*\} )?(\S+(?: \S+)?)$/) ??
      tag(/\b(?:Defaults to|Default is|The default is) ((?!the\b|an?\b)[\w.'"-]*\w['"]?)(?=[.,;)]|$)/) ??
      tag(/\bDefault: ([\w.'"-]*\w['"]?)(?=[.,;)\n]|$)/);
    if (hit)
      addTag(
        'doc-default',
        hit,
        `What is the default of ${name}?`,
        `${name} default`,
        `What does ${name} default to?`,
        `default value of ${name}`,
      );
    hit = tag(/^since (v?\d[\w.]+)/);
    if (hit)
      addTag(
        'doc-since',
        hit,
        `Since which version is there ${name}?`,
        `When was ${name} added?`,
        `${name} since version`,
      );
    hit = tag(/^([A-Z][^\n]{14,170}?)(?=\.(?:\s|$)|$)/);
    const does = first && hit && !/^Returns?\b/.test(hit[0][1]) ? thirdPerson(hit[0][1]) : undefined;
    const place = does && name !== 'constructor' && !does.includes(name) ? placeOf(context, name, start, end) : -1;
    if (place >= 0) {
      const called = /^\s*\(/.test(context.slice(place + name.length, place + name.length + 3));
      const what = called ? ['Which function', 'Which method', 'function that'] : ['What', 'Which one', 'what'];
      const mark = ['?', '?', ''];
      add('doc-reverse', does, place, place + name.length, ...what.map((word, n) => `${word} ${does}${mark[n]}`));
    }
    const go = new RegExp(`^${name.replace(/\$/g, '\\$')} ([a-z]+[^su]s [^\\n]{10,160}?)(?=\\.(?:\\s|$)|$)`).exec(text);
    if (first && go && !/^(?:is|was|has|returns|does)\b/.test(go[1])) {
      described.set(name, 1);
      add(
        'doc-purpose',
        name,
        start + go[0].length - go[1].length,
        start + go[0].length,
        `What does ${name} do?`,
        `What is ${name} for?`,
        `purpose of ${name}`,
      );
    } else if (first && hit && VERBS.test(hit[0][1]) && !/^(?:This|Returns|Class|Process)\b/.test(hit[0][1])) {
      described.set(name, 1);
      addTag(
        'doc-purpose',
        hit,
        `What does ${name} do?`,
        `What is ${name} for?`,
        `purpose of ${name}`,
        `what ${name} does`,
      );
    }
  }
}

const VERSION = /(?:^|[\s[(v])(\d+\.\d+(?:\.\d+)?(?:-(?:alpha|beta|rc|next)[\w.]*)?)(?=$|[\s\])/:,])/;
const DATE =
  /\b(\d{4}-\d\d-\d\d|\d{4}\/\d\d\/\d\d|(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec) \d{4})\b/;
const PAST = {
  add: 'added',
  fix: 'fixed',
  remove: 'removed',
  drop: 'dropped',
  deprecate: 'deprecated',
  improve: 'improved',
  support: 'supported',
  rename: 'renamed',
  allow: 'allowed',
  update: 'updated',
  change: 'changed',
  introduce: 'introduced',
  replace: 'replaced',
  upgrade: 'upgraded',
  bump: 'bumped',
  prevent: 'prevented',
  correct: 'corrected',
  implement: 'implemented',
  expose: 'exposed',
  export: 'exported',
  enable: 'enabled',
  disable: 'disabled',
};

export function changeFacts({ context, blocks, fileName }, add) {
  if (!/chang|histor|release|news|migrat/i.test(fileName)) return;
  let version;
  const versions = blocks
    .filter((b) => b.kind === 'heading')
    .map((b) => VERSION.exec(context.slice(b.start, b.end))?.[1]);
  for (const { kind, start, end } of blocks) {
    const text = context.slice(start, end);
    if (kind === 'heading') {
      const m = VERSION.exec(text);
      if (!m) continue;
      version = { text: m[1], at: start + m.index + m[0].length - m[1].length };
      const date = DATE.exec(text);
      if (!date || versions.filter((v) => v === m[1]).length > 1) continue;
      const at = start + date.index;
      const more = [`release date of ${m[1]}`, `When did ${m[1]} come out?`, `date of version ${m[1]}`];
      add('change-date', m[1], at, at + date[0].length, `When was version ${m[1]} released?`, ...more);
      if (occurrences(context, date[0]) === 1)
        add(
          'change-version',
          date[0],
          version.at,
          version.at + m[1].length,
          `Which version was released on ${date[0]}?`,
          `release of ${date[0]}`,
          `What came out on ${date[0]}?`,
        );
    } else if (kind === 'listItem' && version) {
      const m =
        /^(?:[\w /*-]{2,24}: )?(Add|Fix|Remove|Drop|Deprecate|Improve|Support|Rename|Allow|Introduce|Replace|Prevent|Correct|Implement|Expose|Export|Enable|Disable)(s|es|d|ed|ped)? ((?:[^\n.;]|\.(?=\w)){8,110}?)(?= ?\(|[.;,](?:\s|$)|$|\n| #\d| - )/i.exec(
          text,
        );
      if (!m || /\bby @|https?:|#\d/.test(m[3])) continue;
      const verb = PAST[m[1].toLowerCase()];
      const more = [
        `In which version was ${/^support for/.test(m[3]) ? m[3] : `${m[3]}`} ${verb}?`,
        `version that ${verb} ${m[3]}`,
        `When was ${m[3]} ${verb}?`,
      ];
      add(
        'change-what',
        m[3],
        version.at,
        version.at + version.text.length,
        `Which version ${verb} ${m[3]}?`,
        ...(/^(?:support|allow|improve|replace|rename|prevent)/i.test(m[1]) ? [] : more),
      );
    }
  }
}
