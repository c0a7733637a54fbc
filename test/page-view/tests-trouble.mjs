// What can be wrong with a file: one message, and nothing is loaded or run.
import assert from 'node:assert/strict';
import { pdfFile } from './pdf-file.mjs';
import { LINES } from './tests-marks.mjs';

const GOOD = pdfFile([{ lines: LINES }]);
const failure = (view) => view.page.locator('#failure-text').textContent();

async function fails(view, bytes) {
  await view.post({ type: 'open', bytes });
  await view.until('a message', () => view.page.locator('#failure').isVisible());
  return failure(view);
}

export const troubleTests = {
  'a password is asked for, again after a wrong one, and kept nowhere': async (view) => {
    await view.post({ type: 'open', bytes: pdfFile([{ lines: LINES }], { password: 'Kestrel 7' }) });
    const field = view.page.locator('#password');
    await field.waitFor();
    assert.match(await view.page.locator('#password-label').textContent(), /^lease\.pdf is protected by a password/);
    assert.equal(await view.page.evaluate(() => document.activeElement.id), 'password');
    await view.page.keyboard.type('wrong');
    await view.page.keyboard.press('Enter');
    await view.page.getByText('This is not the password of lease.pdf').waitFor();
    assert.equal(await field.inputValue(), '');
    await view.page.keyboard.type('Kestrel 7');
    await view.page.keyboard.press('Enter');
    assert.match(await (await view.drawn(1)).textContent(), /twelve months/);
    assert.equal(await view.page.locator('#password-form').isVisible(), false);
    await view.until('its state', () => view.last('state'));
    const kept = await view.page.evaluate(() => [
      document.documentElement.outerHTML,
      document.getElementById('password').value,
    ]);
    assert.ok(!JSON.stringify([kept, view.said]).includes('Kestrel'));
  },

  'while a password is asked for, another file can come': async (view) => {
    await view.post({ type: 'open', bytes: pdfFile([{ lines: LINES }], { password: 'x' }) });
    await view.page.locator('#password').waitFor();
    await view.open(GOOD);
    await view.drawn(1);
    assert.equal(await view.page.locator('#password-form').isVisible(), false);
  },

  'damaged files: one message that says what to do, and the next good one is shown': async (view) => {
    const damaged = [
      Buffer.from('no PDF at all'),
      Buffer.from('%PDF-1.7\n'),
      Buffer.alloc(100_000),
      GOOD.subarray(0, 40),
      Buffer.from(
        '%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj 2 0 obj << /Type /Pages /Kids [2 0 R] /Count 1 >> endobj trailer << /Root 1 0 R >>',
      ),
    ];
    for (const bytes of damaged.slice(0, 4)) {
      const text = await fails(view, bytes);
      assert.match(text, /^lease\.pdf cannot be shown as PDF \(.+\)\. It is damaged or not a PDF: get the file again/);
      assert.equal(await view.page.locator('.page').count(), 0);
    }
    assert.equal(view.said.filter(({ type }) => type === 'unreadable').length, 4);
    await view.page.locator('#reload').click();
    await view.until('asked for again', () => view.said.some(({ act }) => act === 'reload'));
    await view.open(GOOD);
    await view.drawn(1);
    assert.equal(await view.page.locator('#failure').isVisible(), false);
    // A page tree that is a circle is either refused or shown as one page that cannot be drawn.
    await view.post({ type: 'open', bytes: damaged[4] });
    await view.until(
      'a message',
      async () =>
        (await view.page.locator('#failure').isVisible()) ||
        /cannot be drawn/.test(await view.page.locator('#column').innerText()),
    );
  },

  'what the extension says: why there is nothing to show, and what happened to the file': async (view) => {
    await view.open(GOOD);
    await view.drawn(1);
    await view.post({ type: 'notice', text: 'lease.pdf was deleted' });
    assert.equal(await view.page.locator('#notice').innerText(), 'lease.pdf was deleted');
    assert.equal(await view.page.locator('.page').count(), 1);
    await view.post({ type: 'notice', text: '' });
    assert.equal(await view.page.locator('#notice').isVisible(), false);
    await view.post({ type: 'failed', text: '<img src=x onerror=alert(1)>' });
    assert.equal(await failure(view), '<img src=x onerror=alert(1)>');
    assert.equal(await view.page.locator('.page').count(), 0);
  },

  'a font that is not in the file comes from the extension, nothing from elsewhere': async (view) => {
    const requested = view.server.requests.length;
    const file = pdfFile([{ lines: LINES }])
      .toString('latin1')
      .replace('/BaseFont /Courier ', '/BaseFont /ZapfDingbats ')
      .replace(' /Encoding /WinAnsiEncoding', '');
    await view.open(Buffer.from(file, 'latin1'));
    await view.drawn(1);
    for (const path of view.server.requests.slice(requested)) assert.match(path, /^\/dist\/standard_fonts\//);
    for (const name of view.assets) assert.match(name, /^(cmaps|standard_fonts|wasm)\//);
    assert.ok(view.assets.length + view.server.requests.length > requested, 'a font was needed');
  },

  'characters of Asian scripts by a map that ships': async (view) => {
    const font =
      '<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UCS2-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor << /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 4 >> >>] >>';
    const lines = [{ text: '\x59\x51\x7d\x04\x66\xf8', x: 72, y: 700 }];
    const file = pdfFile([{ lines }])
      .toString('latin1')
      .replace(/<< \/Type \/Font \/Subtype \/Type1[^>]*>>/, font);
    await view.open(Buffer.from(file, 'latin1'));
    assert.match(await (await view.drawn(1)).innerText(), /契約書|契|書/);
    assert.ok(view.assets.includes('cmaps/UniJIS-UCS2-H.bcmap'), view.assets.join());
  },

  'actions and addresses in a file do nothing': async (view) => {
    const file = GOOD.toString('latin1').replace(
      '/Type /Catalog ',
      '/Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert\\(1\\); this.submitForm\\("http://127.0.0.1:9/"\\)) >> /AA << /WC << /S /URI /URI (http://127.0.0.1:9/) >> >> ',
    );
    const requested = view.server.requests.length;
    await view.open(Buffer.from(file, 'latin1'));
    await view.drawn(1);
    assert.deepEqual(
      view.server.requests.slice(requested).filter((name) => !/standard_fonts/.test(name)),
      [],
    );
    assert.equal(await view.page.locator('a, iframe, object, embed').count(), 0);
  },

  'the policy: no connection, no script but its own, nothing evaluated': async (view) => {
    await view.open(GOOD);
    const tried = await view.page.evaluate(async (url) => {
      const name = async (action) => {
        try {
          return String(await action());
        } catch (error) {
          return error.name;
        }
      };
      // What a debugger evaluates at once may break the policy.
      await new Promise((resolve) => setTimeout(resolve));
      const violations = [];
      document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective));
      const results = [await name(() => fetch(`${url}/media/icon.png`)), await name(() => new Function('return 1')())];
      const script = document.createElement('script');
      script.textContent = 'globalThis.ran = true';
      document.body.append(script);
      const image = document.createElement('img');
      image.src = `${url}/media/icon.png`;
      document.body.append(image);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { results, ran: globalThis.ran, violations };
    }, view.server.url);
    assert.deepEqual(tried.results, ['TypeError', 'EvalError']);
    assert.equal(tried.ran, undefined);
    for (const directive of ['connect-src', 'script-src', 'script-src-elem', 'img-src'])
      assert.ok(tried.violations.includes(directive), directive);
    view.problems.length = 0;
  },
};
