/** `ask-bert` with the measuring commands, for this repository: a bundle that is not packed. */
import type { CommandModule } from 'yargs';
import { run } from '../cli/run.js';
import { benchCommand } from './bench.js';
import { evaluateCommand } from './evaluate.js';
import { squadCommand } from './squad.js';

const commands = [evaluateCommand, squadCommand, benchCommand] as unknown as CommandModule[];

void run(process.argv.slice(2), commands).then((code) => process.exit(code));
