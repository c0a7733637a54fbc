/**
 * Files of every format that name addresses wherever the format allows it: nothing is fetched from them, no file of the
 * machine is read, and the text is read all the same.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { READERS, readerOf } from '../../../server/formats/child/registry.js';
import { makePdf } from '../helpers/make-pdf.js';
import { compoundFile } from './compound-file.js';
import { docx, epub, NAMESPACES, odf, paragraph, xlsx, zip } from './office-files.js';

const RENT = 'The rent is 700 euros.';
const SECRET = 'a secret of this machine';

let connections = 0;
const server = http.createServer((_, response) => response.end(SECRET));
server.on('connection', () => connections++);
const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-trap-'));
const secret = path.join(folder, 'secret.txt');
writeFileSync(secret, SECRET);
/** Requests of these tests themselves. */
let controls = 0;
/** Of the server, with the name of what refers to it. */
let at = (_name: string): string => '';

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  at = (name) => `http://127.0.0.1:${port}/${name}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** In front of XML: entities and a definition that stand elsewhere. */
const prologue = () =>
  `<?xml version="1.0"?><!DOCTYPE x SYSTEM "${at('x.dtd')}" [<!ENTITY % p SYSTEM "${at('p.dtd')}"> %p; <!ENTITY e SYSTEM "${at('entity')}"><!ENTITY f SYSTEM "${pathToFileURL(secret)}">]>`;
const TYPES = { '[Content_Types].xml': '<Types/>' };

/** Relationships to other places, as many kinds as there are. */
const outside = () => {
  const kinds = 'image attachedTemplate hyperlink aFChunk oleObject externalLinkPath video frame subDocument'.split(
    ' ',
  );
  const all = kinds.map(
    (kind) =>
      `<Relationship Id="${kind}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${kind}" Target="${at(kind)}" TargetMode="External"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.join('')}</Relationships>`;
};
const html = () =>
  `<html><head><base href="${at('base')}"><link rel="stylesheet" href="${at('css')}"><script src="${at('js')}"></script><style>@import url(${at('import')});</style></head><body background="${at('background')}"><p>${RENT}</p><img src="${at('img')}" srcset="${at('srcset')} 2x"><iframe src="${at('frame')}"></iframe><object data="${at('object')}"></object><video src="${at('video')}"></video></body></html>`;
const mail = () =>
  `From: a@example.org\nTo: b@example.org\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n${html()}\n--b\nContent-Type: message/external-body; access-type=URL; URL="${at('body')}"\n\nContent-Type: text/plain\n\n--b\nContent-Type: application/octet-stream; name=a.docx\nContent-Transfer-Encoding: base64\n\n${Buffer.from(word()).toString('base64')}\n--b--\n`;
const word = () =>
  docx(
    `${paragraph(RENT)}<w:p><w:fldSimple w:instr="INCLUDETEXT ${at('field')}"/><w:r><w:drawing><a:blip r:link="image"/></w:drawing></w:r></w:p><w:altChunk r:id="aFChunk"/>`,
  );

function pdf(): Uint8Array {
  const uri = (name: string) => `/URI (${at(name)})`;
  const action = (kind: string, rest: string) =>
    `<< /Type /Annot /Subtype /Link /Rect [0 0 600 700] /A << /S /${kind} ${rest} >> >>`;
  const file = (name: string) => `<< /Type /Filespec /FS /URL /F (${at(name)}) >>`;
  const labels = `/OpenAction << /S /URI ${uri('open')} >> /AA << /WC << /S /JavaScript /JS (app.launchURL\\("${at('js')}"\\)) >> >> /AcroForm << /Fields [] /XFA (<template><image href="${at('xfa')}"/></template>) >>`;
  return makePdf(
    [
      {
        texts: [{ x: 50, y: 700, text: RENT }],
        annotations: [
          action('URI', uri('link')),
          action('SubmitForm', `/F ${file('submit')}`),
          action('GoToR', `/D [0 /Fit] /F ${file('goto')}`),
          action('Launch', `/F ${file('launch')}`),
          action('ImportData', `/F ${file('import')}`),
          `<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS ${file('attachment')} >>`,
          `<< /Type /Annot /Subtype /Screen /Rect [0 0 9 9] /A << /S /Rendition /R << /S /MR /C << /S /MCD /D ${file('media')} >> >> >> >>`,
          '<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (A remark) >>',
        ],
      },
    ],
    { labels },
  );
}

const FILES: Record<string, () => Uint8Array> = {
  PDF: pdf,
  'Word document': () =>
    zip({
      ...TYPES,
      'word/document.xml': `${prologue()}<w:document ${NAMESPACES}><w:body>${paragraph(`${RENT} &e;&f;`)}<w:p><w:r><w:drawing><a:blip r:link="image"/></w:drawing></w:r></w:p><w:altChunk r:id="aFChunk"/><w:subDoc r:id="subDocument"/></w:body></w:document>`,
      'word/_rels/document.xml.rels': outside(),
      'word/_rels/settings.xml.rels': outside(),
    }),
  'Excel workbook': () =>
    xlsx(
      {
        Sheet1: `<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>${RENT}</t></is></c><c r="B1"><f>WEBSERVICE("${at('webservice')}")</f><v>1</v></c><c r="C1"><f>[1]Other!A1</f><v>2</v></c></row></sheetData><hyperlinks><hyperlink ref="A1" r:id="hyperlink"/></hyperlinks>`,
      },
      {
        'worksheets/_rels/sheet0.xml.rels': outside(),
        'connections.xml': `<connections><connection id="1"><webPr url="${at('query')}"/></connection></connections>`,
        'externalLinks/_rels/externalLink1.xml.rels': outside(),
      },
    ),
  'PowerPoint presentation': () =>
    zip({
      ...TYPES,
      'ppt/presentation.xml': `${prologue()}<p:presentation ${NAMESPACES}><p:sldIdLst><p:sldId id="1" r:id="s"/></p:sldIdLst></p:presentation>`,
      'ppt/_rels/presentation.xml.rels': outside().replace(
        '</Rel',
        '<Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/slide" Target="slides/slide1.xml"/></Rel',
      ),
      'ppt/slides/slide1.xml': `${prologue()}<p:sld ${NAMESPACES}><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>${RENT} &e;&f;</a:t></a:r></a:p></p:txBody></p:sp><p:pic><p:nvPicPr><p:nvPr><a:videoFile r:link="video"/></p:nvPr></p:nvPicPr><p:blipFill><a:blip r:link="image"/></p:blipFill></p:pic></p:spTree></p:cSld></p:sld>`,
      'ppt/slides/_rels/slide1.xml.rels': outside(),
    }),
  'OpenDocument file': () =>
    odf(
      'text',
      `<text:section xmlns:xlink="http://www.w3.org/1999/xlink"><text:section-source xlink:href="${at('section')}"/></text:section><text:p xmlns:xlink="http://www.w3.org/1999/xlink">${RENT}<draw:frame><draw:image xlink:href="${at('image')}" xlink:actuate="onLoad"/></draw:frame><draw:object xlink:href="${at('object')}"/></text:p>`,
    ),
  'EPUB book': () =>
    epub({ 'a.xhtml': html().replace(/<\/?(html|head|body)[^>]*>/g, '') }, ['a.xhtml'], {
      'b.css': `@import "${at('css')}";`,
    }),
  'RTF document': () =>
    Buffer.from(
      `{\\rtf1\\ansi {\\*\\template ${at('template')}}{\\field{\\*\\fldinst INCLUDEPICTURE "${at('picture')}" \\\\d}{\\fldrslt }}{\\object\\objlink\\objupdate{\\*\\objdata 00}}${RENT}}`,
    ),
  'Outlook message': () =>
    compoundFile({
      '__properties_version1.0': new Uint8Array(32),
      '__substg1.0_0037001F': new Uint8Array(Buffer.from('Rent', 'utf16le')),
      '__substg1.0_10130102': new Uint8Array(Buffer.from(html())),
    }),
  mail: () => Buffer.from(mail()),
};

/** Connects to the server: what was started before without being waited for has reached it by then. */
async function control(): Promise<void> {
  controls++;
  assert.equal(await (await fetch(at('control'), { headers: { connection: 'close' } })).text(), SECRET);
}

it('the server of these tests counts what reaches it', async () => {
  const before = connections;
  await control();
  assert.equal(connections, before + 1);
});

it('there is a file for each reader', () => {
  assert.deepEqual(
    Object.values(FILES)
      .map((make) => readerOf(make())?.name)
      .sort(),
    READERS.map(({ name }) => name).sort(),
  );
});

for (const [format, make] of Object.entries(FILES)) {
  it(`${format} that names addresses: nothing is fetched`, async () => {
    const bytes = make();
    assert.ok(Buffer.from(bytes).includes('127.0.0.1') || bytes[0] === 0x50, 'it names the server');
    const before = connections;
    const { text } = (await readerOf(bytes)?.read(bytes, {})) ?? assert.fail('no reader knows it');
    await control();
    assert.equal(connections, before + 1);
    assert.ok(text.includes(RENT), text);
    assert.ok(!text.includes(SECRET), text);
  });
}

it('nor was anything fetched later', async () => {
  await control();
  assert.equal(controls, 2 + Object.keys(FILES).length);
  assert.equal(connections, controls);
});
