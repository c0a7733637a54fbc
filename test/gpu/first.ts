/** How soon the device answers with an empty cache: a session with `auto`, asked the same question until it does. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { Session } from '../../server/session/session.js';
import { cacheFolder, check, left, modelFolder, o, record, say } from './context.js';

const LIMIT_S = 20;
const text = 'The pump starts at 40 degrees and stops at 55 degrees. Its filter is changed every six months.';

export async function firstAnswer(): Promise<void> {
  const empty = path.join(cacheFolder, 'first');
  rmSync(empty, { recursive: true, force: true });
  const session = new Session({
    modelPath: modelFolder('embedded'),
    engine: 'auto',
    cacheFolder: empty,
    tensorRtPath: o.tensorrt,
  });
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const steps: string[] = [];
  let phase: string | undefined;
  session.onBackground = ({ building, notice }) => {
    const now = notice ?? building?.phase ?? (building ? 'build' : 'end');
    if (now !== phase) steps.push(`${seconds().toFixed(1)} ${now}`);
    phase = now;
  };
  let first: number | undefined;
  let asked = 0;
  try {
    while (left() > 5 && seconds() < 120) {
      const result = await session.answer({ text, key: 'first', question: 'When does the pump stop?', options: {} });
      asked++;
      first ??= seconds();
      if (result.engine.name !== 'cpu') break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const onGpu = session.engine?.name === 'cpu' ? undefined : seconds();
    check(
      onGpu !== undefined && onGpu <= LIMIT_S,
      `empty cache: first answer after ${first?.toFixed(1)} s, the device's after ${onGpu?.toFixed(1)} s (${asked} questions)`,
    );
    say(steps.join('; '));
    record('first', { first, onGpu, asked, steps, choice: session.choice });
  } finally {
    await session.unload();
  }
  say('session closed');
}
