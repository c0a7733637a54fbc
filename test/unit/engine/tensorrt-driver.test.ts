/** The table of the CUDA driver, against drivers made on the spot: whole, without a device, refusing, too old. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { probeInChild } from '../../../server/engine/tensorrt/child-process.js';
import { checkProbe } from '../../../server/engine/tensorrt/probe.js';
import { describeNative, probeOrder, rtxLibrary, temporaryFolder } from './tensorrt-fixtures.js';

/** Functions of the driver that the add-on binds but that no test here runs. */
const unused = [
  'cuCtxSetCurrent',
  'cuDevicePrimaryCtxRetain',
  'cuMemAlloc_v2',
  'cuMemFree_v2',
  'cuMemHostAlloc',
  'cuMemFreeHost',
  'cuMemGetInfo_v2',
  'cuMemcpyHtoDAsync_v2',
  'cuMemcpyDtoHAsync_v2',
  'cuStreamCreate',
  'cuStreamDestroy_v2',
  'cuStreamSynchronize',
  'cuStreamBeginCapture_v2',
  'cuStreamEndCapture',
  'cuGraphLaunch',
  'cuGraphDestroy',
  'cuGraphExecDestroy',
  'cuEventCreate',
  'cuEventDestroy_v2',
  'cuEventRecord',
  'cuEventSynchronize',
  'cuEventElapsedTime',
];

/** Compiles a driver whose cuInit gives `init`; undefined where there is no C compiler. */
function driver(init: number, options: { devices?: number; graphs?: boolean } = {}): string | undefined {
  const folder = temporaryFolder();
  const source = path.join(folder, 'driver.c');
  const file = path.join(folder, 'libcuda.so.1');
  writeFileSync(
    source,
    `#include <stddef.h>
#include <string.h>
int cuInit(unsigned f) { (void)f; return ${init}; }
int cuDriverGetVersion(int *v) { *v = 12080; return 0; }
int cuDeviceGetCount(int *n) { *n = ${options.devices ?? 1}; return 0; }
int cuDeviceGet(int *d, int i) { *d = i; return 0; }
int cuDeviceGetName(char *s, int n, int d) { (void)d; strncpy(s, "NVIDIA False", n); return 0; }
int cuDeviceGetAttribute(int *v, int a, int d) { (void)d; *v = a == 75 ? 9 : 0; return 0; }
int cuDeviceTotalMem_v2(size_t *n, int d) { (void)d; *n = 1u << 30; return 0; }
int cuGetErrorName(int e, const char **s) { *s = e == 803 ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" : "CUDA_ERROR"; return 0; }
${options.graphs === false ? '' : 'int cuGraphInstantiateWithFlags(void) { return 1; }'}
${unused.map((name) => `int ${name}(void) { return 1; }`).join('\n')}
`,
  );
  return spawnSync('cc', ['-shared', '-fPIC', '-o', file, source]).status === 0 ? file : undefined;
}

describeNative('CUDA driver', () => {
  const cases: Array<[string, number, Parameters<typeof driver>[1], RegExp]> = [
    ['without a device', 100, {}, /the CUDA driver finds no NVIDIA GPU/],
    ['that counts no device', 0, { devices: 0 }, /finds no NVIDIA GPU/],
    ['that does not start', 803, {}, /does not start: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH/],
    ['that is too old for graphs', 0, { graphs: false }, /has no function cuGraphInstantiateWithFlags/],
  ];
  for (const [name, init, options, expected] of cases) {
    it(`${name}: says so`, async (context) => {
      const file = driver(init, options);
      if (!file) return context.diagnostic('no C compiler');
      const result = await probeInChild(probeOrder(rtxLibrary(), file));
      assert.match((result.driver as { error: string }).error, expected);
    });
  }

  it('with a device that TensorRT-RTX does not support: names the device', async (context) => {
    const file = driver(0);
    if (!file) return context.diagnostic('no C compiler');
    const order = probeOrder(rtxLibrary(), file);
    const result = await probeInChild(order);
    assert.deepEqual(result.driver, {
      cuda: 12080,
      devices: [{ ordinal: 0, name: 'NVIDIA False', major: 9, minor: 0, totalBytes: 2 ** 30 }],
    });
    const candidate = { flavour: 'rtx' as const, path: rtxLibrary(), source: 'setting' as const };
    assert.match(
      checkProbe(candidate, 'rtx', result).refused!,
      /does not support NVIDIA False \(compute capability 9\.0\)/,
    );
  });
});
