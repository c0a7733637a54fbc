// How long a new user waits: a fresh profile, the VSIX installed, VS Code started, a file opened, one question asked.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { Stage } from './stage.mjs';
import { highlighted } from './steps.mjs';

/** Milliseconds of each part, from the beginning of the installation to the highlight of the answer. */
export async function coldStart(vsix, samples) {
  const stage = new Stage();
  try {
    const folder = path.join(stage.profile.folder, 'samples');
    cpSync(samples, folder, { recursive: true });
    const times = { began: Date.now() };
    await stage.profile.install(vsix);
    times.installed = Date.now();
    await stage.open();
    const { workbench, server } = stage;
    await workbench.open(server, folder);
    await workbench.openFile('service-agreement.md');
    times.opened = Date.now();
    await workbench.command('Ask BERT: Ask about Selection');
    await workbench.boxTitle.filter({ hasText: 'Ask about ' }).waitFor();
    await workbench.answerBox('How much is the monthly fee?');
    const [decoration] = await highlighted(workbench, 'EUR 4,850');
    times.answered = Date.now();
    assert.ok(decoration);
    const { began, installed, opened, answered } = times;
    return { install: installed - began, open: opened - installed, ask: answered - opened, all: answered - began };
  } finally {
    await stage.close();
  }
}
