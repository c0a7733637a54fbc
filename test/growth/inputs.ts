/**
 * Inputs on which a scanner may go back again and again: runs, nestings and alternations of what the formats are made
 * of. The same seed gives the same inputs.
 */
import { languages } from '../../server/views/code/languages.js';

/** An input of any length. */
export interface Input {
  name: string;
  /** @returns a flat string of `units` UTF-16 units */
  make(units: number): string;
}

/** What a format is made of, by part of the name of a view; every view also gets `COMMON` and parts of the others. */
const FRAGMENTS: Record<string, string> = {
  code: `/* */ /** // /// //! # #! #[ #[[ ]] #= =# #| |# ; ;; -- --[[ --[==[ ]==] {- -} (* *) (*) % %{ %{⏎ %} ! " ' \` """ ''' \\" \\' \\ \\\\
    r" r#" r##"# R"( R"x( )x" b' $ $$ $a$ \${ $( #{ } { ( ) [ ] @ @" @doc @param {@link {@code ?> <? <?php <<EOF ⏎EOF <<-E <<~'E' <<< ⏎=begin ⏎=end ⏎=pod ⏎=cut
    q{ s/ tr( m! qw( %w[ %q( / /a/ /[ =/ ?# '''' '\\'' 'a' REM ⏎REM :: ⏎:: <# #> <% %> @echo <!-- --> ⏎⏎ -~ ---- ==== **** #### ⏎⇥ const a= a=1; def· class· fn· -> => :: ;; => ,⏎ 0x 1_000 "a" 'b'
    @param· @returns <p> <pre> </pre> {@ \`\`\` :param· >>> -·a ⏎·*· ⏎//· ⏎#· ⏎--· SELECT· a.b( URL: http://a`,
  latex: `\\ \\\\ \\$ \\\\$ $ $$ \\( \\) \\[ \\] { } {} {{ }} [ ] % ⏎% \\verb{ \\verb| \\verb \\begin{ \\begin{a} \\end{a} \\begin{tabular}{ll} \\end{tabular} \\begin{itemize} \\item \\begin{verbatim} \\end{verbatim}
    \\begin{comment} \\section{ \\section*{a} \\footnote{ \\cite[ \\cite{a} \\href{a}{ \\emph{ \\textbf{ \\newcommand{ \\def\\a{ \\label{ & \\\\⏎ \\hline \\multicolumn{2}{c}{ ~ -- --- \`\` '' \\' \\"{ \\left( \\url{ \\input{ \\documentclass{a} \\begin{document} \\end{document} \\title{ \\caption{ \\begin{equation} \\end{equation} \\if \\else \\fi \\verb+ \\lstinline! \\textcolor{a}{`,
  markdown: `# ⏎#· ** * _ __ ~~ \` \`\` \`\`\` ⏎\`\`\`⏎ ~~~ [ ] ]( ) ![ [[ ]] [a]( [a][ [^1] [^1]: ⏎[a]: <a> </a> <!-- --> <div> </div> > ⏎>· ⏎>>>> -· ⏎-· ⏎1.· ⏎··-· | ⏎| |a|b| |--|--| ⏎--- ⏎=== --- *** &amp; & \\* \\ \\[ <http://a> http://a $ $$ ::: ⏎:::· {% %} {{ }} :a: ⏎:·a -⏎ ⏎⇥ ⏎····a ==a==`,
  html: `< > </ /> <a <a> </a> <p> <div> </div> <table> <tr> <td> </td> <th> </table> <ul> <li> <ol> <pre> </pre> <script> </script> <style> </style> <!-- --> <! <!a <? ?> <![CDATA[ ]]> & &amp; &# &#x &lt &a; = " ' a=" a=' <a·b="c"> <a·b=' <br> <template> {{ }} <title> <head> <body> <svg> <textarea> <select> <option> <dl> <dt> <dd> <h1> </h1> <td·colspan=2> <td·rowspan=9> <a·href= @a=`,
  xml: `< > </ /> <a <a> </a> <a/> <!-- --> <? ?> <?xml <!DOCTYPE <![CDATA[ ]]> ]]]]> & &amp; &# ; = " ' <a·b="c"> <a·b=' <a:b> xmlns:a=" [ ] <!ENTITY· % --- <key> <string>`,
  json: `{ } [ ] , : " \\" \\\\ \\u \\u0041 \\n {" ": [" "] {"a":1, "a":" [1, [[ ]] {"a":{ }} 1 -1 1e9 true null // /* */ ' ⏎ 'a' a: +`,
  ipynb: `{"cells":[ {"cell_type":"code","source":[" {"cell_type":"markdown","source":[" "]}, "\\n", "outputs":[ "text":[ {"data":{"text/plain":[" ]}} " \\" [ ] { } , #· * | \\u0041`,
  yaml: `a:· a:⏎ ⏎a:·1 ⏎-· -·- ⏎··- [ ] { } , : ? ⏎?· |⏎ >⏎ |- >+2 & &a· *a ! !!str #· ⏎# " ' \\" '' --- ⏎---⏎ ⏎...⏎ % << ⏎·a:⏎·· {a: [a, ⏎⇥ ⏎·  "a":· 'b':·`,
  toml: `[ ] [[ ]] [a] ⏎[a]⏎ ⏎[[a]]⏎ a= a=1⏎ , 1, "a", " """ ''' ' \\" # ⏎# { } {a=1, a.b. ⏎a= a=[ [[1, 1], a="""⏎ 0x 1e`,
  properties: `a=b⏎ a= = : # ! ⏎# ⏎! \\ \\⏎ \\u \\u0041 [a]⏎ ; ⏎; export· " ' \${ ⏎·`,
  csv: `, ; " "" ⏎ a, a⏎ "a" "a", "" ⇥ | ,, ,⏎ ⏎⏎ 1,2 "⏎ =a`,
  rst: `** * \` \`\` :a: :a:\` \`_ __ _ _a \`a·<b>\`_ [a]_ |a| | ⏎.. ⏎..·a:: ⏎..·_a:·b ⏎..·[1]· ⏎..·note:: ⏎..·|a| :: ::⏎⏎· ⏎==== ====⏎ ---- ==·== ⏎==··== ⏎+--+--+ ⏎|a|b| ⏎+==+==+ ⏎-· ⏎*· ⏎1.· ⏎#.· ⏎:a:· ⏎|· >>> ⏎·· ⏎···a \\ \\* ⏎-a··b ..·code:: ⏎a⏎··b`,
  adoc: `* ** _ __ \` \`\` # ## + ++ +++ ^ ~ [ ] [[ ]] << >> <<a, {a} { } (( )) ((( image:: link:a[ http://a[ xref:a[ footnote:[ ⏎==· ⏎=== ⏎---- ⏎.... ⏎**** ⏎==== ⏎|=== | ⏎| a| 2+| .2+| ⏎*· ⏎**· ⏎.· ⏎.a⏎ ⏎[a]⏎ ⏎:a:· a::· ⏎a::· ⏎//// ⏎// ⏎+⏎ ⏎include:: ⏎ifdef::a[] ⏎endif::[] ⏎<1> "\` \`" &amp; pass:[ menu:a[`,
  org: `* ⏎*· ⏎**· / = ~ _ + [ ] [[ ]] ][ [[a][ [fn:1] [fn: < > <<a>> ⏎#+begin_src⏎ ⏎#+end_src⏎ ⏎#+begin_quote⏎ #+title: ⏎#+a: ⏎| ⏎|-- |a|b| ⏎-· ⏎+· ⏎1.· ⏎:a: ⏎:PROPERTIES: ⏎:END: ⏎#· a::· <2020-01-01> SCHEDULED: TODO· [1/2] {{{ }}} \\ \\alpha $ _{ ^{ src_a{ @@a: ⏎:·`,
  diff: `⏎diff·--git·a/a·b/a ⏎---·a ⏎+++·b ⏎@@·-1·+1·@@ ⏎+ ⏎- ⏎· ⏎+a ⏎-a ⏎\\·No ⏎index·1..2 ⏎Index:·a ⏎+//· ⏎-/* ⏎+*/ ⏎commit·1234567 ⏎From: ⏎Binary ⏎+"`,
  docker: `⏎FROM·a ⏎RUN· ⏎RUN·a·\\ \\⏎ ⏎#· ⏎ENV·A=1 ⏎ENV·A· ⏎ARG·A= ⏎COPY· ⏎LABEL·a="b" ⏎RUN·<<EOF ⏎EOF <<A·<<B "" " ' [ ] ["a", ⏎CMD·[ ⏎EXPOSE·1 ⏎ONBUILD· A=\\⏎ #·escape=\` && ;`,
  troff: `⏎. ⏎.\\" ⏎' ⏎.SH·A ⏎.TH·A·1 ⏎.PP ⏎.TP ⏎.IP· ⏎.B· ⏎.BR· ⏎.I·a ⏎.nf ⏎.fi ⏎.RS ⏎.RE ⏎.Dd·a ⏎.Sh·A ⏎.It· ⏎.Bl ⏎.El ⏎.Fl·a ⏎.Op· ⏎.Xr· ⏎.de·A ⏎.. ⏎.ig ⏎.TS ⏎.TE ⏎.if· ⏎.ie· ⏎.el· \\fB \\fR \\f[ \\- \\( \\[ \\& \\ \\\\ \\e \\s+1 \\s( \\* \\*[ \\n \\w' \\h' " "" \\{ \\} \\c \\⏎ ⏎.Bd ⏎.Ed ⏎.Qo ⏎.Ns`,
  log: `2024-01-01·10:00:00· ⏎2024-01-01·10:00:00·INFO·a ⏎10:00·  ⏎Jan··1·10:00:00·h·a[1]:· ⏎\\tat·a.b(c) ⏎Caused·by:·e ⏎Traceback \\x1b[31m ␛ ␛[ ␛]0; ␛[1m ␇ key=val a=" " {"a":1} ⏎{"time":"a"} level=info·  1.2.3.4·-·-·[ "GET·/·HTTP/1.1"·200·1 ⏎I0101·10:00:00.0·1·a.cc:1]· [ ] < > <1> ⏎<34>1· | ⏎at· ,· ;· a:· ⏎⇥ (a) -·  a.b.c.`,
  subtitle: `⏎1⏎00:00:01,000·-->·00:00:02,000⏎ 00:00:01.000·-->·00:00:02.000 --> ⏎WEBVTT ⏎NOTE· <i> </i> <v·A> {\\an8} < > ⏎-· ⏎⏎ ⏎A:·  A:·  ⏎1⏎ <00:00:01.000> [a] ♪ ⏎STYLE`,
  mail: `⏎From·a ⏎From:·a ⏎To:·a ⏎Subject:·a ⏎Date:·a ⏎Content-Type:·multipart/mixed;·boundary=b ⏎--b ⏎--b-- ⏎Content-Transfer-Encoding:·base64⏎⏎ ⏎Content-Transfer-Encoding:·quoted-printable⏎⏎ =?utf-8?q? ?= =?utf-8?b?QQ==?= = =20 =⏎ =E4 QUFB ⏎>· ⏎>>> ⏎On·a·wrote: ⏎--·⏎ ⏎⇥ " ; name*0= name*=utf-8''%41 <a@b> , ( ) \\ ⏎X:· a@b.c`,
  chat: `⏎[10:00]·A:·b ⏎A:·b ⏎10:00·-·A:·b ⏎[1/2/24,·10:00]·A:·b ⏎A·10:00⏎ <a> ⏎<A>·b ⏎·  :· ⏎⏎ ⏎2024-01-01·10:00·A:·  `,
  plain: `⏎ ⏎⏎ · ·· ⏎· ⇥ ⏎⇥ a aa A. ⏎A⏎ ⏎1.·  ⏎-·  ⏎*· • ⏎TITLE⏎ ---- ==== ⏎----⏎ a⏎====⏎ ····a a··b ⏎a··b··c | ⏎|·a·| ⏎+--+ +---+ ⏎|·a·|·b·|⏎ --+-- ⏎--··-- ␌ ⏎␌⏎ . .. ... ..... a.. ⏎a·.....·1 :· ⏎a:· " ' ( ) - – — a- -⏎ ⏎␍ ␍ ␍⏎ u2028 u2029 u0085 u00a0 u200b ufeff ud83d U+1F469 e u0301 中 。 . 1 1,000 1.5 $1 % 12:30 2024-01-01 a@b.c http://a.b/ /a/b [1] RFC·1·a 1.1.  ⏎1.1·A [Page·1] Dr.· e.g.· U.S.·  "a· ?! !`,
};
const ALIASES: [RegExp, string[]][] = [
  [/^(?:markdown|plaintext:md)$/, ['markdown']],
  [/^(?:html|vue)$/, ['html']],
  [/^xml$/, ['xml', 'html']],
  [/^jupyter$/, ['ipynb', 'json']],
  [/^json$/, ['json']],
  [/^yaml$/, ['yaml']],
  [/^toml$/, ['toml']],
  [/^(?:properties|ini)$/, ['properties']],
  [/^[ct]sv$/, ['csv']],
  [/^latex$/, ['latex']],
  [/^restructuredtext$/, ['rst']],
  [/^asciidoc$/, ['adoc']],
  [/^org$/, ['org']],
  [/^diff$/, ['diff', 'code']],
  [/^dockerfile$/, ['docker']],
  [/^troff$/, ['troff']],
  [/^log$/, ['log']],
  [/^subtitle$/, ['subtitle']],
  [/^mail$/, ['mail']],
  [/^(?:chat|rfc|plaintext)$/, ['plain', 'chat', 'log', 'mail']],
];

