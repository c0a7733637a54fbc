// Made-up logs, mails and chats: records of which each has its own time, source and words.
import {
  city,
  company,
  date,
  FIRST,
  ip,
  LAST,
  mail,
  money,
  person,
  product,
  service,
  topic,
  two,
  version,
} from './made-words.mjs';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const DAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');

/** A clock that only goes forward. */
class Clock {
  constructor(random, step) {
    this.random = random;
    this.step = step;
    this.at = Date.UTC(
      2019 + random.below(7),
      random.below(12),
      1 + random.below(28),
      random.below(24),
      random.below(60),
    );
  }
  next() {
    this.at += 1000 * (1 + this.random.below(this.step)) + this.random.below(1000);
    const d = new Date(this.at);
    return {
      y: d.getUTCFullYear(),
      m: d.getUTCMonth(),
      d: d.getUTCDate(),
      w: d.getUTCDay(),
      t: `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`,
      ms: String(d.getUTCMilliseconds()).padStart(3, '0'),
    };
  }
}

const STAMPS = [
  ({ y, m, d, t }) => `${y}-${two(m + 1)}-${two(d)} ${t}`,
  ({ y, m, d, t, ms }) => `${y}-${two(m + 1)}-${two(d)}T${t}.${ms}Z`,
  ({ y, m, d, t, ms }) => `${y}-${two(m + 1)}-${two(d)} ${t},${ms}`,
  ({ m, d, t }) => `${MONTHS[m]} ${String(d).padStart(2)} ${t}`,
  ({ y, m, d, t }) => `${y}/${two(m + 1)}/${two(d)} ${t}`,
];
const HEADS = [
  (pen, level, name) => pen.write(`${level} [${name}] `),
  (pen, level, name) => pen.write(`[${level}] ${name}: `),
  (pen, _level, name, host, pid) => pen.write(`${host} ${name}[${pid}]: `),
  (pen, level, name, _host, pid) => pen.write(`${level.padEnd(5)} ${pid} --- [main] ${name} : `),
];

