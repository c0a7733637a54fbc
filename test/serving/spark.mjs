// docs/jobs/spark_extract.py on a Spark cluster of two workers on this machine. One worker and all its processes are
// killed in the middle of a shard; the merged table has to be that of a single run.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { start } from './servers.mjs';

const SHARDS = 4;
/** Larger documents of the repository are left out. */
const MOST_BYTES = 8192;
const PORT = 18600;
const cli = path.resolve('dist', 'cli.js');

/** Processes below one, and itself: [id, command line]. */
function processes(root) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = new Map();
  for (const id of all) {
    try {
      // The name in parentheses may have any characters.
      const parent = readFileSync(`/proc/${id}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[1];
      children.set(parent, [...(children.get(parent) ?? []), id]);
    } catch {
      // It has ended.
    }
  }
  const found = [String(root)];
  for (const id of found) found.push(...(children.get(id) ?? []));
  return found.map((id) => {
    try {
      return [Number(id), readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0')];
    } catch {
      return [Number(id), []];
    }
  });
}

const until = async (what, condition) => {
  for (let i = 0; i < 3000; i++) {
    const found = condition();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not happen`);
};

/** A shard that a worker is in the middle of; undefined: none. */
function halfRead(worker, out) {
  for (const [, line] of processes(worker.pid)) {
    const at = line.indexOf('--shard');
    if (at < 0 || !line.includes(cli)) continue;
    const shard = `${out}.shard-${line[at + 1].replace('/', '-of-')}.jsonl`;
    const state = `${shard}.state.jsonl`;
    const rows = existsSync(state) ? readFileSync(state, 'utf8').split('\n').length - 2 : 0;
    if (rows >= 2 && !existsSync(shard)) return { shard: line[at + 1], rows };
  }
  return undefined;
}

/**
 * @param python has pyspark @param folder for files
 * @returns what happened, for the report; `same`: whether the tables are equal
 */
export async function sparkJob(python, folder) {
  const home = execFileSync(python, ['-c', 'import os, pyspark; print(os.path.dirname(pyspark.__file__))'], {
    encoding: 'utf8',
  }).trim();
  const env = {
    ...process.env,
    SPARK_HOME: home,
    SPARK_LOCAL_IP: '127.0.0.1',
    SPARK_WORKER_DIR: path.join(folder, 'work'),
    SPARK_DAEMON_MEMORY: '256m',
    PYSPARK_PYTHON: python,
    PYSPARK_DRIVER_PYTHON: python,
  };
  const options = { env, stdio: 'ignore', cwd: folder };
  const spark = (...args) => start(path.join(home, 'bin', 'spark-class'), args, options);
  const master = `spark://127.0.0.1:${PORT}`;
  const address = ['--host', '127.0.0.1', '--port', `${PORT}`];
  spark('org.apache.spark.deploy.master.Master', ...address, '--webui-port', '0');
  const size = ['--cores', '1', '--memory', '1g', '--webui-port', '0'];
  const worker = () => spark('org.apache.spark.deploy.worker.Worker', ...size, master);
  const workers = [worker(), worker()];

  const documents = path.join(folder, 'documents');
  mkdirSync(documents);
  const texts = readdirSync('test/documents').filter((name) => {
    const file = statSync(path.join('test/documents', name));
    return file.isFile() && file.size < MOST_BYTES;
  });
  for (const name of texts) cpSync(path.join('test/documents', name), path.join(documents, name));
  const questions = path.join(folder, 'questions.json');
  writeFileSync(questions, JSON.stringify([{ name: 'who', question: 'Who wrote it?' }]));
  const flags = ['--questions', questions, '--dir', documents, '--threads', '1'];
  const out = path.join(folder, 'spark.csv');
  const job = start(
    path.join(home, 'bin', 'spark-submit'),
    [
      ...['--master', master, '--conf', 'spark.driver.host=127.0.0.1', '--conf', 'spark.executor.cores=1'],
      ...[
        '--conf',
        'spark.executor.memory=512m',
        '--conf',
        'spark.driver.memory=512m',
        '--conf',
        'spark.ui.enabled=false',
      ],
      ...[path.resolve('docs/jobs/spark_extract.py'), '--shards', `${SHARDS}`, '--out', out],
      ...['--ask-bert', `${process.execPath} ${cli}`, '--', ...flags],
    ],
    { env, stdio: ['ignore', 'pipe', 'pipe'], cwd: folder },
  );
  let said = '';
  let errors = '';
  job.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  job.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const ended = new Promise((resolve) => job.once('close', resolve));
  const [half, victim] = await until('a shard that is half read', () => {
    if (job.exitCode !== null) throw new Error(`The job ended too early:\n${errors.slice(-3000)}`);
    for (const each of workers) {
      const found = halfRead(each, out);
      if (found) return [found, each];
    }
    return undefined;
  });
  // As if its machine had lost power.
  const killed = processes(victim.pid);
  for (const [id] of killed) {
    try {
      process.kill(id, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
  const code = await ended;
  if (code !== 0) throw new Error(`The job failed (${code}):\n${errors.slice(-3000)}`);
  const single = path.join(folder, 'single.csv');
  execFileSync(process.execPath, [cli, 'extract', '--out', single, ...flags], { stdio: 'ignore' });
  const resumed = said.split('\n').find((line) => line.includes(`shard-${half.shard.replace('/', '-of-')}.jsonl`));
  const rows = readFileSync(out, 'utf8');
  return {
    documents: texts.length,
    killed: { processes: killed.length, ...half },
    resumed: /(\d+) from an earlier run/.exec(resumed ?? '')?.[1],
    merged: said
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^.*csv: /, ''),
    same: rows === readFileSync(single, 'utf8'),
  };
}