/** `⏎` a line end, `·` a space, `⇥` a tab and so on, since blanks separate the fragments. */
const SIGNS: Record<string, string> = {
  '⏎': '\n',
  '·': ' ',
  '⇥': '\t',
  '␛': '\x1b',
  '␇': '\x07',
  '␌': '\f',
  '␍': '\r',
};

function parse(list: string): string[] {
  return list
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) =>
      part
        .replace(/[⏎·⇥␛␇␌␍]/g, (sign) => SIGNS[sign])
        .replace(/^(?:u|U\+)([\da-f]{4,5})$/i, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16))),
    );
}

const fragments = new Map(Object.entries(FRAGMENTS).map(([name, list]) => [name, parse(list)]));
const COMMON = parse('⏎ · ⇥ a 1 . , : - = * " \' \\ ( ) [ ] { } < > & $ # / u00e9 中 u2029 ud83d');

/** The fragments of a view, the most typical first. */
export function fragmentsOf(view: string): string[] {
  const names = ALIASES.find(([pattern]) => pattern.test(view))?.[1] ?? ['code'];
  const own = Object.hasOwn(languages, view) ? markersOf(view) : [];
  return [...new Set([...own, ...names.flatMap((name) => fragments.get(name)!), ...COMMON])];
}

function markersOf(view: string): string[] {
  const { line = [], block = [], strings = [], skip = [] } = languages[view];
  const openings = [
    ...line.map((each) => (typeof each === 'string' ? each : each.open)),
    ...[...block, ...strings].flatMap(({ open, close }) => [open, close]),
  ];
  return [...openings, ...skip, ...strings.flatMap(({ code = [] }) => [...code])].filter(
    (each) => typeof each === 'string',
  );
}