/** What happened: the message's parts, and questions with the part that answers ("t": the stamp of the record). */
const EVENTS = [
  (r) => {
    const [user, from] = [r.pick(FIRST).toLowerCase(), ip(r)];
    return {
      level: 'INFO',
      parts: ['user ', { user }, ' logged in from ', { from }],
      asks: [
        [`When did ${user} log in?`, 't'],
        [`From which address did ${user} log in?`, 'from'],
        [`Who logged in from ${from}?`, 'user'],
        [`${user} login time`, 't'],
      ],
    };
  },
  (r) => {
    const [user, from] = [r.pick(LAST).toLowerCase(), ip(r)];
    const why = r.pick(['invalid password', 'account locked', 'unknown key', 'expired token']);
    return {
      level: 'WARN',
      parts: ['authentication failed for ', { user }, ' from ', { from }, ': ', { why }],
      asks: [
        [`Why did the authentication of ${user} fail?`, 'why'],
        [`When did the login of ${user} fail?`, 't'],
        [`Which address tried to log in as ${user}?`, 'from'],
        [`Whose login failed with "${why}"?`, 'user'],
      ],
    };
  },
  (r) => {
    const [job, took] = [
      `${r.pick(['nightly', 'hourly', 'weekly'])}-${topic(r).replace(' ', '-')}`,
      `${r.below(900)}.${r.below(10)} s`,
    ];
    return {
      level: 'INFO',
      parts: ['job ', { job }, ' finished in ', { took }],
      asks: [
        [`How long did ${job} take?`, 'took'],
        [`When did ${job} finish?`, 't'],
        [`Which job finished in ${took}?`, 'job'],
      ],
    };
  },
  (r) => {
    const [host, port] = [service(r), String(1000 + r.below(9000))];
    const why = r.pick(['Connection refused', 'Connection timed out', 'No route to host', 'certificate has expired']);
    return {
      level: 'ERROR',
      parts: ['cannot connect to ', { host }, ':', { port }, ': ', { why }],
      asks: [
        [`Why could it not connect to ${host}?`, 'why'],
        [`When did the connection to ${host} fail?`, 't'],
        [`Which port of ${host} was tried?`, 'port'],
        [`What was the error when connecting to ${host}?`, 'why'],
      ],
    };
  },
  (r) => {
    const [file, size] = [
      `/${r.pick(['var', 'srv', 'data', 'home'])}/${topic(r).replace(' ', '/')}.${r.pick(['csv', 'db', 'log', 'tar'])}`,
      `${1 + r.below(900)} MB`,
    ];
    return {
      level: 'INFO',
      parts: ['wrote ', { size }, ' to ', { file }],
      asks: [
        [`How much was written to ${file}?`, 'size'],
        [`Which file has ${size}?`, 'file'],
        [`When was ${file} written?`, 't'],
      ],
    };
  },
  (r) => {
    const [name, is] = [service(r), version(r)];
    return {
      level: 'INFO',
      parts: ['starting ', { name }, ' version ', { is }],
      asks: [
        [`Which version of ${name} was started?`, 'is'],
        [`When was ${name} started?`, 't'],
        [`version of ${name}`, 'is'],
      ],
    };
  },
  (r) => {
    const [disk, full] = [`/dev/sd${r.pick(['a', 'b', 'c', 'd', 'e'])}${1 + r.below(4)}`, `${80 + r.below(20)}%`];
    return {
      level: 'WARN',
      parts: ['disk ', { disk }, ' is ', { full }, ' full'],
      asks: [
        [`How full is ${disk}?`, 'full'],
        [`When was ${disk} found to be almost full?`, 't'],
        [`Which disk is ${full} full?`, 'disk'],
      ],
    };
  },
  (r) => {
    const [order, amount] = [`order-${1000 + r.below(9000)}`, money(r)];
    return {
      level: 'ERROR',
      parts: ['payment of ', { amount }, ' for ', { order }, ' was rejected by ', { bank: company(r) }],
      asks: [
        [`Who rejected the payment for ${order}?`, 'bank'],
        [`Which payment was rejected for ${order}?`, 'amount'],
        [`When was the payment for ${order} rejected?`, 't'],
        [`For which order was ${amount} rejected?`, 'order'],
      ],
    };
  },
];
const ABSENT = [
  (r) => `When did ${r.pick(FIRST).toLowerCase()} log out?`,
  (r) => `Who deleted ${topic(r)}?`,
  (r) => `How much memory does ${service(r)} use?`,
  (r) => `Which user changed the password of ${r.pick(LAST).toLowerCase()}?`,
  (r) => `Why was ${service(r)} restarted?`,
];

/** Each: (pen, random) → { pen, fileName, questions }. */
export function logOf(pen, random) {
  const clock = new Clock(random, random.pick([20, 300, 5000]));
  const stamp = random.pick(STAMPS);
  const head = random.pick(HEADS);
  const wrapped = random.next() < 0.3;
  const asked = [];
  for (let n = 6 + random.below(random.next() < 0.2 ? 40 : 14); n > 0; n--) {
    const event = random.pick(EVENTS)(random);
    const places = {};
    const time = stamp(clock.next());
    const start = pen.text.length + (wrapped ? 1 : 0);
    pen.write(wrapped ? `[${time}] ` : `${time} `);
    places.t = { start, end: start + time.length };
    head(pen, event.level, service(random), `host${1 + random.below(9)}`, 100 + random.below(30000));
    for (const part of event.parts) {
      if (typeof part === 'string') pen.write(part);
      else {
        const [[name, text]] = Object.entries(part);
        places[name] = { start: pen.text.length, end: pen.text.length + text.length };
        pen.write(text);
      }
    }
    pen.write('\n');
    asked.push(...event.asks.map(([question, part]) => ({ question, place: places[part] })));
  }
  const questions = choose(asked, random, 6);
  for (let i = 0; i < 2; i++) questions.push({ question: random.pick(ABSENT)(random) });
  return { pen, fileName: 'app.log', questions };
}

