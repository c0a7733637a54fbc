/** Records of logs, subtitles and chats: each field with its exact place, nothing lost, time in proportion. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FIELD_KINDS, type FieldKind } from '../../../server/views/base/fields.js';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { checkView } from './view-invariants.js';

/** The fields of a view, of a block or of all of them, as they stand in the file. */
function fieldsOf(view: ReadingView, file: string, block?: number): [FieldKind, string][] {
  const found: [FieldKind, string][] = [];
  for (const [i, place] of view.cells.entries()) {
    const kind = FIELD_KINDS[view.cellKinds[i]];
    const unit = view.unitAt(place)!;
    if (kind === 'text' || (block !== undefined && view.blockAt(place) !== view.blocks[block])) continue;
    const there = view.toFile(unit.start, unit.end);
    if (there) found.push([kind, file.slice(there.start, there.end).trim()]);
  }
  return found;
}

function record(line: string, fileName = 'a.log'): Partial<Record<FieldKind, string>> {
  const file = `${line}\n${line}\n${line}\n`;
  const view = viewOf(file, { fileName });
  checkView(view, file);
  assert.equal(view.blocks.length, 3, view.text);
  return Object.fromEntries(fieldsOf(view, file, 1));
}

describe('records of logs', () => {
  const lines: [string, Partial<Record<FieldKind, string>>][] = [
    [
      'Dec 10 06:55:48 LabSZ sshd[24200]: Failed password for root',
      { time: 'Dec 10 06:55:48', host: 'LabSZ', source: 'sshd', process: '24200', message: 'Failed password for root' },
    ],
    [
      '<34>1 2024-10-11T22:14:15.003Z web-1 su 812 ID47 - su root failed',
      {
        time: '2024-10-11T22:14:15.003Z',
        host: 'web-1',
        source: 'su',
        process: '812',
        id: 'ID47',
        message: 'su root failed',
      },
    ],
    [
      '2024-06-02T03:15:41.870Z WARN  [pool-3] c.e.Db - Connection lost',
      {
        time: '2024-06-02T03:15:41.870Z',
        level: 'WARN',
        process: 'pool-3',
        source: 'c.e.Db',
        message: 'Connection lost',
      },
    ],
    [
      '10:00:00.123 [main] ERROR com.example.Boot - no port',
      { time: '10:00:00.123', process: 'main', level: 'ERROR', source: 'com.example.Boot', message: 'no port' },
    ],
    [
      '2024-03-18 09:14:05,903 - shop.payments - WARNING - Card declined',
      { time: '2024-03-18 09:14:05,903', source: 'shop.payments', level: 'WARNING', message: 'Card declined' },
    ],
    ['ERROR:root:nothing came', { level: 'ERROR', source: 'root', message: 'nothing came' }],
    [
      'E0624 08:33:48.009341       1 sync.go:71] Error syncing',
      { level: 'E', time: '0624 08:33:48.009341', process: '1', source: 'sync.go:71', message: 'Error syncing' },
    ],
    [
      '[Thu Aug 01 12:02:02.551234 2024] [proxy:error] [pid 902:tid 1402] [client 192.0.2.99:40112] AH00898: broken',
      {
        time: 'Thu Aug 01 12:02:02.551234 2024',
        source: 'proxy',
        level: 'error',
        process: 'pid 902:tid 1402',
        address: '192.0.2.99',
        message: 'AH00898: broken',
      },
    ],
    ['[   12.345678] usb 1-1: new device', { time: '12.345678', message: 'usb 1-1: new device' }],
    [
      '2022-11-19 06:26:24 install nginx:amd64 <none> 1.18.0',
      { time: '2022-11-19 06:26:24', message: 'install nginx:amd64 <none> 1.18.0' },
    ],
    [
      'update-alternatives 2024-02-01 10:11:12: run with --quiet',
      { source: 'update-alternatives', time: '2024-02-01 10:11:12', message: 'run with --quiet' },
    ],
    [
      '203.0.113.9 - anna [02/Jun/2024:03:16:30 +0000] "POST /login HTTP/1.1" 401 88 "-" "Mozilla/5.0"',
      {
        address: '203.0.113.9',
        person: 'anna',
        time: '02/Jun/2024:03:16:30 +0000',
        method: 'POST',
        resource: '/login',
        protocol: 'HTTP/1.1',
        status: '401',
        size: '88',
        agent: 'Mozilla/5.0',
      },
    ],
    [
      '{"time":"2024-05-06T11:03:20.004Z","level":"error","msg":"token \\"x\\" rejected","user":"d.novak","status":403}',
      {
        time: '2024-05-06T11:03:20.004Z',
        level: 'error',
        message: 'token \\"x\\" rejected',
        person: 'd.novak',
        status: '403',
      },
    ],
    [
      'level=warn ts=2024-08-01T12:01:30.004Z msg="scrape failed" target=10.0.0.12:9100',
      { level: 'warn', time: '2024-08-01T12:01:30.004Z', message: 'scrape failed', resource: '10.0.0.12:9100' },
    ],
    [
      '2024-06-02T03:15:46.871Z ERROR Could not reach it: java.net.ConnectException: Connection refused',
      {
        time: '2024-06-02T03:15:46.871Z',
        level: 'ERROR',
        exception: 'java.net.ConnectException',
        message: 'Connection refused',
      },
    ],
  ];
  lines.push(
    [
      '2025-01-24T07:00:43,950 INFO [Thread-6          ] BootstrapCoordinator     : Bootstrap is complete.',
      {
        time: '2025-01-24T07:00:43,950',
        level: 'INFO',
        process: 'Thread-6',
        message: 'BootstrapCoordinator     : Bootstrap is complete.',
      },
    ],
    ['2025-01-24 07:00:43 CET started', { time: '2025-01-24 07:00:43 CET', message: 'started' }],
    [
      'Mar  3 08:01:02 edge1 haproxy[7]: 203.0.113.9:5332 [03/Mar/2024:08:01:02.143] web~ shop/app2 0/0/7/15/22 503 +1139 - - ---- 2/1/0/0/0 0/0 {shop.example|curl/8.5.0|https://a.example/} {} "GET /cart?id=4 HTTP/1.1"',
      {
        time: 'Mar  3 08:01:02',
        host: 'edge1',
        source: 'haproxy',
        process: '7',
        address: '203.0.113.9',
        upstream: 'shop/app2',
        status: '503',
        size: '1139',
        agent: 'curl/8.5.0',
        referrer: 'https://a.example/',
        method: 'GET',
        resource: '/cart?id=4',
        protocol: 'HTTP/1.1',
      },
    ],
    [
      'Mar  3 08:01:03 edge1 haproxy[7]: 203.0.113.9:5332 [03/Mar/2024:08:01:03.143] db db/pg1 1/0/15 212 -- 2/1/0/0/0 0/0',
      {
        time: 'Mar  3 08:01:03',
        host: 'edge1',
        source: 'haproxy',
        process: '7',
        address: '203.0.113.9',
        upstream: 'db/pg1',
        size: '212',
        message: '-- 2/1/0/0/0 0/0',
      },
    ],
    [
      'Mar  3 08:01:04 edge1 haproxy[7]: 203.0.113.9:5332 [03/Mar/2024:08:01:04.143] web/1: SSL handshake failure',
      {
        time: 'Mar  3 08:01:04',
        host: 'edge1',
        source: 'haproxy',
        process: '7',
        address: '203.0.113.9',
        message: '/1: SSL handshake failure',
      },
    ],
    [
      'Mar  3 08:01:05 edge1 nginx: 203.0.113.9 - anna [03/Mar/2024:08:01:05 +0000] "GET /a HTTP/1.1" 404 12 "-" "curl/8.5.0"',
      {
        time: 'Mar  3 08:01:05',
        host: 'edge1',
        source: 'nginx',
        address: '203.0.113.9',
        person: 'anna',
        method: 'GET',
        resource: '/a',
        protocol: 'HTTP/1.1',
        status: '404',
        size: '12',
        agent: 'curl/8.5.0',
      },
    ],
    [
      'Mar  3 08:01:06 edge1 shop[12]: {"level":"warn","msg":"stock is low","user":"ben"}',
      {
        time: 'Mar  3 08:01:06',
        host: 'edge1',
        source: 'shop',
        process: '12',
        level: 'warn',
        message: 'stock is low',
        person: 'ben',
      },
    ],
  );
  for (const [line, fields] of lines) it(line.slice(0, 60), () => assert.deepEqual(record(line), fields));

  it('a stack trace belongs to its record; its cause is a field', () => {
    const file = [
      '2024-06-02 03:15:46 ERROR failed',
      '\tat com.example.Db.open(Db.java:118)',
      'Caused by: java.io.IOException: No route to host',
      '2024-06-02 03:16:00 INFO done',
    ].join('\n');
    const view = viewOf(file, { fileName: 'a.log' });
    assert.equal(view.blocks.length, 2);
    assert.deepEqual(fieldsOf(view, file, 0), [
      ['time', '2024-06-02 03:15:46'],
      ['level', 'ERROR'],
      ['message', 'failed'],
      ['frame', 'at com.example.Db.open(Db.java:118)'],
      ['exception', 'java.io.IOException'],
      ['cause', 'No route to host'],
    ]);
  });

  it('records of keys: Windows events and the history of apt', () => {
    const event = (id: number, level: string, words: string) =>
      `Log Name:      System\nDate:          3/14/2024 8:0${id}:11 AM\nEvent ID:      ${id}\nLevel:         ${level}\n` +
      `Computer:      WS-${id}\nDescription:\n${words}\n`;
    const file = `${event(1, 'Error', 'The service stopped. Cause: 2')}\n${event(2, 'Warning', 'No disk')}`;
    const view = viewOf(file, { fileName: 'a.log' });
    checkView(view, file);
    assert.equal(view.blocks.length, 2);
    assert.deepEqual(fieldsOf(view, file, 0), [
      ['time', '3/14/2024 8:01:11 AM'],
      ['id', '1'],
      ['level', 'Error'],
      ['host', 'WS-1'],
      ['message', 'The service stopped. Cause: 2'],
    ]);
    const apt =
      'Start-Date: 2024-02-13  14:05:21\nCommandline: apt install x\nRequested-By: katrin (1001)\nEnd-Date: 2024-02-13  14:06:03\n';
    const history = viewOf(`\n${apt}\n${apt}`, { fileName: 'history.log' });
    assert.equal(history.blocks.length, 2);
    assert.deepEqual(fieldsOf(history, `\n${apt}\n${apt}`, 1), [
      ['time', '2024-02-13  14:05:21'],
      ['message', 'apt install x'],
      ['person', 'katrin (1001)'],
      ['time', '2024-02-13  14:06:03'],
    ]);
  });

  it('a text file that is a log is read as one, and prose with a time is not', () => {
    const log =
      '2024-06-02 03:16:00 Backup finished\n2024-06-02 03:16:30 Login failed\n2024-06-02 03:17:01 Shut down\n';
    assert.equal(viewOf(log, { fileName: 'notes.txt' }).blocks[0].kind, 'logLine');
    const prose = 'We met on 2024-06-02 in Oslo.\n\n10:00 Coffee was served.\n\nInfo desks were open.\n';
    assert.equal(viewOf(prose, { fileName: 'notes.txt' }).blocks[0].kind, 'paragraph');
  });

  it('time grows in proportion to the length, whatever is repeated', () => {
    for (const piece of [
      '2024-06-02 03:16:00 INFO [a] b.c - d\n',
      '1.2.3.4 - - [02/Jun/2024:03:16:30 +0000] "GET / HTTP/1.1" 200 1\n',
      'Error: ',
      'a.b.',
      '[x] ',
      'a=b ',
      '{"a":',
      '<34>1 ',
      'INFO ',
      'Log Name: x\n',
      '"\n',
      'at \n',
      'Caused by: E: ',
      '\x1b[1m',
    ]) {
      assertGrowsInProportion(JSON.stringify(piece), 600_000, (size) => {
        viewOf(piece.repeat(size / piece.length), { fileName: 'a.log' });
      });
    }
  });
});

