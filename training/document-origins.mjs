// Which package a file belongs to and under which licence it may be used: only files with a known permissive licence
// are used.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const PERMISSIVE =
  /^(?:MIT(?:-0)?|ISC|0?BSD(?:-[23]-Clause)?|Apache(?: Software License)?|Apache-2\.0|CC0(?:-1\.0)?|CC-BY-[34]\.0|PSF-2\.0|Python-2\.0|BlueOak-1\.0\.0|Unlicense|Zlib|curl|public-domain)$/;

/** Name of a licence in package metadata → SPDX, roughly. */
function normal(name) {
  return name
    .trim()
    .replace(/^\(|\)$/g, '')
    .replace(/^(?:The )?(?:MIT|Expat)(?: License.*)?$/i, 'MIT')
    .replace(/^(?:ISC License.*|ISCL)$/i, 'ISC')
    .replace(/^Apache(?:[- ](?:Software )?License)?[ ,-]*(?:v(?:ersion)?)? ?2(?:\.0)?(?: License)?$/i, 'Apache-2.0')
    .replace(/^(?:New |Modified |Revised )?BSD(?: License)?$/i, 'BSD-3-Clause')
    .replace(/^(?:BSD[- ])?3[- ]Clause(?: BSD)?(?: License)?$/i, 'BSD-3-Clause')
    .replace(/^BSD[- ]?([23])[- ]clause.*$/i, 'BSD-$1-Clause')
    .replace(/^(?:PSF|Python Software Foundation License)$/i, 'PSF-2.0');
}

