// `npm start`: installs and builds what is missing, then answers a question about a document on the command line.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureBuilt, main, root } from './ensure.mjs';

const SAMPLE = { file: path.join('samples', 'service-agreement.md'), question: 'How much is the monthly fee?' };

const HELP = `npm start                            a sample question about ${SAMPLE.file}
npm start -- FILE "QUESTION"         any question about any text file, with any flag of the command line after it
npm start -- ask|squad|info ...      the command line itself; its help: npm start -- ask --help

In the editor: npm run code. All tests: npm test.`;

main(async () => {
  const args = process.argv.slice(2);
  if (args[0] === '--help' || args[0] === '-h') return console.log(HELP);
  const command = commandFor(args);
  if (!command) {
    console.error(`A file and a question are needed, in this order.\n\n${HELP}`);
    process.exit(2);
  }
  // Messages go to standard error: standard output carries only the answer, as for the command line.
  await ensureBuilt(console.error);
  // npm changes to the folder of package.json; the user's paths are relative to the folder where npm was called.
  if (args.length > 0) process.exit(cli(command, process.env.INIT_CWD ?? process.cwd()));
  console.log(`Ask BERT answers questions from a text and shows where the answer stands. It all happens on this machine.

Document: ${SAMPLE.file}
Question: ${SAMPLE.question}
`);
  const code = cli(command, root);
  if (code === 0) console.log('\nYour own: npm start -- FILE "QUESTION"     In the editor: npm run code');
  process.exit(code);
});

/** Arguments for dist/cli.js, or undefined if they are invalid. */
function commandFor(args) {
  if (args.length === 0) return ['ask', SAMPLE.file, '--question', SAMPLE.question, '--top-k', '3'];
  const [first, second, ...rest] = args;
  if (['ask', 'squad', 'info'].includes(first)) return args;
  if (second === undefined || first.startsWith('--') || second.startsWith('-')) return undefined;
  return ['ask', first, '--question', second, ...rest];
}

function cli(args, cwd) {
  const { status } = spawnSync(process.execPath, [path.join(root, 'dist', 'cli.js'), ...args], {
    cwd,
    stdio: 'inherit',
  });
  return status ?? 1;
}
