// @ts-check
// The table of a question set. Everything that is shown comes in messages and goes into the page as text, never as HTML.
(() => {
  // @ts-expect-error given by VS Code
  const vscode = acquireVsCodeApi();
  const byId = (id) => document.getElementById(id);
  const table = byId('table');
  const filter = byId('filter');
  const show = byId('show');
  const [head] = table.getElementsByTagName('thead');
  const [body] = table.getElementsByTagName('tbody');
  const FORMATS = ['csv', 'xlsx', 'json', 'md'];
  const collator = new Intl.Collator(document.documentElement.lang || undefined, { numeric: true });
  /** Rows of the page by URI, in the order of arrival: the element, its data, and its words for the filter. */
  let rows = new Map();
  /** The cell that the Tab key comes to. */
  let current = null;
  let strings = {};
  /** By which column the rows are sorted; 0: the documents. */
  let sorted = { column: -1, down: false };

  /** @param {string} name @param {string} [text] @param {Record<string, string>} [attributes] */
  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function button(title, act, { primary = false, id = '' } = {}) {
    const made = element('button', title, { type: 'button', id });
    if (primary) made.className = 'primary';
    made.addEventListener('click', act);
    return made;
  }

  const post = (message) => () => vscode.postMessage(message);

  function begin(state) {
    strings = state.strings;
    byId('title').textContent = state.title;
    byId('buttons').setAttribute('aria-label', state.title);
    byId('buttons').replaceChildren(
      button(strings.run, post({ type: 'run' }), { primary: true, id: 'run' }),
      button(strings.runAll, post({ type: 'runAll' }), { id: 'runAll' }),
      button(strings.cancel, post({ type: 'cancel' }), { id: 'cancel' }),
      ...FORMATS.map((format) => button(strings[format], post({ type: 'export', format }), { id: format })),
    );
    const kept = vscode.getState() ?? {};
    filter.placeholder = strings.filter;
    filter.setAttribute('aria-label', strings.filter);
    filter.value = kept.filter ?? '';
    show.setAttribute('aria-label', strings.show);
    show.replaceChildren(
      ...['all', 'doubtful', 'none', 'unchecked'].map((value) => element('option', strings[value], { value })),
    );
    show.value = kept.show ?? 'all';
    sorted = kept.sorted ?? { column: -1, down: false };
    table.setAttribute('aria-label', state.title);
    table.setAttribute('aria-colcount', String(state.columns.length + 1));
    const titles = element('tr', undefined, { role: 'row' });
    const columns = [{ name: strings.document, question: '' }, ...state.columns];
    for (const { name, question } of columns) {
      const title = element('th', name, { role: 'columnheader', scope: 'col', tabindex: '-1' });
      title.title = question ? `${question}\n${strings.sort}` : strings.sort;
      titles.append(title);
    }
    head.replaceChildren(titles);
    body.replaceChildren();
    rows = new Map();
    byId('detail').hidden = true;
    current = titles.children[0];
    current.tabIndex = 0;
    addRows(state.rows);
    showStatus(state.status);
  }

  function cellOf(uri, cell, column) {
    const place = element('td', undefined, { role: 'gridcell', tabindex: '-1', 'aria-label': cell.label });
    place.className = cell.none ? `none${cell.guess ? ' guessed' : ''}` : `answer ${cell.grade}`;
    place.title = cell.tip;
    place.append(element('span', cell.words, { class: 'words' }));
    // The spaces are for those who copy it.
    if (cell.more) place.append(' ', element('span', cell.more, { class: 'more' }));
    if (cell.checked) place.append(' ', element('span', '✓', { class: 'check', title: strings.checked }));
    if (!cell.none || cell.guess) place.addEventListener('click', post({ type: 'open', uri, column }));
    return place;
  }

  function rowOf(row) {
    const made = element('tr', undefined, { role: 'row' });
    made.append(element('th', row.name, { role: 'rowheader', scope: 'row', tabindex: '-1' }));
    row.cells.forEach((cell, column) => {
      made.append(cellOf(row.uri, cell, column));
    });
    return made;
  }

  function addRows(added) {
    const fresh = document.createDocumentFragment();
    for (const row of added) {
      const made = rowOf(row);
      const before = rows.get(row.uri)?.made;
      if (before) {
        const index = before.contains(current) ? [...before.children].indexOf(current) : -1;
        const hadFocus = document.activeElement === current;
        before.replaceWith(made);
        if (index >= 0) select(made.children[index], hadFocus);
      } else fresh.append(made);
      const words = [row.name, ...row.cells.map((cell) => cell.words)].join('\n').toLowerCase();
      rows.set(row.uri, { made, row, words });
    }
    body.append(fresh);
    arrange();
  }

  function removeRows(uris) {
    for (const uri of uris) {
      const made = rows.get(uri)?.made;
      if (made?.contains(current)) select(head.rows[0].children[0], document.activeElement === current);
      made?.remove();
      rows.delete(uri);
    }
    arrange();
  }

  /** Which cells a row must have one of to be shown. */
  const WANTED = {
    all: () => true,
    doubtful: ({ none, grade }) => !none && grade !== 'sure',
    none: ({ none }) => none,
    unchecked: ({ checked }) => !checked,
  };

  /** Shows the rows that the user wants to see, in the order that the user wants. */
  function arrange() {
    const typed = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = WANTED[show.value] ?? WANTED.all;
    let count = 0;
    for (const { made, row, words } of rows.values()) {
      made.hidden = !(typed.every((word) => words.includes(word)) && row.cells.some(wanted));
      if (!made.hidden) count++;
    }
    // The Tab key must come to something that can be seen.
    if (current?.parentElement?.hidden) select(head.rows[0].children[0], false);
    [...(head.rows[0]?.children ?? [])].forEach((title, column) => {
      if (column !== sorted.column) title.removeAttribute('aria-sort');
      else title.setAttribute('aria-sort', sorted.down ? 'descending' : 'ascending');
    });
    const keyOf = ({ row }) => {
      const cell = row.cells[sorted.column - 1];
      if (sorted.column === 0) return row.name;
      // "EUR 1,000" is more than "EUR 900".
      return cell && !cell.none ? cell.words.replace(/(\d)[,.'’\u00a0\u202f](?=\d{3}(?!\d))/g, '$1') : '';
    };
    const order = [...rows.values()];
    const isSorted = sorted.column >= 0 && sorted.column < (head.rows[0]?.children.length ?? 0);
    if (isSorted) {
      const keys = new Map(order.map((each) => [each, keyOf(each)]));
      const sign = sorted.down ? -1 : 1;
      // What has no answer comes last either way.
      order.sort((a, b) => {
        const [x, y] = [keys.get(a), keys.get(b)];
        return x === '' || y === '' ? Number(x === '') - Number(y === '') : sign * collator.compare(x, y);
      });
    }
    if (order.some(({ made }, i) => body.rows[i] !== made)) {
      const focused = document.activeElement;
      body.append(...order.map(({ made }) => made));
      if (focused === current) current.focus();
    }
    table.setAttribute('aria-rowcount', String(count + 1));
    byId('shown').textContent =
      count === rows.size ? '' : strings.shown.replace('{0}', String(count)).replace('{1}', String(rows.size));
    vscode.setState({ filter: filter.value, show: show.value, sorted });
  }

  /** By a column's words: up, down, and as they came. */
  function sort(column) {
    if (sorted.column !== column) sorted = { column, down: false };
    else sorted = sorted.down ? { column: -1, down: false } : { column, down: true };
    arrange();
  }

  function showStatus(status) {
    byId('status').textContent = status.text;
    byId('run').disabled = status.busy;
    byId('runAll').disabled = status.busy;
    byId('cancel').disabled = !status.busy;
    for (const format of FORMATS) byId(format).disabled = rows.size === 0;
    table.setAttribute('aria-busy', String(status.busy));
    const skipped = byId('skipped');
    skipped.hidden = status.skipped.length === 0;
    skipped.querySelector('summary').textContent = status.skippedText;
    skipped.querySelector('ul').replaceChildren(...status.skipped.map((line) => element('li', line)));
  }

  /** The document and the question of a cell; undefined: it is a name. */
  function placeOf(cell) {
    for (const [uri, { made }] of cell?.tagName === 'TD' ? rows : []) {
      if (made === cell.parentElement) return { uri, column: [...made.children].indexOf(cell) - 1 };
    }
    return undefined;
  }

  /** What is around the answer of the current cell, and what can be done with it. */
  function showDetail({ uri, column, about, sentence, lead, length, hasAnswer, checked }) {
    const made = rows.get(uri)?.made;
    if (made?.children[column + 1] !== current) return;
    byId('about').textContent = about;
    const marked = lead >= 0 ? [sentence.slice(0, lead), element('mark', sentence.slice(lead, lead + length))] : [];
    byId('sentence').replaceChildren(...marked, marked.length > 0 ? sentence.slice(lead + length) : sentence);
    const box = element('input', undefined, { type: 'checkbox', id: 'checked' });
    box.checked = checked;
    box.addEventListener('change', () => check(uri, column, box.checked));
    const label = element('label');
    label.append(box, ` ${strings.checked}`);
    const open = button(strings.open, post({ type: 'open', uri, column }), { id: 'open' });
    const copy = button(strings.copy, post({ type: 'copy', uri, column }), { id: 'copy' });
    byId('acts').replaceChildren(...(hasAnswer ? [open, copy] : []), label);
    current.setAttribute('aria-describedby', 'sentence');
    byId('detail').hidden = false;
  }

  function check(uri, column, checked) {
    const cell = rows.get(uri)?.row.cells[column];
    if (cell) vscode.postMessage({ type: 'check', uri, column, checked });
  }

  /** Moves the one cell that the Tab key comes to. */
  function select(cell, focus = true) {
    if (!cell) return;
    if (current) {
      current.tabIndex = -1;
      current.removeAttribute('aria-describedby');
    }
    current = cell;
    current.tabIndex = 0;
    if (focus) current.focus();
    const place = placeOf(cell);
    if (place) vscode.postMessage({ type: 'focus', ...place });
    else byId('detail').hidden = true;
  }

  table.addEventListener('click', ({ target }) => {
    if (!(target instanceof Element)) return;
    const cell = target.closest('th, td');
    select(cell);
    if (cell?.parentElement === head.rows[0]) sort([...cell.parentElement.children].indexOf(cell));
  });
  filter.addEventListener('input', arrange);
  show.addEventListener('change', arrange);

  table.addEventListener('keydown', (event) => {
    const row = current?.parentElement;
    if (!row) return;
    const lines = [head.rows[0], ...body.rows].filter((each) => !each.hidden);
    const y = Math.max(0, lines.indexOf(row));
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
    const place = placeOf(current);
    if (move) select(move());
    else if (event.key === ' ' && place)
      check(place.uri, place.column, !rows.get(place.uri).row.cells[place.column].checked);
    else if (event.key === 'Enter' || event.key === ' ') current.click();
    else return;
    event.preventDefault();
  });

  window.addEventListener('message', ({ data }) => {
    if (data.type === 'begin') begin(data);
    if (data.type === 'rows') addRows(data.rows);
    if (data.type === 'remove') removeRows(data.uris);
    if (data.type === 'status') showStatus(data.status);
    if (data.type === 'detail') showDetail(data);
  });
  vscode.postMessage({ type: 'ready' });
})();
