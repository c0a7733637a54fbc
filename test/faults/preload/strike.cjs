// Preloaded into a real sidecar (NODE_OPTIONS): strikes once at the stage that the file ASKBERT_STRIKE names, as
// {"stage": "load" | "tokenize" | "engine" | "project", "how": "kill" | "exit" | "throw"}.
const { readFileSync, rmSync } = require('node:fs');
const { isMainThread, parentPort } = require('node:worker_threads');

const file = process.env.ASKBERT_STRIKE;

function order() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // It has struck already.
  }
}

function strike(how) {
  rmSync(file, { force: true });
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (how === 'exit') process.exit(7); // ends the thread, in a worker
  else
    setImmediate(() => {
      throw new Error('struck');
    });
}

if (file && !isMainThread && parentPort) {
  const post = parentPort.postMessage.bind(parentPort);
  parentPort.postMessage = (message, ...rest) => {
    const stage = message?.type === 'progress' ? message.progress.stage : message?.type === 'done' ? 'project' : '';
    const wanted = stage && order();
    if (wanted && wanted.stage === stage) {
      strike(wanted.how);
      // What is thrown comes in the next turn: the message must not be there before it.
      if (wanted.how === 'throw') return;
    }
    post(message, ...rest);
  };
}
