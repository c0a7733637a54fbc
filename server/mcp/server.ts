/** The MCP server: what it says of itself and its tools, and how a call becomes a result. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  ResultSchema,
  RootsListChangedNotificationSchema,
  type ServerNotification,
  type ServerRequest,
} from '@modelcontextprotocol/sdk/types.js';
import { asAskBertError, cancelled } from '../errors.js';
import type { Service } from '../sidecar/service.js';
import { definitions } from '../tools/definitions.js';
import { ToolInputError } from '../tools/tool-input.js';
import { answerTool } from './answer-tool.js';
import { Calls, type Lane } from './calls.js';
import type { ToolContext } from './context.js';
import { folderTool } from './folder-tool.js';
import type { ListRoots, Roots } from './roots.js';
import { tableTool } from './table-tool.js';

/** How long the client has to say its roots. */
const ROOTS_MS = 10_000;
/** Least time between two reports of progress. */
const PROGRESS_MS = 100;
/** Lines about what the client does wrong, and the longest of them in UTF-16 units: it may not read them. */
const MAX_LOGGED = 100;
const MAX_LOGGED_UNITS = 300;

const INSTRUCTIONS =
  'Finds the exact words of documents that answer short factual questions, with a BERT model on this machine: quotes with places and probabilities, never generated text. The workspace in the descriptions of the tools means the roots of the client; nothing outside of them is read. Paths are absolute or relative to a root.';

interface Tool {
  lane: Lane;
  call(input: unknown, context: ToolContext): Promise<object>;
}

const tools: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  [definitions.answer.name, { lane: 'question', call: answerTool }],
  [definitions.answerFolder.name, { lane: 'run', call: folderTool }],
  [definitions.extractTable.name, { lane: 'run', call: tableTool }],
]);

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** A server that is not connected yet. @param log receives what the client does wrong, in one line */
export function createServer(
  service: ToolContext['service'] & Pick<Service, 'close'>,
  roots: Roots,
  version: string,
  log: (message: string) => void,
): Server {
  const server = new Server(
    { name: 'ask-bert', title: 'Ask BERT', version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  const calls = new Calls();
  let logged = 0;
  server.onerror = ({ message }) => {
    if (logged++ < MAX_LOGGED) log(message.slice(0, MAX_LOGGED_UNITS));
  };
  server.oninitialized = () => roots.ask(listRoots(server));
  server.setNotificationHandler(RootsListChangedNotificationSchema, () => roots.forget());
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: Object.values(definitions) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = tools.get(params.name);
    if (!tool) {
      const names = [...tools.keys()].join(', ');
      throw new McpError(
        ErrorCode.InvalidParams,
        `There is no tool ${JSON.stringify(params.name.slice(0, 60))}, only ${names}.`,
      );
    }
    // The SDK aborts with a word of the client's.
    const stop = new AbortController();
    const cancel = () => stop.abort(cancelled());
    if (extra.signal.aborted) cancel();
    extra.signal.addEventListener('abort', cancel, { once: true });
    const context = { service, roots, signal: stop.signal, report: reporter(extra) };
    return resultOf(() => calls.run(tool.lane, stop.signal, () => tool.call(params.arguments ?? {}, context)));
  });
  return server;
}

/** Undefined: the client has no roots. */
function listRoots(server: Server): ListRoots | undefined {
  if (!server.getClientCapabilities()?.roots) return undefined;
  // The schema of the SDK refuses all of them if one is not a file.
  return async () => {
    const { roots } = await server.request({ method: 'roots/list' }, ResultSchema, { timeout: ROOTS_MS });
    return (Array.isArray(roots) ? roots : []).map((root: unknown) => String(Object(root).uri));
  };
}

/** As text too, for clients that do not read structured content. Failures are results, so that models read them. */
async function resultOf(work: () => Promise<object>): Promise<CallToolResult> {
  try {
    const result = await work();
    return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: { ...result } };
  } catch (error) {
    return { content: [{ type: 'text', text: sentence(error) }], isError: true };
  }
}

function sentence(error: unknown): string {
  if (error instanceof ToolInputError) return error.message;
  const { code, line } = asAskBertError(error);
  return `${code}: ${line}`;
}

/** Progress for a client that asked for it: ever more, a few times a second. */
function reporter({ _meta, sendNotification, signal }: Extra): ToolContext['report'] {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let last = 0;
  let next = 0;
  return (progress, total, message) => {
    const now = performance.now();
    if (signal.aborted || progress <= last || (now < next && progress < total)) return;
    last = progress;
    next = now + PROGRESS_MS;
    const params = { progressToken, progress, ...(total > 0 ? { total } : {}), message };
    void sendNotification({ method: 'notifications/progress', params }).catch(() => {});
  };
}
