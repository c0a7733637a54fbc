// A server of KServe v2 that computes nothing: every logit is 0. Usage: stand-in.mjs PORT; prints a line when it listens.
import { createServer } from 'node:http';

const tensor = (datatype) => (name) => ({ name, datatype, shape: [-1, -1] });
const outputs = ['start_logits', 'end_logits'];
const answers = {
  '/v2': { name: 'stand-in', version: '1', extensions: ['binary_tensor_data'] },
  '/v2/models/ask-bert': {
    name: 'ask-bert',
    versions: ['1'],
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map(tensor('INT64')),
    outputs: outputs.map(tensor('FP32')),
  },
};

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const said = answers[request.url];
  if (said) return response.end(JSON.stringify(said));
  const body = Buffer.concat(parts);
  const size = Number(request.headers['inference-header-content-length']);
  const { shape } = JSON.parse(body.subarray(0, size).toString()).inputs[0];
  const bytes = 4 * shape[0] * shape[1];
  const filled = (name) => ({ name, datatype: 'FP32', shape, parameters: { binary_data_size: bytes } });
  const head = Buffer.from(JSON.stringify({ model_version: '1', outputs: outputs.map(filled) }));
  response.setHeader('inference-header-content-length', String(head.length));
  response.end(Buffer.concat([head, Buffer.alloc(2 * bytes)]));
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
