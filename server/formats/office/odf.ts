/** OpenDocument texts, sheets and presentations (LibreOffice), packed or as one XML file. */
import { breathe } from '../../errors.js';
import { t } from '../../l10n.js';
import { Archive, isZip } from '../archive.js';
import { ExtractedBuilder, proseOf } from '../builder.js';
import { type FormatReader, UnreadableFormat } from '../extracted.js';
import { child, descendants, elements, parseXml, type XmlElement } from '../xml.js';
import { addSlides } from './odf-slides.js';
import { OdfStyles, pageFurniture, paragraphsOf } from './odf-styles.js';
import { countOf, OdfText, tableRows } from './odf-text.js';
import { damageNote } from './package.js';
import { addSheet, cellAddress, type SheetRow } from './sheet-blocks.js';

const MIME = 'application/vnd.oasis.opendocument.';
/** Cells with text of one file; rows that are repeated with their contents. */
const MAX_CELLS = 1_000_000;
const MAX_REPEATED_ROWS = 10_000;

export const odfReader: FormatReader = {
  name: 'OpenDocument file',
  extensions: ['odt', 'ods', 'odp', 'ott', 'ots', 'otp', 'odg', 'fodt', 'fods', 'fodp'],
  recognises: (head, entries) => {
    const start = new TextDecoder('latin1').decode(head);
    if (!isZip(head)) return /^\W{0,5}<\?xml[^>]*>\s*(?:<!--.*?-->\s*)*<office:document\s/s.test(start);
    return start.includes(MIME) || (entries.includes('content.xml') && entries.includes('META-INF/manifest.xml'));
  },
  async read(bytes, { signal, onProgress }) {
    const file = isZip(bytes) ? fromArchive(bytes) : flat(bytes);
    const body = elements(child(file.content, 'office:body'))[0];
    if (!body) throw new UnreadableFormat('damaged', t('it has no contents'));
    const builder = new ExtractedBuilder();
    const styles = new OdfStyles([file.styles, file.content]);
    const text = new OdfText(builder, styles);
    await breathe(signal);
    if (body.name === 'office:spreadsheet') {
      const tables = elements(body, 'table:table');
      for (const [index, table] of tables.entries()) {
        await breathe(signal);
        addTable(builder, styles, table, tables.length === 1);
        onProgress?.(index + 1, tables.length);
      }
    } else if (body.name === 'office:presentation' || body.name === 'office:drawing') {
      await addSlides(builder, text, elements(body, 'draw:page'), signal, onProgress);
    } else {
      text.blocks(body);
      text.flush();
      addFurniture(builder, text, file.styles);
    }
    if (text.isCut) builder.note(cutNote());
    if (file.isDamaged()) builder.note(damageNote());
    return builder.build();
  },
};

interface OdfFile {
  content: XmlElement | undefined;
  styles: XmlElement | undefined;
  isDamaged(): boolean;
}

function fromArchive(bytes: Uint8Array): OdfFile {
  const archive = new Archive(bytes);
  let isDamaged = false;
  const part = (name: string): XmlElement | undefined => {
    const content = archive.read(name);
    if (!content) return undefined;
    const { root, isWellFormed } = parseXml(content, LEAVE_OUT);
    if (!isWellFormed) isDamaged = true;
    return root;
  };
  const manifest = part('META-INF/manifest.xml');
  for (const entry of manifest ? descendants(manifest, 'manifest:file-entry') : []) {
    const isText = entry.attributes['manifest:full-path'] === 'content.xml';
    const isEncrypted = child(entry, 'manifest:encryption-data') !== undefined;
    // The whole package can be encrypted as one entry, too.
    if (isEncrypted && (isText || entry.attributes['manifest:full-path'] === 'encrypted-package')) {
      throw new UnreadableFormat('password');
    }
  }
  const content = part('content.xml');
  if (!content) throw new UnreadableFormat('damaged', t('the archive has no {0}', 'content.xml'));
  return { content, styles: part('styles.xml'), isDamaged: () => isDamaged || archive.isDamaged };
}

function flat(bytes: Uint8Array): OdfFile {
  const { root, isWellFormed } = parseXml(bytes, LEAVE_OUT);
  return { content: root, styles: root, isDamaged: () => !isWellFormed };
}

/** Pictures and settings. */
const LEAVE_OUT = new Set(['office:binary-data', 'office:scripts', 'office:settings', 'office:font-face-decls']);

function addTable(builder: ExtractedBuilder, styles: OdfStyles, table: XmlElement, isOnly: boolean): void {
  const sheet = table.attributes['table:name'] ?? '';
  const place = { sheet };
  const text = new OdfText(builder, styles, place);
  const rows: SheetRow[] = [];
  let row = 0;
  let count = 0;
  let hasHidden = false;
  let isCut = false;
  for (const { row: element, isHeader } of tableRows(table)) {
    const repeated = countOf(element.attributes['table:number-rows-repeated']);
    const cells = text.cells(element);
    if (cells.length > 0) {
      const isShown = !/^(?:collapse|filter)$/.test(element.attributes['table:visibility'] ?? '');
      hasHidden ||= !isShown;
      const times = Math.min(repeated, MAX_REPEATED_ROWS, Math.max(0, Math.ceil((MAX_CELLS - count) / cells.length)));
      isCut ||= times < repeated;
      for (let at = 0; at < times; at++) {
        const here = row + at;
        const placed = cells.map((cell) => ({ ...cell, place: { sheet, cell: cellAddress(here, cell.column) } }));
        rows.push(isHeader ? { row: here, cells: placed, isHeader } : { row: here, cells: placed });
      }
      count += times * cells.length;
    }
    row += repeated;
  }
  const isNamed = !isOnly || !/^(?:sheet|tabelle|feuille|hoja|foglio|blad|planilha|лист)\s?\d*$/i.test(sheet);
  const [first] = rows;
  builder.place(place);
  if (isNamed && first && first.cells[0].text !== sheet) builder.block('heading', sheet, 1);
  addSheet(builder, rows, isNamed ? 2 : 1);
  builder.place(place);
  text.flush();
  const shapes = child(table, 'table:shapes');
  if (shapes) text.blocks(shapes);
  if (styles.isHidden('table', table.attributes['table:style-name'])) {
    builder.note(t('The sheet “{0}” is hidden; it is read too.', sheet));
  }
  if (hasHidden) builder.note(t('The sheet “{0}” has hidden rows or columns; they are read too.', sheet));
  if (isCut || text.isCut) builder.note(cutNote());
}

const cutNote = (): string => t('Cells that are repeated very often are read once only.');

/** Headers and footers, each text once. */
function addFurniture(builder: ExtractedBuilder, text: OdfText, styles: XmlElement | undefined): void {
  const seen = new Set<string>();
  for (const { part, element } of pageFurniture(styles)) {
    const shown = proseOf(
      paragraphsOf(element)
        .map((one) => text.textOf(one).text)
        .join(' '),
    );
    if (!/\p{L}{2}/u.test(shown) || seen.has(shown)) continue;
    seen.add(shown);
    builder.place({ part });
    builder.block('furniture', shown);
  }
}
