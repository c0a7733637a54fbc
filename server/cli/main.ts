#!/usr/bin/env node
/**
 * `ask-bert` as it ships. In the repository the bundle with the measuring commands is next to it, and replaces it
 * unless the command is one that ships: to load both takes twice the time.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { commandNames, run } from './run.js';

const evaluation = path.join(__dirname, 'evaluation.js');

if (!commandNames.includes(process.argv[2]) && existsSync(evaluation)) require(evaluation);
else void run(process.argv.slice(2)).then((code) => process.exit(code));