/** Some of the questions; one that is asked about two places is left out. */
function choose(asked, random, most) {
  const once = asked.filter(({ question }) => asked.filter((other) => other.question === question).length === 1);
  const chosen = [];
  while (chosen.length < most && once.length > 0) chosen.push(once.splice(random.below(once.length), 1)[0]);
  return chosen;
}

/** Sentences of mails and chats: parts with names, and questions about these. {who} is the writer. */
const SAYINGS = [
  (r) => ({
    parts: ['The ', { what: topic(r) }, ' is due on ', { when: date(r) }, '.'],
    asks: (p) => [
      [`When is the ${p.what} due?`, 'when'],
      [`What is due on ${p.when}?`, 'what'],
      [`Who said when the ${p.what} is due?`, 'who'],
    ],
  }),
  (r) => ({
    parts: ['I paid ', { sum: money(r) }, ' for the ', { what: product(r) }, '.'],
    asks: (p) => [
      [`How much was paid for the ${p.what}?`, 'sum'],
      [`What cost ${p.sum}?`, 'what'],
      [`Who paid for the ${p.what}?`, 'who'],
    ],
  }),
  (r) => ({
    parts: [{ whom: person(r) }, ' will take over the ', { what: topic(r) }, ' from next week.'],
    asks: (p) => [
      [`Who takes over the ${p.what}?`, 'whom'],
      [`What will ${p.whom} take over?`, 'what'],
    ],
  }),
  (r) => ({
    parts: ['We meet in ', { where: city(r) }, ' at ', { at: `${8 + r.below(10)}:${two(r.below(60))}` }, '.'],
    asks: (p) => [
      ['Where do we meet?', 'where'],
      [`Where is the meeting at ${p.at}?`, 'where'],
      [`At what time do we meet in ${p.where}?`, 'at'],
      [`Who proposed to meet in ${p.where}?`, 'who'],
    ],
  }),
  (r) => ({
    parts: ['The new ', { what: service(r) }, ' runs on ', { where: ip(r) }, '.'],
    asks: (p) => [
      [`Where does ${p.what} run?`, 'where'],
      [`What runs on ${p.where}?`, 'what'],
      [`Who told where ${p.what} runs?`, 'who'],
    ],
  }),
  (r) => ({
    parts: [
      'I cannot come because ',
      { why: r.pick(['my train is late', 'I have a fever', 'the car broke down', 'my flight was cancelled']) },
      '.',
    ],
    asks: (_, who) => [
      [`Why can ${who} not come?`, 'why'],
      ['Who cannot come?', 'who'],
    ],
  }),
  (r) => ({
    parts: ['Please ask ', { whom: person(r) }, ' (', { mail: mail(r) }, ') about the ', { what: topic(r) }, '.'],
    asks: (p) => [
      [`Who should be asked about the ${p.what}?`, 'whom'],
      [`What is the address of ${p.whom}?`, 'mail'],
      [`${p.whom} email`, 'mail'],
    ],
  }),
  (r) => ({
    parts: [
      { firm: company(r) },
      ' offered ',
      { sum: money(r) },
      ' for ',
      { count: String(2 + r.below(200)) },
      ' pieces.',
    ],
    asks: (p) => [
      [`What did ${p.firm} offer?`, 'sum'],
      [`Who offered ${p.sum}?`, 'firm'],
      [`How many pieces does ${p.firm} want?`, 'count'],
    ],
  }),
];
const NEVER = [
  'Who approved the budget?',
  'When does the office close?',
  'What is the password?',
  'How many people applied?',
  'Where is the car parked?',
  'Who wrote the minutes?',
];
const SMALL = [
  'ok',
  'Thanks!',
  'Sounds good.',
  'let me check',
  'haha',
  'Sure, will do',
  'good morning',
  'one moment please',
  '+1',
];

