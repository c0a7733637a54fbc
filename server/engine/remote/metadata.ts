/** What a server says about itself and the model, checked by name before anything is sent to it. */
import { t } from '../../l10n.js';
import { RemoteFault } from './fault.js';
import type { RemoteHttp, RemoteResponse } from './http.js';
import { INPUTS, type InputName, type InputType, jsonOf, OUTPUTS } from './tensors.js';

/** Key of the vocabulary's hash among the parameters of a model; `ask-bert export` writes it. */
export const VOCABULARY_KEY = 'ask_bert_vocabulary_sha256';

/** What the model here needs of the server's. */
export interface Needed {
  /** Pieces of the longest window. */
  readonly maxLength: number;
  /** SHA-256 of vocab.txt. */
  readonly vocabularySha256: string;
}

/** How the server wants to be asked. */
export interface Contract {
  readonly types: Readonly<Record<InputName, InputType>>;
  /** It has the binary tensor extension. */
  readonly binary: boolean;
  /** Rows of the largest batch. */
  readonly maxRows: number;
  /** Every row has this length; missing: any. */
  readonly fixedLength: number | undefined;
  readonly server: string;
  readonly serverVersion: string;
}

const MAX_BYTES = 1 << 20;
const TIMEOUT_MS = 10_000;
/** Where the server states no limit. */
const MAX_ROWS = 1024;

type Fields = Record<string, unknown>;

/**
 * @param base address of the server
 * @throws RemoteFault naming server, model and tensor; the signal's reason
 */
export async function readContract(
  http: RemoteHttp,
  base: string,
  model: string,
  needed: Needed,
  signal?: AbortSignal,
): Promise<Contract> {
  const { host } = new URL(base);
  const get = (path: string) =>
    http.send({ address: `${base}${path}`, limit: MAX_BYTES, timeoutMs: TIMEOUT_MS, signal });
  const serverAnswer = await get('/v2');
  if (serverAnswer.status !== 200) throw notKServe(host, serverAnswer.status);
  const server = jsonOf(serverAnswer.body, host);
  const extensions = Array.isArray(server.extensions) ? server.extensions : [];
  const modelAnswer = await get(`/v2/models/${model}`);
  if (modelAnswer.status !== 200) throw noModel(host, model, modelAnswer);
  const metadata = jsonOf(modelAnswer.body, host);
  // Triton's own: limits and parameters of the model.
  const configAnswer = extensions.includes('model_configuration') ? await get(`/v2/models/${model}/config`) : undefined;
  const config = configAnswer?.status === 200 ? jsonOf(configAnswer.body, host) : {};
  checkVocabulary([metadata.parameters, config.parameters], needed, model, host);
  const subject = { model, host };
  const { types, rows, length } = checkInputs(tensorsOf(metadata.inputs), needed, subject);
  checkOutputs(tensorsOf(metadata.outputs), subject);
  const limit = Number(config.max_batch_size);
  return {
    types,
    binary: extensions.includes('binary_tensor_data'),
    maxRows: Math.min(rows ?? MAX_ROWS, limit >= 1 ? limit : MAX_ROWS),
    fixedLength: length,
    server: String(server.name ?? 'KServe v2').slice(0, 60),
    serverVersion: String(server.version ?? '').slice(0, 60),
  };
}

const notKServe = (host: string, status: number): RemoteFault =>
  new RemoteFault(
    'lasting',
    t('{0} does not speak KServe v2 (Open Inference Protocol): it answered {1} for /v2.', host, status),
    t('Check the address, and that the server speaks version 2 of the protocol over HTTP.'),
  );

function noModel(host: string, model: string, { body }: RemoteResponse): RemoteFault {
  const said = saidBy(body);
  return new RemoteFault(
    'lasting',
    said ? t('{0} has no model {1}: {2}.', host, model, said) : t('{0} has no model {1}.', host, model),
    t('Check the name of the model, and that the server has loaded it.'),
  );
}

/** The error message of a server; undefined: none. */
export function saidBy(body: Uint8Array): string | undefined {
  try {
    const { error, detail } = JSON.parse(Buffer.from(body).toString('utf8'));
    const said = typeof error === 'string' ? error : detail;
    if (typeof said === 'string' && said) return said.replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, 200);
  } catch {
    // A page, or nothing.
  }
  return undefined;
}

