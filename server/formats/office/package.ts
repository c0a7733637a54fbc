/**
 * What the formats of Office (DOCX, XLSX, PPTX) have in common: a ZIP archive of XML parts that refer to each other.
 */
import { t } from '../../l10n.js';
import { Archive, resolvePath } from '../archive.js';
import { UnreadableFormat } from '../extracted.js';
import { elements, parseXml, type XmlElement } from '../xml.js';

export interface Relationship {
  id: string;
  /** The last word of its type: "styles", "worksheet". */
  type: string;
  /** The part's name in the archive. */
  target: string;
}

export class OfficePackage {
  readonly archive: Archive;
  readonly #relationships = new Map<string, Relationship[]>();
  /** A part was not well-formed. */
  #isDamaged = false;

  /** @throws UnreadableFormat */
  constructor(bytes: Uint8Array) {
    this.archive = new Archive(bytes);
  }

  get isDamaged(): boolean {
    return this.#isDamaged || this.archive.isDamaged;
  }

  /** The part that has the contents. @throws UnreadableFormat damaged */
  main(usual: string): string {
    const target = this.related('', 'officeDocument')[0]?.target;
    if (target !== undefined && this.archive.has(target)) return target;
    if (this.archive.has(usual)) return usual;
    throw new UnreadableFormat('damaged', t('the archive has no {0}', usual));
  }

  /** The parsed part; undefined: there is none. */
  part(name: string | undefined, leaveOut?: ReadonlySet<string>): XmlElement | undefined {
    const bytes = name === undefined || name === '' ? undefined : this.archive.read(name);
    if (!bytes) return undefined;
    const { root, isWellFormed } = parseXml(bytes, leaveOut);
    if (!isWellFormed) this.#isDamaged = true;
    return root;
  }

  /** Called for a part that is parsed elsewhere. */
  damaged(): void {
    this.#isDamaged = true;
  }

  /** Parts that a part refers to. @param name '': the package @param type of them; default: all */
  related(name: string, type?: string): Relationship[] {
    let all = this.#relationships.get(name);
    if (!all) {
      const at = name.lastIndexOf('/') + 1;
      const root = this.part(`${name.slice(0, at)}_rels/${name.slice(at)}.rels`);
      all = elements(root)
        .filter(({ attributes }) => attributes.TargetMode !== 'External')
        .map(({ attributes }) => ({
          id: attributes.Id ?? '',
          type: (attributes.Type ?? '').replace(/^.*\//, ''),
          target: resolvePath(name, attributes.Target ?? ''),
        }));
      this.#relationships.set(name, all);
    }
    return type === undefined ? all : all.filter((one) => one.type === type);
  }

  /** The part of a reference by its id. */
  target(name: string, id: string | undefined): string | undefined {
    return this.related(name).find((one) => one.id === id)?.target;
  }
}

/**
 * Whether the names are those of an Office file whose main part is in a folder ("word"); of a damaged one some are
 * missing.
 */
export const hasFolder = (entries: readonly string[], folder: string): boolean => {
  const main = new RegExp(`^${folder}/[^/]+\\.(?:xml|bin)$`, 'i');
  const part = new RegExp(`^${folder}/.+\\.xml(?:\\.rels)?$`, 'i');
  return entries.some((name) => main.test(name)) || (entries.length > 1 && entries.some((name) => part.test(name)));
};