/** Writes one sentence; adds its questions. @param whoAt place of the writer's name; @returns nothing */
function say(pen, random, who, whoAt, asked) {
  const { parts, asks } = random.pick(SAYINGS)(random);
  const places = whoAt ? { who: whoAt } : {};
  const texts = {};
  for (const part of parts) {
    if (typeof part === 'string') pen.write(part);
    else {
      const [[name, text]] = Object.entries(part);
      texts[name] = text;
      places[name] = { start: pen.text.length, end: pen.text.length + text.length };
      pen.write(text);
    }
  }
  for (const [question, part] of asks(texts, who)) if (places[part]) asked.push({ question, place: places[part] });
}

export function mailOf(pen, random) {
  const asked = [];
  const clock = new Clock(random, 90000);
  const field = (name, text, ...questions) => {
    pen.write(`${name}: `);
    const place = { start: pen.text.length, end: pen.text.length + text.length };
    for (const question of questions) asked.push({ question, place });
    pen.write(`${text}\n`);
    return place;
  };
  const { y, m, d, w, t } = clock.next();
  const who = person(random);
  pen.write('From: ');
  const at = { start: pen.text.length, end: pen.text.length + who.length };
  pen.write(`${who} <${mail(random)}>\n`);
  asked.push({ question: 'Who sent this mail?', place: at }, { question: 'Who wrote this?', place: at });
  const to = person(random);
  pen.write('To: ');
  asked.push({
    question: 'Who is it addressed to?',
    place: { start: pen.text.length, end: pen.text.length + to.length },
  });
  pen.write(`${to} <${mail(random)}>\n`);
  field(
    'Date',
    `${DAYS[w]}, ${d} ${MONTHS[m]} ${y} ${t} +0${random.below(3)}00`,
    'When was it sent?',
    'date of the mail',
  );
  field('Subject', topic(random), 'What is the mail about?', 'What is the subject?');
  pen.write(
    `Message-ID: <${random.below(1e9)}@mail.example>\nContent-Type: text/plain; charset=utf-8\n\nHello ${to.split(' ')[0]},\n\n`,
  );
  for (let n = 3 + random.below(6); n > 0; n--) {
    say(pen, random, who, undefined, asked);
    pen.write(random.next() < 0.4 ? '\n\n' : ' ');
  }
  pen.write(`\n\nRegards,\n${who.split(' ')[0]}\n`);
  const questions = choose(asked, random, 6);
  questions.push({ question: random.pick(NEVER) }, { question: random.pick(ABSENT)(random) });
  return { pen, fileName: 'letter.eml', questions };
}

export function chatOf(pen, random) {
  const asked = [];
  const people = Array.from({ length: 3 + random.below(3) }, () =>
    random.next() < 0.5 ? person(random) : random.pick(FIRST),
  );
  const clock = new Clock(random, 400);
  const layout = random.below(3);
  for (let n = 8 + random.below(14); n > 0; n--) {
    const who = random.pick(people);
    const { y, m, d, t } = clock.next();
    if (layout === 0) pen.write(`[${two(d)}/${two(m + 1)}/${y}, ${t}] `);
    else if (layout === 1) pen.write(`${m + 1}/${d}/${y % 100}, ${t.slice(0, 5)} - `);
    else pen.write(`[${t.slice(0, 5)}] <`);
    const whoAt = { start: pen.text.length, end: pen.text.length + who.length };
    pen.write(layout === 2 ? `${who}> ` : `${who}: `);
    if (random.next() < 0.45) pen.write(random.pick(SMALL));
    else say(pen, random, who.split(' ')[0], whoAt, asked);
    pen.write('\n');
  }
  const questions = choose(asked, random, 6);
  questions.push({ question: random.pick(NEVER) }, { question: random.pick(NEVER) });
  return { pen, fileName: 'chat.txt', questions };
}