/** Where a server knows the hash. Triton: `{ key: { string_value } }`; others: `{ key: value }`. */
function checkVocabulary(all: readonly unknown[], { vocabularySha256 }: Needed, model: string, host: string): void {
  for (const parameters of all) {
    const value = (parameters as Fields | null | undefined)?.[VOCABULARY_KEY];
    const found = typeof value === 'object' && value !== null ? (value as Fields).string_value : value;
    if (typeof found !== 'string' || found === vocabularySha256) continue;
    throw new RemoteFault(
      'lasting',
      t(
        'The model {0} on {1} has another vocabulary: the SHA-256 is {2}, expected {3}.',
        model,
        host,
        found.slice(0, 64),
        vocabularySha256,
      ),
      t('Choose the model here that the server has, or export this one: ask-bert export.'),
    );
  }
}

interface TensorMetadata {
  name: string;
  datatype: string;
  shape: number[];
}

function tensorsOf(list: unknown): TensorMetadata[] {
  if (!Array.isArray(list)) return [];
  return list.map((each: Fields) => ({
    name: String(each?.name).slice(0, 60),
    datatype: String(each?.datatype).slice(0, 20),
    shape: Array.isArray(each?.shape) ? each.shape.map(Number) : [],
  }));
}

interface Subject {
  model: string;
  host: string;
}

/** @throws RemoteFault */
function checkInputs(found: TensorMetadata[], { maxLength }: Needed, subject: Subject) {
  const types: Partial<Record<InputName, InputType>> = {};
  let rows: number | undefined;
  let length: number | undefined;
  for (const name of INPUTS) {
    const { datatype, shape } = named(found, name, 'input', subject);
    if (datatype !== 'INT64' && datatype !== 'INT32') throw wrongType(name, datatype, 'INT64, INT32', subject);
    const [batch, pieces] = checkShape(name, shape, subject);
    if (pieces !== -1 && pieces < maxLength) {
      throw refused(
        t(
          'The model {0} on {1} takes {2} pieces at most, and the windows of the model here have {3}.',
          subject.model,
          subject.host,
          pieces,
          maxLength,
        ),
      );
    }
    types[name] = datatype;
    if (batch !== -1) rows = Math.min(rows ?? batch, batch);
    if (pieces !== -1) length = Math.max(length ?? pieces, pieces);
  }
  const unknown = found.find(({ name }) => !(INPUTS as readonly string[]).includes(name));
  if (unknown) {
    throw refused(
      t(
        'The model {0} on {1} has an input {2}; expected {3}.',
        subject.model,
        subject.host,
        unknown.name,
        INPUTS.join(', '),
      ),
    );
  }
  return { types: types as Record<InputName, InputType>, rows, length };
}

/** @throws RemoteFault */
function checkOutputs(found: TensorMetadata[], subject: Subject): void {
  for (const name of OUTPUTS) {
    const { datatype, shape } = named(found, name, 'output', subject);
    if (datatype !== 'FP32') throw wrongType(name, datatype, 'FP32', subject);
    checkShape(name, shape, subject);
  }
}

/** @throws RemoteFault */
function named(found: TensorMetadata[], name: string, kind: 'input' | 'output', { model, host }: Subject) {
  const tensor = found.find((each) => each.name === name);
  if (tensor) return tensor;
  const names =
    found
      .map((each) => each.name)
      .slice(0, 8)
      .join(', ') || '-';
  throw refused(
    kind === 'input'
      ? t('The model {0} on {1} has no input {2}: found {3}.', model, host, name, names)
      : t('The model {0} on {1} has no output {2}: found {3}.', model, host, name, names),
  );
}

/** [batch, length]; -1: any. @throws RemoteFault */
function checkShape(name: string, shape: number[], { model, host }: Subject): [batch: number, length: number] {
  const isSize = (each: number) => each === -1 || (Number.isSafeInteger(each) && each > 0);
  if (shape.length === 2 && shape.every(isSize)) return [shape[0], shape[1]];
  throw refused(
    t('{0} of the model {1} on {2} has the shape {3}, expected [-1, -1].', name, model, host, JSON.stringify(shape)),
  );
}

const wrongType = (name: string, found: string, expected: string, { model, host }: Subject): RemoteFault =>
  refused(t('{0} of the model {1} on {2} is {3}, expected {4}.', name, model, host, found, expected));

const refused = (message: string): RemoteFault =>
  new RemoteFault('lasting', message, t('Serve a model that "ask-bert export" wrote.'));