/** Numbers from a seed, in [0, 1) (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A flat string: a rope would be flattened while something is measured. */
const flat = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');

const fill = (part: string, units: number): string => part.repeat(Math.ceil(units / part.length)).slice(0, units);
const shown = (...parts: string[]): string => parts.map((part) => JSON.stringify(part)).join(' ');

/** One fragment again and again, also as a line, and between two ordinary lines. */
export function runsOf(part: string): Input[] {
  return [
    { name: `${shown(part)}*`, make: (units) => flat(fill(part, units)) },
    { name: `a ${shown(part)}* a`, make: (units) => flat(`all: port\n${fill(part, units - 20)}\n8080 a`) },
    { name: `${shown(part)}* ~x`, make: (units) => flat(`${fill(part, units)}~x`) },
  ];
}

/** Alternations of two or three fragments, and nestings of them. @param of where the fragments are from */
export function randomInput(random: () => number, of: readonly string[]): Input {
  const any = (): string => of[Math.floor(random() * of.length)];
  const [a, b, c] = [any(), any(), any()];
  const half = (units: number) => Math.ceil(units / 2);
  switch (Math.floor(random() * 8)) {
    case 0:
    case 1:
      return { name: `(${shown(a, b)})*`, make: (units) => flat(fill(a + b, units)) };
    case 2:
      return { name: `(${shown(a, b, c)})*`, make: (units) => flat(fill(a + b + c, units)) };
    case 3:
      return { name: `(${shown(a, b)} \\n)*`, make: (units) => flat(fill(`${a + b}\n`, units)) };
    case 4:
      return {
        name: `${shown(a)}* ${shown(b)}*`,
        make: (units) => flat(fill(a, half(units)) + fill(b, half(units))),
      };
    case 5:
      return { name: `${shown(a)} ${shown(b)}* ${shown(c)}`, make: (units) => flat(a + fill(b, units) + c) };
    case 6:
      return {
        name: `(${shown(a)}x ${shown(b)}* )* rows of growing length`,
        make: (units) => flat(growing(a, b, units)),
      };
    default:
      return {
        name: `${shown(a)} (${shown(b, c)})* ${shown(a)}*`,
        make: (units) => flat(a + fill(b + c, half(units)) + fill(a, half(units))),
      };
  }
}

/** Words with what the format is made of between them, in lines of ordinary length. */
export function normalInput(seed: number, of: readonly string[]): Input {
  return {
    name: 'words',
    make: (units) => {
      const random = randomOf(seed);
      const signs = of.filter((each) => each.length === 1);
      const parts: string[] = [];
      for (let length = 0; length < units; length += parts.at(-1)!.length) {
        const word = 'abcdefghijklmnopqrst'.slice(Math.floor(random() * 10), 11 + Math.floor(random() * 9));
        const between = random() < 0.05 ? signs[Math.floor(random() * signs.length)] : random() < 0.1 ? '\n' : ' ';
        parts.push(`${word}${between}`);
      }
      return flat(parts.join('').slice(0, units));
    },
  };
}

/** Lines of 1, 2, 3 … times `part`. */
function growing(head: string, part: string, units: number): string {
  const lines: string[] = [];
  for (let length = 0, i = 1; length < units; i++) {
    const line = `${head}x${part.repeat(i)}\n`;
    lines.push(line);
    length += line.length;
  }
  return lines.join('').slice(0, units);
}
