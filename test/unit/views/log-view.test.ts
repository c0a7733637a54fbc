import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { viewOf } from '../../../server/views/choose-view.js';
import { inFile, shown } from './view-checks.js';
import { checkView } from './view-invariants.js';

const records = (source: string): string[] => {
  const view = viewOf(source, { fileName: 'app.log' });
  checkView(view, source);
  return shown(view, 'logLine');
};

describe('reading view of a log', () => {
  it('shows a block for each record, with its stack trace', () => {
    const source = [
      '2024-05-01 10:00:00,123 INFO  Started',
      '2024-05-01 10:00:01,000 ERROR Failed',
      'java.io.IOException: gone',
      '\tat a.B.c(B.java:1)',
      '',
      'Caused by: x',
      '2024-05-01 10:00:02,000 INFO  Stopped',
    ].join('\r\n');
    assert.deepEqual(records(source), [
      '2024-05-01 10:00:00,123 INFO  Started',
      '2024-05-01 10:00:01,000 ERROR Failed\r\njava.io.IOException: gone ;\r\n\tat a.B.c(B.java:1)\r\n\r\nCaused by: x',
      '2024-05-01 10:00:02,000 INFO  Stopped',
    ]);
  });

  it('hides the escape sequences of a terminal', () => {
    const source = '\x1b[32mINFO\x1b[0m \x1b]0;title\x07all \x1b[1;31mwell\x1b[K\nDEBUG \x1b[0m\n';
    assert.deepEqual(records(source), ['INFO all well', 'DEBUG ']);
    const view = viewOf(source, { languageId: 'log' });
    assert.equal(inFile(view, source, 'all well'), 'all \x1b[1;31mwell');
  });

  it('reads logs without time stamps line by line', () => {
    assert.deepEqual(records('make all\ncc a.c\n  warning: b\ndone\r50%\r100%\n'), [
      'make all',
      'cc a.c\n  warning: b',
      'done',
      '50%',
      '100%',
    ]);
    assert.deepEqual(records('start\nTraceback (most recent call last):\n  File "a.py"\nValueError: b\nend'), [
      'start',
      'Traceback (most recent call last): ;\n  File "a.py"\nValueError: b',
      'end',
    ]);
  });

  it('recognises common forms of records', () => {
    for (const line of [
      'May  1 10:00:00 host sshd[1]: ok',
      '127.0.0.1 - - [01/May/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 1',
      '[   12.345678] usb 1-1: new device',
      'I0501 10:00:00.000000 1 main.go:1] ok',
      '{"time":"2024-05-01T10:00:00Z","msg":"ok"}',
      '[ERROR] broken',
      '1714557600 tick',
    ]) {
      assert.deepEqual(records(`${line}\ngoes on\n${line}\n`), [`${line}\ngoes on`, line]);
    }
  });

  it('divides an endless record and reads a single long line', () => {
    const source = `INFO a\nINFO b\n${' x\n'.repeat(20_000)}`;
    assert.ok(records(source).length > 2);
    assert.ok(records(source).every((record) => record.length <= 20_100));
    const long = '\x1b[1ma'.repeat(200_000);
    assert.deepEqual(records(long), ['a'.repeat(200_000)]);
    for (const piece of ['\x1b]', '\x1b[', '\n', '\r', ' \n', '\x1b[;\n'])
      checkView(viewOf(piece.repeat(50_000), { languageId: 'log' }), piece.repeat(50_000));
  });
});
