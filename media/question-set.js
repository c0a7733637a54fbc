// @ts-check
// The table of a question set. Everything that is shown comes in messages and goes into the page as text, never as HTML.
(() => {
  // @ts-expect-error given by VS Code
  const vscode = acquireVsCodeApi();
  const byId = (id) => document.getElementById(id);
  const table = byId('table');
  const [head] = table.getElementsByTagName('thead');
  const [body] = table.getElementsByTagName('tbody');
  /** Rows of the page by URI. */
  let rows = new Map();
  /** The cell that the Tab key comes to. */
  let current = null;
  let strings = {};

  /** @param {string} name @param {string} [text] @param {Record<string, string>} [attributes] */
  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function button(title, message, { primary = false, id = '' } = {}) {
    const made = element('button', title, { type: 'button', id });
    if (primary) made.className = 'primary';
    made.addEventListener('click', () => vscode.postMessage(message));
    return made;
  }

  function begin(state) {
    strings = state.strings;
    byId('title').textContent = state.title;
    const exports = ['csv', 'json', 'md'].map((format) =>
      button(strings[format], { type: 'export', format }, { id: format }),
    );
    byId('buttons').setAttribute('aria-label', state.title);
    byId('buttons').replaceChildren(
      button(strings.run, { type: 'run' }, { primary: true, id: 'run' }),
      button(strings.runAll, { type: 'runAll' }, { id: 'runAll' }),
      button(strings.cancel, { type: 'cancel' }, { id: 'cancel' }),
      ...exports,
    );
    table.setAttribute('aria-label', state.title);
    table.setAttribute('aria-colcount', String(state.columns.length + 1));
    const titles = element('tr', undefined, { role: 'row' });
    titles.append(element('th', strings.document, { role: 'columnheader', scope: 'col', tabindex: '-1' }));
    for (const { name, question } of state.columns) {
      titles.append(element('th', name, { role: 'columnheader', scope: 'col', title: question, tabindex: '-1' }));
    }
    head.replaceChildren(titles);
    body.replaceChildren();
    rows = new Map();
    current = titles.children[0];
    current.tabIndex = 0;
    addRows(state.rows);
    showStatus(state.status);
  }

  function rowOf(row) {
    const made = element('tr', undefined, { role: 'row' });
    made.append(element('th', row.name, { role: 'rowheader', scope: 'row', tabindex: '-1' }));
    row.cells.forEach((cell, column) => {
      const made_ = element('td', undefined, { role: 'gridcell', tabindex: '-1' });
      if (cell) {
        made_.className = 'answer';
        made_.title = cell.tip;
        made_.setAttribute('aria-label', cell.label);
        made_.append(element('span', cell.words), element('span', cell.more, { class: 'more' }));
        made_.addEventListener('click', () => vscode.postMessage({ type: 'open', uri: row.uri, column }));
      } else {
        made_.className = 'none';
        made_.textContent = '–';
        made_.setAttribute('aria-label', strings.noAnswer);
      }
      made.append(made_);
    });
    return made;
  }

  function addRows(added) {
    const fresh = document.createDocumentFragment();
    for (const row of added) {
      const made = rowOf(row);
      const before = rows.get(row.uri);
      if (before) {
        if (before.contains(current)) {
          const index = [...before.children].indexOf(current);
          const hadFocus = document.activeElement === current;
          before.replaceWith(made);
          select(made.children[index], hadFocus);
        } else before.replaceWith(made);
      } else fresh.append(made);
      rows.set(row.uri, made);
    }
    body.append(fresh);
    table.setAttribute('aria-rowcount', String(rows.size + 1));
  }

  function removeRows(uris) {
    for (const uri of uris) {
      const row = rows.get(uri);
      if (row?.contains(current)) select(head.rows[0].children[0], document.activeElement === current);
      row?.remove();
      rows.delete(uri);
    }
  }

  function showStatus(status) {
    byId('status').textContent = status.text;
    byId('run').disabled = status.busy;
    byId('runAll').disabled = status.busy;
    byId('cancel').disabled = !status.busy;
    for (const format of ['csv', 'json', 'md']) byId(format).disabled = rows.size === 0;
    table.setAttribute('aria-busy', String(status.busy));
    const skipped = byId('skipped');
    skipped.hidden = status.skipped.length === 0;
    skipped.querySelector('summary').textContent = status.skippedText;
    skipped.querySelector('ul').replaceChildren(...status.skipped.map((line) => element('li', line)));
  }

  /** Moves the one cell that the Tab key comes to. */
  function select(cell, focus = true) {
    if (!cell) return;
    if (current) current.tabIndex = -1;
    current = cell;
    current.tabIndex = 0;
    if (focus) current.focus();
  }

  table.addEventListener('click', ({ target }) => {
    if (target instanceof Element) select(target.closest('th, td'));
  });

  table.addEventListener('keydown', (event) => {
    const row = current?.parentElement;
    if (!row) return;
    const lines = [head.rows[0], ...body.rows];
    const y = lines.indexOf(row);
    const x = [...row.children].indexOf(current);
    const last = row.children.length - 1;
    const to = (line, column) => lines[Math.min(lines.length - 1, Math.max(0, line))].children[column];
    const far = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowDown: () => to(y + 1, x),
      ArrowUp: () => to(y - 1, x),
      ArrowRight: () => row.children[Math.min(last, x + 1)],
      ArrowLeft: () => row.children[Math.max(0, x - 1)],
      Home: () => (far ? to(0, 0) : row.children[0]),
      End: () => (far ? to(lines.length - 1, last) : row.children[last]),
      PageDown: () => to(y + 10, x),
      PageUp: () => to(y - 10, x),
    };
    const move = moves[event.key];
    if (move) select(move());
    else if (event.key === 'Enter' || event.key === ' ') current.click();
    else return;
    event.preventDefault();
  });

  window.addEventListener('message', ({ data }) => {
    if (data.type === 'begin') begin(data);
    if (data.type === 'rows') addRows(data.rows);
    if (data.type === 'remove') removeRows(data.uris);
    if (data.type === 'status') showStatus(data.status);
  });
  vscode.postMessage({ type: 'ready' });
})();