/** The permissive licence that an expression allows; undefined: there is none. */
export function permissive(expression) {
  if (typeof expression !== 'string' || /\bWITH\b/.test(expression)) return undefined;
  const whole = normal(expression);
  if (PERMISSIVE.test(whole)) return whole;
  for (const choice of expression.split(/ OR |\//i)) {
    const parts = choice.split(/ AND |, /i).map(normal);
    if (parts.length > 0 && parts.every((part) => PERMISSIVE.test(part))) return parts.join(' AND ');
  }
  return undefined;
}

/** Of the text of a licence file. */
function ofText(text) {
  const flat = text.slice(0, 20_000).replace(/\s+/g, ' ');
  if (/GNU (?:LESSER |AFFERO )?GENERAL PUBLIC|Mozilla Public|Eclipse Public|NonCommercial|ShareAlike/i.test(flat))
    return undefined;
  if (/Permission is hereby granted, free of charge/.test(flat)) return 'MIT';
  if (/Permission to use, copy, modify, and(?:\/or)? distribute this software/.test(flat)) return 'ISC';
  if (/Redistribution and use in source and binary forms/.test(flat)) {
    return /Neither the name|names? of (?:its|the) (?:contributors|copyright)/i.test(flat)
      ? 'BSD-3-Clause'
      : 'BSD-2-Clause';
  }
  if (/Apache License,? Version 2\.0/.test(flat)) return 'Apache-2.0';
  return undefined;
}

const read = (file) => readFileSync(file, 'utf8');

/** Debian's copyright file: the licence of all files, unless the documentation has a different one. */
function ofCopyright(text) {
  const parts = text
    .split(/\n\s*\n(?=Files:)/)
    .filter((part) => /^Files: *(?:\*\s*$|.*\b(?:docs?|man|manual)\b)/m.test(part));
  const names = (parts.length > 0 ? parts : [text]).flatMap((part) =>
    [...part.matchAll(/^License: *(.+)$/gm)].map((m) => m[1]),
  );
  if (names.length === 0) return ofText(text);
  const found = names.map((name) =>
    permissive(
      name.replace(/BSD-([23])-clause/, 'BSD-$1-Clause').replace(/ (?:or|and) /g, (word) => word.toUpperCase()),
    ),
  );
  return found.every(Boolean) ? found[0] : undefined;
}

function ofMetadata(text) {
  const head = text.split(/\r?\n\r?\n/)[0];
  const field = (name) => new RegExp(`^${name}: *(.+)$`, 'm').exec(head)?.[1];
  const classifiers = [...head.matchAll(/^Classifier: License :: (?:OSI Approved :: )?(.+)$/gm)].map((m) => m[1]);
  const said = field('License-Expression') ?? field('License');
  const licence = permissive(said) ?? (classifiers.length === 1 ? permissive(classifiers[0]) : undefined);
  return { name: field('Name')?.toLowerCase(), licence };
}

/** Modules of a folder of Python packages, by the first part of their path. */
function pythonPackages(folder) {
  const packages = new Map();
  for (const entry of readdirSync(folder).sort()) {
    if (!/\.(?:dist|egg)-info$/.test(entry)) continue;
    const file = ['METADATA', 'PKG-INFO'].map((name) => path.join(folder, entry, name)).find(existsSync);
    if (!file) continue;
    const { name, licence } = ofMetadata(read(file));
    if (!name || !licence) continue;
    const record = path.join(folder, entry, 'RECORD');
    const tops = existsSync(record)
      ? read(record)
          .split('\n')
          .map((line) => line.split(/[/,]/)[0])
      : [];
    for (const top of new Set([...tops, entry, name.replaceAll('-', '_')])) {
      if (top && top !== '..') packages.set(top, { name: `pip:${name}`, licence });
    }
  }
  return packages;
}

const known = new Map();
const python = new Map();

/** The origin of the files in a folder; undefined: use the parent folder. `split`: parts that count as packages. */
function ownOf(folder) {
  const has = (name) => existsSync(path.join(folder, name));
  const base = path.basename(folder);
  if (has('package.json')) {
    const { name, license } = JSON.parse(read(path.join(folder, 'package.json')));
    if (!name) return undefined;
    return { name: `npm:${name}`, licence: permissive(license?.type ?? license) };
  }
  if (has('Cargo.toml')) {
    const toml = read(path.join(folder, 'Cargo.toml'));
    const field = (key) => new RegExp(`^${key} *= *"([^"]+)"`, 'm').exec(toml)?.[1];
    return { name: `crate:${field('name') ?? base}`, licence: permissive(field('license')) };
  }
  if (has('os.py') && has('heapq.py')) return { name: 'python', licence: 'PSF-2.0', split: 1 };
  if (has('VERSION') && has('src') && has('LICENSE') && /^go\d/.test(read(path.join(folder, 'VERSION'))))
    return { name: 'go', licence: 'BSD-3-Clause', split: 2 };
  if (has('COPYRIGHT.html') && has('html') && base === 'rust')
    return { name: 'rust', licence: 'MIT OR Apache-2.0', split: 3 };
  if (has('copyright')) return { name: `debian:${base}`, licence: ofCopyright(read(path.join(folder, 'copyright'))) };
  const file = readdirSync(folder)
    .sort()
    .find((name) => /^(?:licen[cs]e|copying)(?:[.-]\w+)?$/i.test(name));
  // Several licences kept together in a folder are not the folder's own.
  if (file && !/licen[cs]es?$/i.test(base)) {
    try {
      return { name: `dir:${base}`, licence: ofText(read(path.join(folder, file))) };
    } catch {
      return undefined; // It is a folder.
    }
  }
  return undefined;
}

function originOf(folder) {
  if (known.has(folder)) return known.get(folder);
  const above = path.dirname(folder);
  let origin;
  try {
    origin = ownOf(folder);
    if (origin) origin.root = folder;
  } catch {
    origin = { name: folder, licence: undefined, root: folder };
  }
  const packages = /^(?:site|dist)-packages$/.test(path.basename(above));
  if (!origin && packages) {
    if (!python.has(above)) python.set(above, pythonPackages(above));
    origin = python.get(above).get(path.basename(folder)) ?? { name: folder, licence: undefined };
    origin = { ...origin, root: folder };
  }
  if (!origin) origin = above === folder ? { licence: undefined, root: folder } : originOf(above);
  known.set(folder, origin);
  return origin;
}

/** {name, licence, inside} of a file; undefined: it may not be used. @param inside its path in the package */
export function packageOf(file) {
  const { name, licence, split = 0, root } = originOf(path.dirname(file));
  if (!licence) return undefined;
  const inside = path.relative(root, file).split(path.sep);
  const part = split > 0 ? `/${inside.slice(0, Math.min(split, inside.length)).join('/')}` : '';
  return { name: name + part, title: `${name.replace(/^\w+:/, '')}/${inside.join('/')}`, licence };
}

/** Sources of the test set: names of packages, and files of packages that are split. */
export function testOrigins(origins) {
  const names = new Set();
  const files = new Set();
  for (const line of origins.split('\n')) {
    const origin = /^\| \S+ \| [^|]+\| (?:dev|test) \| ([^|]+) \|/.exec(line)?.[1];
    if (!origin) continue;
    const [, name, file] = /^(?:npm|crate|Debian)? ?(.+?) \d[\d.-]*(?:,? ?(.*))?$/.exec(origin) ?? [];
    if (!name) continue;
    // Python and Go are too large to be excluded because of one file.
    if (/^(?:Python|Go)$/.test(name))
      files.add(
        file
          .split('/')
          .slice(-2)
          .join('/')
          .replace(/^Lib\//, ''),
      );
    else
      names.add(
        name
          .toLowerCase()
          .split(' ')[0]
          .replace(/^pytorch$/, 'torch'),
      );
  }
  return { names, files };
}
