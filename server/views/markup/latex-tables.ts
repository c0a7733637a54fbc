/** How LaTeX's commands are read. */

const words = (list: string): string[] => list.split(' ');

export const SECTIONS: ReadonlyMap<string, number> = new Map(
  words('part chapter section subsection subsubsection paragraph subparagraph').map((name, level) => [name, level]),
);

/** Arguments in braces that are hidden, from the first; those after them are shown. */
export const HIDDEN_ARGUMENTS: ReadonlyMap<string, number> = new Map([
  ...words(
    'label ref pageref eqref autoref nameref cref Cref vref cite citep citet citealp citeauthor citeyear nocite parencite textcite footcite autocite includegraphics input include includeonly usepackage RequirePackage documentclass bibliography bibliographystyle addbibresource vspace hspace pagestyle thispagestyle hypersetup graphicspath index href color textcolor colorbox selectlanguage foreignlanguage usetikzlibrary lstset lstinputlisting inputminted hyphenation bibitem pagenumbering phantom hphantom vphantom cmidrule cline hyperref hypertarget hyperlink parbox raisebox makebox scalebox rotatebox newcounter stepcounter refstepcounter newtheorem usefont includepdf markboth markright ensuremath theoremstyle setmainfont setsansfont setmonofont geometry definecolorset acrodef',
  ).map((name): [string, number] => [name, 1]),
  ...words(
    'newcommand renewcommand providecommand DeclareRobustCommand DeclareMathOperator setlength addtolength setcounter addtocounter multicolumn rule fontsize resizebox addcontentsline fcolorbox settowidth newacronym specialrule',
  ).map((name): [string, number] => [name, 2]),
  ...words('newenvironment renewenvironment multirow definecolor').map((name): [string, number] => [
    name,
    name === 'multirow' ? 2 : 3,
  ]),
]);

/** Arguments of environments in braces. */
export const ENVIRONMENT_ARGUMENTS: ReadonlyMap<string, number> = new Map([
  ...words(
    'tabular longtable supertabular array minipage multicols thebibliography wraptable list subfigure subtable tabulary',
  ).map((name): [string, number] => [name, name === 'tabulary' || name === 'wraptable' || name === 'list' ? 2 : 1]),
  ...words('tabular* tabularx wrapfigure').map((name): [string, number] => [name, 2]),
]);

export const TABLES = new Set(words('tabular tabular* tabularx tabulary longtable supertabular'));
export const VERBATIM = new Set(
  words('verbatim verbatim* Verbatim lstlisting minted alltt listing BVerbatim LVerbatim semiverbatim'),
);
export const MATH = new Set(
  words(
    'equation equation* align align* gather gather* multline multline* eqnarray eqnarray* displaymath math alignat alignat* flalign flalign* array',
  ),
);
export const HIDDEN = new Set(words('comment tikzpicture picture filecontents filecontents* pgfpicture asy'));

/** Commands that are a character. */
export const SYMBOLS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '&': '&',
    '%': '%',
    $: '$',
    '#': '#',
    _: '_',
    '{': '{',
    '}': '}',
    ' ': ' ',
    '\n': ' ',
    ',': ' ',
    ';': ' ',
    ':': ' ',
    quad: ' ',
    qquad: ' ',
    space: ' ',
    ldots: '…',
    dots: '…',
    textellipsis: '…',
    textendash: '–',
    textemdash: '—',
    ss: 'ß',
    ae: 'æ',
    AE: 'Æ',
    oe: 'œ',
    OE: 'Œ',
    o: 'ø',
    O: 'Ø',
    aa: 'å',
    AA: 'Å',
    l: 'ł',
    L: 'Ł',
    i: 'ı',
    j: 'ȷ',
    copyright: '©',
    textcopyright: '©',
    textregistered: '®',
    texttrademark: '™',
    S: '§',
    P: '¶',
    dag: '†',
    ddag: '‡',
    pounds: '£',
    euro: '€',
    texteuro: '€',
    textdegree: '°',
    textbackslash: '\\',
    textasciitilde: '~',
    textasciicircum: '^',
    textunderscore: '_',
    textbar: '|',
    textless: '<',
    textgreater: '>',
    textquotesingle: "'",
    textquotedblleft: '“',
    textquotedblright: '”',
    textbullet: '•',
    slash: '/',
    LaTeX: 'LaTeX',
    LaTeXe: 'LaTeX2e',
    TeX: 'TeX',
    BibTeX: 'BibTeX',
    XeTeX: 'XeTeX',
    LuaTeX: 'LuaTeX',
    lbrack: '[',
    rbrack: ']',
  }),
);

/** Accents as combining characters. */
export const ACCENTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '`': '\u0300',
    "'": '\u0301',
    '^': '\u0302',
    '~': '\u0303',
    '=': '\u0304',
    u: '\u0306',
    '.': '\u0307',
    '"': '\u0308',
    r: '\u030a',
    H: '\u030b',
    v: '\u030c',
    d: '\u0323',
    c: '\u0327',
    k: '\u0328',
    b: '\u0331',
  }),
);
