// The table of `npm run bench:gpu`: GPU time of ours in each precision beside PyTorch's, one row for each shape.

/** Precisions of ours, in the order of the columns. */
const PRECISIONS = ['fp16', 'int8', 'fp8'];
const PEERS = ['torch eager', 'torch.compile'];
const HEAD = ['model', 'length', 'batch', 'FP16', 'INT8', 'FP8', 'torch eager (SDPA)', 'torch.compile'];

/**
 * @param latency cells of the part `latency` of test/gpu, in FP16: {model, length, batch, average}
 * @param recorded what the part `scenarios` has recorded: 'scenario MODEL PRECISION' with {gpu: {'BATCHxLENGTH': ms}}
 * @param peers cells of bench/gpu_peers.py: {peer, model, length, batch, average}
 * @returns rows {model, length, batch, fp16, int8, fp8, 'torch eager', 'torch.compile'}, milliseconds, undefined: not
 *   measured; the shapes that were measured in FP16 by `latency` or on PyTorch, in the order of their first cell
 */
export function rowsOf(latency, recorded, peers) {
  const rows = new Map();
  const rowOf = ({ model, length, batch }) => {
    const name = `${model} ${length} ${batch}`;
    if (!rows.has(name)) rows.set(name, { model, length, batch });
    return rows.get(name);
  };
  for (const cell of latency) rowOf(cell).fp16 = cell.average;
  for (const cell of peers) rowOf(cell)[cell.peer] = cell.average;
  for (const row of rows.values()) {
    for (const precision of PRECISIONS) {
      row[precision] ??= recorded[`scenario ${row.model} ${precision}`]?.gpu?.[`${row.batch}x${row.length}`];
    }
  }
  return [...rows.values()];
}

/** The rows as Markdown, in milliseconds; the last column says how many times as long PyTorch takes as the fastest. */
export function tableOf(rows) {
  const ms = (value) => value?.toFixed(3) ?? '';
  const lines = rows.map((row) => {
    const ours = PRECISIONS.map((precision) => row[precision]).filter((value) => value !== undefined);
    const compiled = row['torch.compile'];
    const ratio = compiled && ours.length > 0 ? (compiled / Math.min(...ours)).toFixed(2) : '';
    const half = compiled && row.fp16 ? (compiled / row.fp16).toFixed(2) : '';
    const cells = [...PRECISIONS, ...PEERS].map((name) => ms(row[name]));
    return [row.model, row.length, row.batch, ...cells, half, ratio];
  });
  const head = [...HEAD, 'torch.compile / FP16', 'torch.compile / fastest of ours'];
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...lines.map(line)].join('\n');
}
