/** Generated documents: words that a reader sees are w1, w2, ..., what markup hides is h1, h2, ... */
import fc from '../helpers/fast-check.js';

const n = fc.integer({ min: 1, max: 9999 });
const w = n.map((i) => `w${i}`);
const h = n.map((i) => `h${i}`);

/** Puts together what arbitraries give: fill`a ${w} b`. */
function fill(strings: TemplateStringsArray, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((values) => strings.reduce((text, string, i) => text + values[i - 1] + string));
}

const oneOf = (...choices: fc.Arbitrary<string>[]): fc.Arbitrary<string> => fc.oneof(...choices);
const list = (item: fc.Arbitrary<string>, join: string, most = 4): fc.Arbitrary<string> =>
  fc.array(item, { minLength: 1, maxLength: most }).map((items) => items.join(join));
const words = list(w, ' ', 6);
const indented = (text: fc.Arbitrary<string>, by: string): fc.Arbitrary<string> =>
  text.map((lines) => lines.replace(/^(?=.)/gm, by));

/** Prose of inline pieces, wrapped anywhere. */
const prose = (inline: fc.Arbitrary<string>, wrap = '\n'): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(inline, fc.constantFrom(' ', ' ', ' ', ', ', wrap)), { minLength: 1, maxLength: 8 })
    .map((pieces) => pieces.map(([text, gap], i) => (i + 1 < pieces.length ? text + gap : text)).join(''));

const yamlScalar = oneOf(
  w,
  words,
  fill`"${w}\\n\\"${w}\\u0041"`,
  fill`'${w}''s ${w}'`,
  fill`[${list(w, ', ')}]`,
  fill`{${w}: ${w}, ${w}: "${w}"}`,
  fill`&${h} ${w}`,
  fill`>-\n    ${w}\n    ${words}\n\n    ${w}`,
  fill`|\n    ${w}\n      ${w}`,
  fill`\n    ${w}: ${words}`,
  fill`\n    - ${w}\n    - ${w}: ${w}\n      ${w}: ${w}`,
);
export const yamlDocument = list(
  oneOf(
    fc.tuple(n, yamlScalar).map(([i, value]) => `w${i}: ${value}`),
    fill`# ${words}`,
    fill`---\n# ${w}`,
  ),
  '\n',
  8,
).map((lines) => uniqueKeys(lines));

/** Keys must differ in a map. */
function uniqueKeys(text: string): string {
  let next = 10_000;
  return text.replace(/\bw\d+(?=: |:$| = )/gm, () => `w${next++}`);
}

