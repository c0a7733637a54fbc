/** Reading views of formats that are chosen by name or content: XML, Org, manual pages, RFCs, Dockerfiles, patches; facts in code. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { viewOf } from '../../../server/views/choose-view.js';
import { codeView } from '../../../server/views/code/code.js';
import { dockerfileView } from '../../../server/views/code/dockerfile.js';
import { htmlView } from '../../../server/views/markup/html.js';
import { manView } from '../../../server/views/markup/man.js';
import { orgView } from '../../../server/views/markup/org.js';
import { xmlView } from '../../../server/views/markup/xml.js';
import { diffView } from '../../../server/views/text/diff.js';
import { rfcView } from '../../../server/views/text/rfc.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { blocksOf, inFile } from './view-examples.js';

describe('XML view', () => {
  it('texts and attributes are lines with the elements above and the name of their record', () => {
    const file =
      '<?xml version="1.0"?>\n<project xmlns="urn:x"><!-- all of\n it --><dependency><artifactId>charts</artifactId><version>5.0.2</version></dependency>\n<ref Include="Json &amp; Co" Version=\'13\'/></project>';
    const view = xmlView(file);
    assert.deepEqual(blocksOf(view, file), [
      'heading : project',
      'comment project: all of it',
      'heading project: dependency',
      'value project/dependency: project dependency artifact Id: charts',
      'value project/dependency: project dependency charts version: 5.0.2',
      'heading project: ref',
      'value project/ref: project ref Include: "Json & Co"',
      'value project/ref: project ref Json & Co Version: "13"',
    ]);
    assert.equal(inFile(view, file, '"Json & Co"').replaceAll('"', ''), 'Json &amp; Co');
    assert.equal(inFile(view, file, '5.0.2'), '5.0.2');
  });

  it('mixed content is one paragraph; CDATA is text; Android strings keep their names', () => {
    const file =
      '<r><p>It is <b>very</b> wet&#x2e;</p><c><![CDATA[a < b &amp; c]]></c><string name="title">My App</string></r>';
    assert.deepEqual(blocksOf(xmlView(file), file).slice(1), [
      'value r: r p: It is very wet.',
      'value r: r c: a < b &amp; c',
      'heading r: string',
      'value r/string: r string name: "title"',
      'value r: r title string: My App',
    ]);
  });

  it('property lists are read with their keys, drawings only with their texts', () => {
    const plist = '<plist><dict><key>Bundle Name</key><string>Fenn</string></dict></plist>';
    assert.match(xmlView(plist).text, /Bundle Name: Fenn/);
    const svg = '<svg viewBox="0 0 1 1"><path d="M0 0h9"/><g><text x="1">Tide gauge</text></g></svg>';
    const { text } = xmlView(svg);
    assert.match(text, /text: Tide gauge/);
    assert.doesNotMatch(text, /M0|viewBox/);
  });

  it('entities of a document type are neither expanded nor fetched; malformed XML is read as far as possible', () => {
    const laughs = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(50)}"><!ENTITY f SYSTEM "file:///etc/passwd">]><x>&b; &f; end</x>`;
    assert.equal(xmlView(laughs).text.includes('&b; &f; end'), true);
    for (const file of [
      '<a',
      '<a b',
      '<a b="',
      '</',
      '<!',
      '<![CDATA[x',
      '<!-- x',
      '<a><b>1</a>2</b>',
      '<a b=1 c>x</a>',
      'text',
      '',
    ])
      blocksOf(xmlView(file), file);
    assert.match(xmlView('<a><b>one</a> 3 < 4 </b>').text, /one[\s\S]*3 < 4/);
  });

  it('deep nesting is read as plain text', () => {
    const deep = `${'<a>'.repeat(5000)}x`;
    assert.equal(xmlView(deep).text, deep);
  });
});

describe('Org view', () => {
  const file = `#+TITLE: Lab notebook
#+AUTHOR: R. Fenn
#+OPTIONS: toc:nil
* Equipment
** TODO [#A] Order *new* centrifuge      :purchase:urgent:
   DEADLINE: <2024-09-12 Thu> CLOSED: [2024-09-10 Tue 10:22]
   :PROPERTIES:
   :VENDOR:   Kestrel Instruments
   :END:
   It reaches *12,000* rpm, see [[https://example.org/c12][the data
   sheet]] or [[https://example.org]]. 2*3*4 = 24 and a_b.
   - [X] by /Ines Duarte/ with =200 g=
   1. first
   - term :: what it is
| sample | origin     |
|--------+------------|
| S-11   | Lake Ornn  |
#+BEGIN_SRC sh
rsync -a *x* b
#+END_SRC
# a remark
`;
  it('headings, planning, properties, lists, tables, blocks', () => {
    const view = orgView(file);
    assert.deepEqual(blocksOf(view, file), [
      'heading : Lab notebook',
      'value : AUTHOR: R. Fenn',
      'heading : Equipment',
      'heading Equipment: TODO, priority A: Order new centrifuge',
      'value Equipment/Order new centrifuge: Order new centrifuge tags: purchase, urgent',
      'value Equipment/Order new centrifuge: Order new centrifuge DEADLINE: 2024-09-12 Thu',
      'value Equipment/Order new centrifuge: Order new centrifuge CLOSED: 2024-09-10 Tue 10:22',
      'value Equipment/Order new centrifuge: Order new centrifuge VENDOR: Kestrel Instruments',
      'paragraph Equipment/Order new centrifuge: It reaches 12,000 rpm, see [[https://example.org/c12][the data sheet]] or https://example.org. 2*3*4 = 24 and a_b.',
      'listItem Equipment/Order new centrifuge: done: by Ines Duarte with 200 g',
      'listItem Equipment/Order new centrifuge: 1. first',
      'listItem Equipment/Order new centrifuge: term: what it is',
      'tableRow Equipment/Order new centrifuge: sample; origin.',
      'tableRow Equipment/Order new centrifuge: sample: S-11; origin: Lake Ornn.',
      'code Equipment/Order new centrifuge: rsync -a *x* b',
      'comment Equipment/Order new centrifuge: a remark',
    ]);
    assert.equal(inFile(view, file, 'Ines Duarte with 200 g'), 'Ines Duarte/ with =200 g');
  });

  it('a text file that begins with keywords of Org is read as such', () => {
    assert.match(viewOf(file, { fileName: 'lab.txt' }).text, /VENDOR: Kestrel/);
    const list = viewOf('* a list\n* of stars', { fileName: 'x.txt' });
    assert.deepEqual(
      list.blocks.map(({ kind }) => kind),
      ['listItem', 'listItem'],
    );
  });
});

describe('view of a manual page', () => {
  const man = `.\\" Copyright 2024 Fenn
.TH FENN 1 "2024-02-11" "fenn 1.8" "User Commands"
.SH NAME
fenn \\- copy tide tables
.SH OPTIONS
.TP
\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR
print nothing
.TP
.BI \\-r " N"
try
.I N
times (at most
.BR 12 ).
.IP \\(bu 2
a bullet
.SH EXIT STATUS
.TP
.B 3
no answer \\(em \\[u00E9]\\*(lqx\\*(rq
.nf
one  two
 three
.fi
`;
  it('an older title has the version where newer ones have the date', () => {
    const old = '.TH FENN 8 "3.21.0" "Linux" "Tide Manual"\n';
    assert.deepEqual(blocksOf(manView(old), old), [
      'value : manual page: FENN',
      'value : section: 8',
      'value : version: 3.21.0',
      'value : system: Linux',
      'value : manual: Tide Manual',
    ]);
    for (const date of ['11 February 2024', '2024-02-11', '11/02/24']) {
      const page = `.TH FENN 8 "${date}" "fenn 1.8"\n`;
      assert.deepEqual(blocksOf(manView(page), page).slice(2), [`value : date: ${date}`, 'value : version: fenn 1.8']);
    }
  });

  it('man macros', () => {
    const view = manView(man);
    assert.deepEqual(blocksOf(view, man), [
      'comment : Copyright 2024 Fenn',
      'value : manual page: FENN',
      'value : section: 1',
      'value : date: 2024-02-11',
      'value : version: fenn 1.8',
      'value : manual: User Commands',
      'heading : NAME',
      'paragraph NAME: fenn - copy tide tables',
      'heading : OPTIONS',
      'listItem OPTIONS: option -q, --quiet: print nothing',
      'listItem OPTIONS: option -r N: try N times (at most 12).',
      'listItem OPTIONS: a bullet',
      'heading : EXIT STATUS',
      'listItem EXIT STATUS: exit status 3: no answer — é“x”',
      'code EXIT STATUS: one two\nthree',
    ]);
    assert.equal(inFile(view, man, '--quiet'), '\\-\\-quiet');
  });

  it('mdoc macros', () => {
    const mdoc = `.Dd March 3, 2024
.Dt FENN 8
.Sh NAME
.Nm fenn
.Nd copy tables
.Sh SYNOPSIS
.Nm
.Op Fl qv
.Op Fl t Ar seconds
.Sh FILES
.Bl -tag -width x
.It Pa /etc/fenn.conf
names the stations, see
.Xr hosts 5 .
.El
`;
    assert.deepEqual(blocksOf(manView(mdoc), mdoc), [
      'value : date: March 3, 2024',
      'value : manual page: FENN',
      'value : section: 8',
      'heading : NAME',
      'paragraph NAME: fenn – copy tables',
      'heading : SYNOPSIS',
      'paragraph SYNOPSIS: fenn [-qv] [-t seconds]',
      'heading : FILES',
      'listItem FILES: file /etc/fenn.conf: names the stations, see hosts(5).',
    ]);
  });

  it('is recognised by its text, not by a number at the end of the name', () => {
    assert.match(viewOf(man, { fileName: 'fenn.1' }).text, /option -r N/);
    assert.equal(viewOf('12:00 started\n', { fileName: 'app.log.1' }).text.trim(), '12:00 started');
  });
});

describe('RFC view', () => {
  const head = `Network Working Group                                          A. Lindqvist
Request for Comments: 7999                                   Tidewater Labs
Obsoletes: 6111                                             B. Okoro, Ed.
Category: Standards Track                                       March 2019


                     The Tide Table Exchange Protocol
`;
  it('authors and facts at the beginning; pages without form feeds', () => {
    const file = `${head}
1.  Introduction

   The client opens the connection and sends a greeting of 512 octets, the



Lindqvist & Okoro            Standards Track                    [Page 1]

RFC 7999                  Tide Table Exchange                 March 2019


   first of which is the version number.
`;
    const view = viewOf(file, { fileName: 'rfc7999.txt' });
    const blocks = blocksOf(view, file);
    assert.deepEqual(blocks.slice(0, 8), [
      'value : Network Working Group',
      'value : author: A. Lindqvist',
      'value : Request for Comments: 7999',
      'value : organisation of the author: Tidewater Labs',
      'value : Obsoletes: 6111',
      'value : author: B. Okoro, Ed.',
      'value : Category: Standards Track',
      'value : date: March 2019',
    ]);
    assert.ok(
      blocks.at(-1)!.endsWith('a greeting of 512 octets, the first of which is the version number.'),
      blocks.at(-1),
    );
    assert.equal(inFile(view, file, 'B. Okoro, Ed.'), 'B. Okoro, Ed.');
  });

  it('prose that only begins like an RFC is plain text', () => {
    const file = 'Network Working Group met on Monday.\nIt was short.\n';
    assert.equal(viewOf(file, { fileName: 'notes.txt' }).text, viewOf(file, { languageId: 'plaintext' }).text);
    blocksOf(rfcView(file), file);
  });
});

describe('Dockerfile view', () => {
  const file = `# syntax of the
# build
FROM --platform=linux/amd64 node:20.11-alpine AS build
ENV NODE_ENV=production PORT="80 80"
ARG LOG_LEVEL=info
WORKDIR /srv/app
RUN npm ci \\
  && npm prune
EXPOSE 8080 9090
HEALTHCHECK --interval=30s CMD wget -q localhost
USER node
`;
  it('instructions in words', () => {
    const view = dockerfileView(file);
    assert.deepEqual(blocksOf(view, file), [
      'comment : syntax of the build',
      'value build: platform of the base image: linux/amd64',
      'value build: base image: node:20.11-alpine',
      'value build: name of the stage: build',
      'value build: NODE_ENV environment variable node env: production',
      'value build: PORT environment variable port: 80 80',
      'value build: LOG_LEVEL build argument log level: info',
      'value build: WORKDIR working directory: /srv/app',
      'code build: RUN npm ci\n&& npm prune',
      'value build: EXPOSE exposed port: 8080',
      'value build: exposed port: 9090',
      'value build: health is checked every: 30s',
      'value build: health is checked by the command: wget -q localhost',
      'value build: USER runs under the user: node',
    ]);
    assert.equal(inFile(view, file, 'node:20.11-alpine'), 'node:20.11-alpine');
  });

  it('a comment between continued lines is text; the word of an instruction is never an answer', () => {
    const source =
      'RUN apt-get install -y \\\n# the pager\n# of the client\n  less \\\n  gnupg\n# stops fast\nSTOPSIGNAL SIGINT\n';
    const view = dockerfileView(source);
    assert.deepEqual(blocksOf(view, source), [
      'code : RUN apt-get install -y',
      'comment : the pager of the client',
      'code : less\ngnupg',
      'comment : stops fast',
      'value : STOPSIGNAL stop signal: SIGINT',
    ]);
    assert.equal(inFile(view, source, 'SIGINT'), 'SIGINT');
    const at = view.text.indexOf('STOPSIGNAL');
    assert.equal(view.toFile(at, at + 10), null);
  });

  it('is found by its name', () => {
    for (const fileName of ['Dockerfile', 'x/Dockerfile.dev', 'Containerfile', 'api.dockerfile'])
      assert.match(viewOf('USER root\n', { fileName }).text, /runs under the user: root/);
  });
});

describe('view of a patch', () => {
  const file = `From 1a2b3c4 Mon Sep 17 00:00:00 2001
From: Ada Okafor <ada@example.org>
Date: Tue, 5 Mar 2024 10:11:12 +0100
Subject: [PATCH 1/2] pool: raise the timeout

The old one was
too short.
---
 pool.c | 2 +-

diff --git a/pool.c b/pool.c
index 1..2 100644
--- a/pool.c
+++ b/pool.c
@@ -10,3 +10,3 @@ int pool_open(void)
 {
-	set_timeout(p, 30);
-- x
+	set_timeout(p, 45);
 }
`;
  it('author, files, old and new lines', () => {
    const view = diffView(file);
    assert.deepEqual(blocksOf(view, file), [
      'value : author of the patch, written by: Ada Okafor',
      'value : e-mail address: ada@example.org',
      'value : date of the patch: Tue, 5 Mar 2024 10:11:12 +0100',
      'value : subject of the patch: pool: raise the timeout',
      'paragraph : The old one was too short.',
      'value : file that is changed: pool.c, lines: 2',
      'value : file that is changed: pool.c',
      'heading pool.c: int pool_open(void)',
      'code pool.c/int pool_open(void): {',
      'value pool.c/int pool_open(void): old (removed): set_timeout(p, 30);\n- x',
      'value pool.c/int pool_open(void): new (added): set_timeout(p, 45);',
      'code pool.c/int pool_open(void): }',
    ]);
    assert.equal(inFile(view, file, 'set_timeout(p, 45);'), 'set_timeout(p, 45);');
  });

  it('a text file that is a patch is read as one', () => {
    assert.match(
      viewOf('--- a.txt\n+++ b.txt\n@@ -1 +1 @@\n-old\n+new\n', { fileName: 'x.txt' }).text,
      /new \(added\): new/,
    );
  });
});

describe('HTML that a browser leaves out', () => {
  it('hidden elements, templates and styles; what follows is shown', () => {
    const file =
      '<p>A<p hidden>no1<p>yes1<ul><li style="color:red; display: none">no2<ul><li>no3</ul><li>yes2</ul><div hidden><p>no4<div>no5</div><script>no6</script></div><template><p>no7</p></template><span aria-hidden=true>yes3</span><table><tr hidden><td>no8<tr><td>yes4</table><div hidden=until-found>yes5</div><style>no9{}</style><!-- no10 --><input hidden type=submit value=no11><i style="visibility:hidden">no12</i>yes6';
    const view = htmlView(file);
    blocksOf(view, file);
    assert.doesNotMatch(view.text, /no\d/);
    for (let i = 1; i <= 6; i++) assert.ok(view.text.includes(`yes${i}`), `yes${i}: ${view.text}`);
  });
});

describe('facts in code', () => {
  const facts = (source: string, language: string): string[] =>
    blocksOf(codeView(source, language), source)
      .filter((block) => block.startsWith('value'))
      .map((block) => block.slice('value : '.length));

  it('constants, with their names in words and the comment after them', () => {
    assert.deepEqual(facts('DEFAULT_TIMEOUT = 45  # seconds\napi_url: str = r"https://x"\ny = f(x)\n', 'python'), [
      'DEFAULT_TIMEOUT (default timeout, seconds) = 45',
      'api_url (api url): str = "https://x"',
    ]);
    assert.deepEqual(
      facts('#define LZMA_DELTA UINT32_C(6)\nstatic const int max_depth = 0x20;\nint x = foo(3);\n', 'c'),
      ['#define LZMA_DELTA (lzma delta) = 6', 'static const int max_depth (maximum depth) = 0x20'],
    );
    assert.deepEqual(facts("export const maxAge = 1_500;\nconst o = {\n  'user-agent': `fenn`,\n};\n", 'typescript'), [
      'export const maxAge (maximum age) = 1_500',
      'user-agent (user agent): "fenn"',
    ]);
  });

  it('environment variables and their defaults', () => {
    assert.deepEqual(
      facts("t = f\"{os.environ['TIDE_TOKEN']}\"\nd = os.environ.get('DB_URL', 'sqlite://')\n", 'python'),
      [
        'environment variable (tide token): TIDE_TOKEN',
        'environment variable (db url): DB_URL',
        'default of DB_URL (db url): sqlite://',
      ],
    );
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code of another language
    assert.deepEqual(facts('PORT="${PORT:-8080}"\nexport LOG_LEVEL=debug\n', 'shellscript'), [
      'environment variable: PORT',
      'default of PORT: 8080',
      'export LOG_LEVEL (log level) = debug',
    ]);
    assert.deepEqual(facts("const u = process.env.DB_URL ?? 'x';\n", 'javascript').slice(1), [
      'default of DB_URL (db url): x',
    ]);
  });

  it('columns of SQL', () => {
    const source =
      "CREATE TABLE users (\n  email VARCHAR(255) NOT NULL,\n  status TEXT DEFAULT 'new',\n  PRIMARY KEY (id)\n);\n";
    assert.deepEqual(facts(source, 'sql'), [
      'column email of table users, type VARCHAR(255) NOT NULL',
      'column status of table users, type TEXT ',
      "default of column status of table users: 'new'",
      'primary key of table users: id',
    ]);
  });

  it('primary keys that are added later, types of several words', () => {
    const source =
      "CREATE TABLE staff (\n  full_time CHARACTER VARYING(1) DEFAULT 'Y'\n);\nALTER TABLE staff\n    ADD CONSTRAINT staff_pk PRIMARY KEY (id, shift);\nALTER TABLE ONLY shop ADD PRIMARY KEY (id);\nx PRIMARY KEY (y);\n";
    assert.deepEqual(facts(source, 'sql'), [
      'column full_time (full time) of table staff, type CHARACTER VARYING(1) ',
      "default of column full_time (full time) of table staff: 'Y'",
      'primary key of table staff: id, shift',
      'primary key of table shop: id',
    ]);
  });

  it('the assignee of a TODO', () => {
    const source = '# TODO(lena): use HTTP/2\nx()\n';
    assert.deepEqual(blocksOf(codeView(source, 'python'), source)[0], 'comment : TODO to be done by lena: use HTTP/2');
  });

  it('code cells of notebooks are code', () => {
    const file = JSON.stringify({
      cells: [{ cell_type: 'code', source: ['ALPHA = 0.05  # level\n', 'f()'] }],
      metadata: {},
    });
    assert.match(viewOf(file, { fileName: 'x.ipynb' }).text, /^ALPHA \(level\) = 0\.05/);
  });
});

describe('time and memory grow in proportion to the length', () => {
  const cases: [string, (text: string) => unknown, string, number][] = [
    ['XML elements', xmlView, '<a b="c">d &amp; e</a>', 20_000],
    ['XML openings', xmlView, '<a ', 200_000],
    ['XML quotes', xmlView, '<a b="', 100_000],
    ['XML sections', xmlView, '<![CDATA[<!--<!x', 50_000],
    ['XML without ends', xmlView, '<b>x</c>', 50_000],
    ['Org marks', orgView, ' *a /b =c', 50_000],
    ['Org blocks', orgView, '#+begin_src\n', 50_000],
    ['Org rows', orgView, '|a|b\n', 50_000],
    ['man escapes', manView, '\\fB\\(', 100_000],
    ['man quotes', manView, '.B "a b\n', 50_000],
    ['Dockerfile lines', dockerfileView, 'RUN <<EOF\\\n', 5_000],
    ['diff lines', diffView, '@@ -1 +1 @@\n-a\n+b\n', 30_000],
    ['hidden HTML', htmlView, '<p hidden><b></i>', 50_000],
    ['constants', (text) => codeView(text, 'python'), 'A_B = "x" # c\n', 20_000],
    ...['rust', 'kotlin', 'swift', 'scala', 'dart'].map((id): [string, (text: string) => unknown, string, number] => [
      `nested comments of ${id}`,
      (text) => codeView(`${text}*/`, id),
      '/*',
      200_000,
    ]),
    ['nested comments of Haskell', (text) => codeView(`${text}-}`, 'haskell'), '{-', 200_000],
    ['dashes of Haskell', (text) => codeView(text, 'haskell'), '--', 200_000],
    ['one long line of code', (text) => codeView(text, 'shellscript'), 'a=${', 100_000],
  ];
  for (const [name, make, piece, count] of cases)
    it(name, () => assertGrowsInProportion(name, count, (size) => make(piece.repeat(size))));
});