describe('subtitles', () => {
  const srt = [
    '1',
    '00:00:01,000 --> 00:00:04,200',
    'Today we visit the lighthouse of',
    '',
    '2',
    '00:00:04,200 --> 00:00:07,900',
    '<i>Cape Morrow</i>, built by Louisa.',
    '',
    '3',
    '00:00:08,000 --> 00:00:10,000',
    '- Who keeps it?',
    '- PEDRO: A volunteer.',
  ].join('\r\n');

  it('joins cues into sentences, each with the time of its first cue', () => {
    const view = viewOf(srt, { fileName: 'a.srt' });
    checkView(view, srt);
    assert.deepEqual(
      view.blocks.map(({ start, end }) => view.text.slice(start, end)),
      [
        '00:00:01,000 Today we visit the lighthouse of Cape Morrow, built by Louisa.',
        '00:00:08,000 Who keeps it? PEDRO: A volunteer.',
      ],
    );
    assert.deepEqual(fieldsOf(view, srt, 1), [
      ['saidAt', '00:00:08,000'],
      ['message', 'Who keeps it?'],
      ['speaker', 'PEDRO'],
      ['message', 'A volunteer.'],
    ]);
    const at = view.text.indexOf('lighthouse of Cape');
    assert.deepEqual(
      view.partsInFile(at, at + 18).map(({ start, end }) => srt.slice(start, end)),
      ['lighthouse of', 'Cape'],
    );
  });

  it('a sentence that breaks off goes on in the next cue, unless another begins there', () => {
    const cues = ['On the left you see...', '...the old mill.', 'Well…', 'No!', 'and then...', 'it fell.'];
    const file = cues.map((cue, i) => `${i + 1}\n00:00:0${i},000 --> 00:00:0${i},900\n${cue}\n`).join('\n');
    const view = viewOf(file, { fileName: 'a.srt' });
    checkView(view, file);
    assert.deepEqual(
      view.blocks.map(({ start, end }) => view.text.slice(start + 13, end)),
      ['On the left you see... ...the old mill.', 'Well…', 'No!', 'and then... it fell.'],
    );
  });

  it('WebVTT: header, notes, styles, names of cues and settings are hidden; voices are speakers', () => {
    const vtt =
      'WEBVTT - talk\n\nNOTE not spoken\nby anybody\n\nSTYLE\n::cue { color: red }\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v Ana Berg>Salt &amp; <b>pepper</b></v>\n\n00:09.000 --> 00:10.000\nGo on.\n';
    for (const kind of [{ fileName: 'a.vtt' }, { fileName: 'a.txt' }, { languageId: 'subtitle' }]) {
      const view = viewOf(vtt, kind);
      checkView(view, vtt);
      assert.equal(view.text, '00:01.000 Ana Berg: Salt & pepper\n\n00:09.000 Go on.');
      assert.deepEqual(fieldsOf(view, vtt, 0)[1], ['speaker', 'Ana Berg']);
    }
  });

  it('broken cues are read as well, in time in proportion to their number', () => {
    for (const file of [
      '1\n00:00 --> \nx\n',
      'text before\n\n00:00:01,000 --> 00:00:02,000\n',
      '00:00:01,000 --> 00:00:02,000\na\n00:00:02,000 --> 00:00:03,000\nb',
    ])
      checkView(viewOf(file, { fileName: 'a.srt' }), file);
    for (const piece of [
      '1\n00:00:01,000 --> 00:00:02,000\nx\n\n',
      '<i>',
      '<v A>',
      '&amp;',
      '- ',
      'A: ',
      '-->\n',
      '00:00:01,000 --> 00:00:02,000\n',
    ])
      assertGrowsInProportion(piece, 300_000, (size) =>
        viewOf(piece.repeat(size / piece.length), { fileName: 'a.srt' }),
      );
  });
});

