/**
 * Which field of a record a question asks for: "when" the time stamp, "which user" the user. A prior on spans in fields
 * of records; it does not affect other text.
 */
import { stemOf, wordsOf } from '../text/stems.js';
import { FIELD_KINDS, type FieldKind, fieldNumber } from '../views/base/fields.js';
import { FIELD_HANDICAP, FIELD_WEIGHT } from './calibration.js';

/** The first match counts; each with the kinds that it asks for, and those that may be meant. */
const ASKED: readonly [RegExp, readonly FieldKind[], (readonly FieldKind[])?][] = [
  [
    /\b(?:when|what time|which (?:time|minute|second)|time ?stamp|timecode)\b.*\b(?:says?|said|speaks?|mentions?|mentioned|talks?|talked|asks?|asked|writes?|wrote|written|sends?|sent|posts?|posted|repl(?:y|ies|ied)|answers?|answered|appears?|hear|heard)\b/,
    ['saidAt', 'time'],
  ],
  // Future and present are in the text. The past is in the time stamp.
  [
    /\b(?:when|(?:at )?(?:what|which) (?:exact )?(?:time|hour|minute|second)|(?:on )?(?:what|which) (?:day|date)|how late|time ?stamp|since when)\b(?! (?:will|does|do|should|can|must|is|are|shall|may)\b)/,
    ['time'],
  ],
  [
    /\bwho (?:sent|wrote|writes|sends)\b.*\b(?:e-?mail|mail|message|letter)\b|\b(?:sender|author) of\b|\bfrom whom\b/,
    ['speaker', 'selfSpeaker', 'person'],
  ],
  // Of a web server: it knows the user, or only the address.
  [
    /\bwho (?:asked for|requested|fetched|downloaded|accessed|visited|loaded|called|connected to|connected)\b/,
    ['person', 'address', 'speaker', 'selfSpeaker'],
  ],
  [
    /\bwho (?:said|says|asked|asks|wrote|writes|sent|posted|mentioned|mentions|replied|suggested|suggests|answered|offered|offers|promised)\b/,
    ['speaker', 'selfSpeaker', 'person'],
  ],
  [
    /\bto (?:which|what) (?:e-?mail |mail )?address(?:es)?\b|\baddress(?:es)? of the recipients?\b/,
    ['recipientAddress'],
    ['recipient', 'address'],
  ],
  [
    /\b(?:to whom|who (?:received|receives|got|gets) the (?:e-?mail|mail)|recipients?|addressed to)\b/,
    ['recipient'],
    ['recipientAddress'],
  ],
  [/\b(?:subject|title) of\b|\bsubject\b/, ['subject']],
  [/\b(?:e-?mail|mail) address\b/, ['mailAddress']],
  [
    /\b(?:which|what|whose) (?:log ?in |login )?(?:users?(?! ?agent)|user ?names?|accounts?|person|people|login|operator|admin)\b|\buser ?name\b/,
    ['person', 'speaker', 'selfSpeaker'],
  ],
  [
    /\bwhat (?:was|is) the (?:http |response )?(?:status|result code|response code)\b|\b(?:which|what) (?:http |response |exit )?(?:status|code|response)\b|\bstatus code\b/,
    ['status'],
  ],
  [
    /\b(?:which|what) (?:user ?agent|browser|agent|(?:e-?mail|mail) (?:client|program|reader|software|app)|mailer|client software|crawler|bot|software|tool)\b|\buser ?agent\b/,
    ['agent'],
  ],
  [
    /\b(?:which|what) (?:ip ?)?(?:ip|address|addresses|client|clients|visitor|remote)\b|\bip(?: address)?\b|\bfrom where\b|\bwhere did .* come from\b/,
    ['address'],
    ['mailAddress'],
  ],
  [/\b(?:which|what) (?:back ?end|upstream)s?\b/, ['upstream']],
  [/\b(?:which|what|on which|on what) (?:hosts?|host ?names?|machines?|computers?|servers?|nodes?|device)\b/, ['host']],
  [
    /\b(?:which|what) (?:service|logger|program|process|daemon|component|class|module|application|unit|source|provider|subsystem)\b/,
    ['source'],
  ],
  [/\b(?:which|what) (?:kind of )?(?:exceptions?|errors?)\b/, ['exception'], ['level']],
  [/\b(?:which|what) (?:thread|pid)\b|\bprocess id\b|\bpid\b/, ['process']],
  [/\b(?:which|what) (?:log )?(?:level|severity)\b|\bhow (?:severe|serious)\b|\bseverity\b/, ['level']],
  [/\b(?:which|what) (?:page|path|url|file|resource|endpoint|route|document|uri)\b/, ['resource']],
  [/\b(?:which|what) (?:http )?(?:method|verb)\b/, ['method']],
  [/\bhow (?:many bytes|large|big)\b|\b(?:what|which) size\b|\bsize of\b/, ['size']],
  [/\breferr?er\b|\b(?:which|what) page .* (?:come|came|link)/, ['referrer', 'resource']],
  [/\b(?:which|what|event) (?:event )?(?:id|number)\b|\bevent id\b/, ['id']],
  [/\bwhat (?:caused|led to|triggered)\b|\bcause of\b|\broot cause\b/, ['cause']],
  [/\bwhy\b|\breason\b/, [], ['message', 'cause']],
  // Others tell who somebody is; "I" may be that person, too.
  [/\bwho(?: is|['’]s| was| are| were) (?:the|a|an|in charge|responsible)\b/, ['person'], ['selfSpeaker']],
  [/\bwho(?:se|m)?\b/, ['person', 'selfSpeaker'], ['speaker']],
];

/** Kinds in which an answer may be for any question. */
const OPEN: readonly FieldKind[] = ['text', 'message'];

/** Words that name a field or ask for one; the other words are the topic of the question. */
const NAMES = stemsOf(
  `time timestamp timecode stamp date day hour minute second say says said speak speaks mention mentions mentioned talk
    talks talked ask asks asked write writes wrote written send sends sent post posts posted reply replies replied answer
    answers answered email mail message letter sender author recipient recipients addressed receive received subject
    title address addresses user users username name account accounts person people login operator status code response
    result http useragent agent browser client software crawler bot tool ip clients visitor remote come came host hosts
    hostname machine machines computer computers server servers node nodes device service logger program process daemon
    component class module application unit source provider subsystem thread pid level severity page path url file
    resource endpoint route document uri upstream backend back end mailer reader method verb bytes size large big referrer referer event id number exception error cause reason`,
);

/** Words that refer to records as such: they do not occur in records. */
const IDLE =
  stemsOf(`e mail email message letter log record entry line request requested requests get got make made try tried
  call called happen happened occur occurred visit visited access accessed fetch fetched ask asked use used uses using come comes came`);

/** Verbs that say how a record and the field belong together: without meaning if the document does not have them. */
const LINKING =
  stemsOf(`answer answered handle handled serve served process processed come comes came send sent receive received
  reach reached use used uses using run ran write wrote written read do did done have had belong belongs show shown
  appear appears see seen return returned respond responded connect connected start started give gave given name
  named take took taken`);

export interface AskedField {
  /**
   * [FIELD_KINDS] logit units that a span gains by the kind of its field if all words of the question are in its record
   * (fewer if not all are), or that it always loses (below 0).
   */
  readonly prior: Float32Array;
  /** Stems in the question that only name the field. */
  readonly names: ReadonlySet<number>;
  /** Stems that only count if they occur in the document. */
  readonly linking: ReadonlySet<number>;
}

export function askedField(question: string): AskedField {
  const prior = new Float32Array(FIELD_KINDS.length).fill(-FIELD_HANDICAP);
  for (const kind of OPEN) prior[fieldNumber(kind)] = 0;
  for (const [form, kinds, others = []] of ASKED) {
    const match = form.exec(question.toLowerCase());
    if (!match) continue;
    for (const kind of others) prior[fieldNumber(kind)] = FIELD_WEIGHT / 3;
    for (const kind of kinds) prior[fieldNumber(kind)] = FIELD_WEIGHT;
    const names = wordsOf(match[0])
      .map(stemOf)
      .filter((stem) => NAMES.has(stem));
    return { prior, names: new Set([...names, ...IDLE]), linking: LINKING };
  }
  return { prior, names: new Set(), linking: new Set() };
}

function stemsOf(words: string): Set<number> {
  return new Set(wordsOf(words).map(stemOf));
}