const tomlValue = oneOf(
  fill`"${w}\\t${w} \\"${w}\\""`,
  fill`'${w} \\'`,
  fill`"""\n${w} \\\n   ${w}\n"${w}"\n"""`,
  fill`'''${w}\n${w}'''`,
  fill`["${w}", '${w}', ["${w}"]]`,
  fill`["${w}", # ${w}\n  "${w}",\n]`,
  fill`{ ${w} = "${w}", ${w} = 1 }`,
  fc.constantFrom('1', 'true', '1.5e3', '2020-01-01'),
);
export const tomlDocument = list(
  oneOf(fill`${w} = ${tomlValue}`, fill`"${w} ${w}" = ${tomlValue} # ${w}`, fill`# ${words}`, fill`[[${w}]]`),
  '\n',
  8,
).map((text) => {
  let next = 10_000;
  return text.replace(/(?<=^\[\[|^"|^|[{,] )w\d+(?= = |\]\]$| w\d+" = )/gm, () => `w${next++}`);
});

export const propertiesDocument = list(
  oneOf(fill`${w} = ${words}`, fill`${w}=${w}`, fill`${w}: ${w}`, fill`# ${words}`, fill`#${w}`, fill`  ${w} = ${w}`),
  '\n',
  10,
);

const latexInline = oneOf(
  w,
  w,
  fill`\\emph{${w} ${w}}`,
  fill`\\textbf{${w} \\textit{${w}}}`,
  fill`${w}~\\cite[${h}]{${h}}`,
  fill`\\label{${h}}${w}`,
  fill`$${w}^2 + \\alpha$`,
  fill`\\(${w}\\)`,
  fill`\`\`${w}''`,
  fill`${w}--${w}`,
  fill`\\'e ${w} 50\\%`,
  fill`${w}\\footnote{${w} \\emph{${w}}.}`,
  fill`\\href{${h}}{${w}}`,
  fill`\\url{${w}}`,
  fill`\\verb|${w}%|`,
  fill`\\unknown{${w}}`,
  fill`{\\bfseries ${w}}`,
  fill`${w} % ${h}\n${w}`,
  fill`\\textcolor{${h}}{${w}} \\LaTeX{} ${w}`,
  fill`\\vspace*{${h}} ${w}`,
);
const latexProse = prose(latexInline, '\n  ');
const latexRow = fc
  .array(
    latexInline.filter((text) => !text.includes('\n')),
    { minLength: 1, maxLength: 3 },
  )
  .map((c) => c.join(' & '));
export const latexDocument = fc
  .tuple(
    list(
      oneOf(
        latexProse,
        fill`\\section[${h}]{${latexProse}}\\label{${h}}`,
        fill`\\subsection*{${w}}`,
        fill`\\begin{itemize}[${h}]\n${list(fill`\\item ${latexProse}`, '\n')}\n\\item[${w}] ${w}\n\\end{itemize}`,
        fill`\\begin{tabular}{ll}\n${list(latexRow, ' \\\\ \\hline\n')}\n\\end{tabular}`,
        fill`\\begin{equation}\n${w} = \\frac{${w}}{2}\n\\end{equation}`,
        fill`\\begin{verbatim}\n  ${w} %{ ${w}\n\\end{verbatim}`,
        fill`\\begin{figure}[ht]\\includegraphics[${h}]{${h}}\\caption{${latexProse}}\\end{figure}`,
        fill`\\begin{theorem}${latexProse}\\end{theorem}`,
        fill`% ${h}`,
        fill`\\newcommand{\\foo}[1]{${h}}`,
        fill`\\begin{comment}${h}\\end{comment}`,
      ),
      '\n\n',
      6,
    ),
    fc.boolean(),
  )
  .map(([body, whole]) =>
    whole
      ? `\\documentclass{h1}\n\\usepackage{h2}\n\\title{w1 w2}\n\\begin{document}\n${body}\n\\end{document}\nh3`
      : body,
  );

const rstInline = oneOf(
  w,
  w,
  fill`*${w} ${w}*`,
  fill`**${w}**`,
  fill`\`\`${w} *${w}\`\``,
  fill`:ref:\`${w} <${h}>\``,
  fill`:doc:\`${w}\``,
  fill`\`${w} <http://${h}>\`_`,
  fill`${w}_`,
  fill`|${w}|`,
  fill`[${n.map(String)}]_ ${w}`,
  fill`${w}\\*${w}\\ ${w}`,
  fill`(*${w}*)`,
  fill`2*${w}`,
);
const rstProse = prose(rstInline).map((text) => text.replace(/\n(?=2\*|\[|\|)/g, ' '));
const rule = (title: string, sign: string): string => sign.repeat(Math.max(4, title.length));
const pad = (text: string, length: number): string => text.padEnd(length);
const rstGrid = fc.array(fc.tuple(w, w, fc.option(w)), { minLength: 1, maxLength: 4 }).map((rows) => {
  const lines = ['+--------+--------+', '| w1     | w2     |', '+========+========+'];
  for (const [a, b, c] of rows) {
    lines.push(`| ${pad(a, 6)} | ${pad(b, 6)} |`);
    if (c) lines.push(`|        | ${pad(c, 6)} |`);
    lines.push('+--------+--------+');
  }
  return lines.join('\n');
});
const rstSimple = fc.array(fc.tuple(w, words, fc.option(w)), { minLength: 1, maxLength: 4 }).map((rows) => {
  const lines = ['======  ======', 'w1      w2 w3', '======  ======'];
  for (const [a, b, c] of rows) lines.push(`${pad(a, 6)}  ${b}`, ...(c ? [`        ${c}`] : []));
  return [...lines, '======  ======'].join('\n');
});
export const rstDocument = list(
  oneOf(
    rstProse,
    fc.tuple(words, fc.constantFrom('=', '-', '~')).map(([title, sign]) => `${title}\n${rule(title, sign)}`),
    words.map((title) => `${rule(title, '*')}\n${title}\n${rule(title, '*')}`),
    fill`* ${indented(rstProse, '  ').map((text) => text.trimStart())}\n* ${w}`,
    fill`1. ${words}\n2. ${words}\n   ${w}`,
    fill`${w}\n  ${words}\n  ${w}`,
    fill`:${w}: ${words}\n  ${w}`,
    fill`${words}::\n\n   ${w}\n     ${w} *${w}\n\n   ${w}`,
    fill`.. note:: ${words}\n   ${w}\n\n   ${w}`,
    fill`.. warning::\n\n   ${indented(rstProse, '   ').map((text) => text.trimStart())}`,
    fill`.. code-block:: ${h}\n   :${h}:\n\n   ${w} = *${w}\n\n   ${w}`,
    fill`.. toctree::\n   :maxdepth: 2\n\n   ${h}\n   ${h}`,
    fill`.. ${h} comment\n   ${h}`,
    fill`.. _${h}: http://${h}`,
    fill`.. figure:: ${h}.png\n   :alt: ${w}\n\n   ${words}`,
    fill`.. function:: ${w}(${w})\n\n   ${words}`,
    fill`.. [1] ${words}`,
    fill`| ${words}\n| ${w}`,
    fill`>>> ${w}\n${w}`,
    rstGrid,
    rstSimple,
  ),
  '\n\n',
  6,
).map((text) => `${text}\n`);

const asciidocInline = oneOf(
  w,
  w,
  fill`*${w} ${w}*`,
  fill`_${w}_`,
  fill`\`${w}\``,
  fill`*_${w}_ ${w}*`,
  fill`w**${w}**`,
  fill`https://${h}[${w} ${w}]`,
  fill`https://${w}`,
  fill`link:${h}[${w}]`,
  fill`<<${h},${w} ${w}>>`,
  fill`xref:${h}[${w}]`,
  fill`${w}footnote:[${w} *${w}*]`,
  fill`[[${h}]]${w}`,
  fill`[.${h}]#${w}#`,
  fill`x^2^ ${w} &amp; ${w}`,
  fill`"\`${w}\`"`,
  fill`+${w}+`,
  fill`(((${h}))) ${w}`,
  fill`{${w}}`,
);
const asciidocProse = prose(asciidocInline).map((text) => text.replace(/\n(?=\[)/g, ' '));
const asciidocRow = fill`|${w} |${oneOf(w, fill`*${w}*`, words)}`;
export const asciidocDocument = list(
  oneOf(
    fill`${w} ${asciidocProse}`,
    fill`== ${words}`,
    fill`=== ${w} *${w}*`,
    fill`* ${asciidocProse}\n** ${w}`,
    fill`. ${words}\n. [x] ${w}`,
    fill`${w}:: ${words}\n${w}::\n  ${w}`,
    fill`NOTE: ${words}`,
    fill`[source,${h}]\n----\n${w} *${w}\n\n  ${w}\n----`,
    fill`....\n${w}\n....`,
    fill`====\n${words}\n====`,
    fill`// ${h}`,
    fill`////\n${h}\n\n${h}\n////`,
    fill`:${h}: ${h}`,
    fill`[#${h}]\n${words}`,
    fill`.${words}\n|===\n${asciidocRow}\n\n${list(asciidocRow, '\n')}\n|===`,
    fill`[cols="1,1",options="header"]\n|===\n|${w}\n|${w}\n\n|${w}\n|${w}\n${w}\n|===`,
    fill`image::${h}.png[${w} ${w},200]`,
    fill`include::${h}[]`,
  ),
  '\n\n',
  6,
);