describe('chats', () => {
  const chats: [string, string, string, string][] = [
    ['WhatsApp, US', '[11/8/21, 9:43:10 AM] ‎Oskar: I can bring it', 'Oskar', '11/8/21, 9:43:10 AM'],
    ['WhatsApp, DE', '08.11.21, 09:43 - Lin 🌸: Ich zahle', 'Lin 🌸', '08.11.21, 09:43'],
    ['IRC', '[12:34] <@nick> hello all', '@nick', '12:34'],
    ['IRC with a date', '2024-06-02 12:34:56 <nick> hello', 'nick', '2024-06-02 12:34:56'],
    ['IRC with addresses', '[15 Jan 12:22] <nick!n=nick@192.0.2.7> +hello', 'nick', '15 Jan 12:22'],
    ['IRC with an ISO date', '2024-06-02T12:34:56  <nick> hello', 'nick', '2024-06-02T12:34:56'],
    ['WeeChat', '2024-06-02 12:34:56\tnick\thello', 'nick', '2024-06-02 12:34:56'],
    ['Slack', 'Ana Berg  10:32 AM\nhello', 'Ana Berg', '10:32 AM'],
    ['Teams', '[Yesterday 10:32 AM] Ana Berg\nhello', 'Ana Berg', 'Yesterday 10:32 AM'],
    ['Discord', 'ana — Today at 10:32 AM\nhello', 'ana', 'Today at 10:32 AM'],
    ['Telegram', 'Ana, [02.06.24 10:32]\nhello', 'Ana', '02.06.24 10:32'],
    ['Zoom', '10:32:01 From Ana Berg to Everyone: hello', 'Ana Berg', '10:32:01'],
  ];
  for (const [name, message, speaker, time] of chats) {
    it(name, () => {
      const file = `${message}\nand more\n${message}\n${message}\n`;
      const view = viewOf(file, { fileName: 'chat.txt' });
      checkView(view, file);
      assert.deepEqual(
        view.blocks.map(({ kind }) => kind),
        ['message', 'message', 'message'],
      );
      const fields = new Map(fieldsOf(view, file, 0));
      assert.equal(fields.get('selfSpeaker') ?? fields.get('speaker'), speaker);
      assert.equal(fields.get('saidAt'), time);
      assert.match(fields.get('message')!, /and more$/);
    });
  }

  it('a log of a channel is a chat; a log with names or levels in brackets is a log', () => {
    const channel = '[12:01] *** bo joined\n[12:01] <ana> who comes?\n[12:02] <bo> I do\n[12:03] <cy> they do\n';
    assert.equal(viewOf(channel, { fileName: 'tide.log' }).blocks[1].kind, 'message');
    for (const file of [
      '12:01:02 <info> up\n12:01:03 <warning> slow\n12:01:04 <info> down\n',
      '[2024-06-02 12:01:02] app: up\n[2024-06-02 12:01:03] app: slow\n[2024-06-02 12:01:04] app: down\n',
      '<34>fenn: up\n<34> fenn: slow\n<34> fenn: down\n',
    ])
      assert.notEqual(viewOf(file, { fileName: 'tide.log' }).blocks[1].kind, 'message', file);
  });

  it('marks speakers who speak about themselves', () => {
    const file = '[12:01] <ana> who comes?\n[12:02] <bo> I do\n[12:03] <cy> they do\n';
    const kinds = fieldsOf(viewOf(file, { fileName: 'a.txt' }), file).map(([kind]) => kind);
    assert.deepEqual(
      kinds.filter((kind) => /peaker/.test(kind)),
      ['speaker', 'selfSpeaker', 'speaker'],
    );
  });

  it('a list of keys and a screenplay are not chats; time grows in proportion to the length', () => {
    for (const file of [
      'Name: Ana\nAge: 30\nTown: Oslo\n',
      'Opening hours\nMonday 9:30\nTuesday 9:30\nWednesday 9:30\n',
    ])
      assert.notEqual(viewOf(file, { fileName: 'a.txt' }).blocks[0].kind, 'message', file);
    for (const piece of ['[12:01] <ana> x\n', '[12:01] ', 'a: ', '<a> b\n', 'Ana  10:32\nx\n', '08.11.21, 09:43 - '])
      assertGrowsInProportion(piece, 300_000, (size) =>
        viewOf(piece.repeat(size / piece.length), { fileName: 'a.txt' }),
      );
  });
});
