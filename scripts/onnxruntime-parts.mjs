// What others have written and ONNX Runtime's libraries contain, as its publisher states it for the version that ships.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './ensure.mjs';

/** Found in the libraries themselves: what it is called, its licence, and the bytes that show it. */
export const PARTS = [
  { name: 'Abseil', license: 'Apache-2.0', title: 'abseil-cpp', bytes: 'absl::' },
  {
    name: 'cpp_client_telemetry',
    license: 'Apache-2.0',
    title: 'microsoft/cpp_client_telemetry',
    bytes: 'Microsoft::Applications',
  },
  { name: 'cpuinfo', license: 'BSD-2-Clause', title: 'pytorch/cpuinfo', bytes: 'cpuinfo' },
  { name: 'Dawn', license: 'BSD-3-Clause', title: 'dawn', bytes: 'dawn' },
  { name: 'Eigen', license: 'MPL-2.0', title: 'Eigen', bytes: 'Eigen' },
  { name: 'FlatBuffers', license: 'Apache-2.0', title: 'google/flatbuffers', bytes: 'flatbuffers' },
  { name: 'Guidelines Support Library', license: 'MIT', title: 'Microsoft GSL', bytes: 'gsl::' },
  { name: 'JSON for Modern C++', license: 'MIT', title: 'nlohmann/json', bytes: 'nlohmann' },
  { name: 'KleidiAI', license: 'Apache-2.0', title: 'KleidiAI', bytes: 'kleidiai' },
  { name: 'ONNX', license: 'Apache-2.0', title: 'onnx', bytes: 'onnx_' },
  { name: 'Protocol Buffers', license: 'BSD-3-Clause', title: 'protocolbuffers/protobuf', bytes: 'google/protobuf' },
  { name: 'RE2', license: 'BSD-3-Clause', title: 'google/re2', bytes: 're2::' },
  { name: 'SafeInt', license: 'MIT', title: 'dcleblanc/SafeInt', bytes: 'SafeInt' },
  { name: 'SQLite', license: 'public domain', title: 'SQLite Is Public Domain', bytes: 'sqlite_' },
];

/**
 * The notices of the publisher, as the packages of other languages have them (`onnxruntime/ThirdPartyNotices.txt` in the
 * wheel for Python): the package for Node has none. Fails for a version whose notices are not here.
 */
export function publishersNotices(version) {
  return readFileSync(path.join(root, 'packaging', 'notices', `onnxruntime-${version}.txt`), 'utf8').trim();
}

/** The section of THIRD_PARTY_NOTICES.md. */
export function partsSection(version) {
  const names = PARTS.map(({ name, license }) => `- ${name} (${license})`).join('\n');
  return `## Inside the libraries of ONNX Runtime

\`libonnxruntime\` and \`onnxruntime.dll\` contain, among others:

${names}

The notices of their publisher for version ${version} follow. They cover its builds for every platform, so they also name what
is in none of the libraries here, and the older version for Macs with Intel processors.

\`\`\`text
${publishersNotices(version)}
\`\`\`
`;
}
