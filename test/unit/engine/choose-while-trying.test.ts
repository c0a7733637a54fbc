/** The CPU answers while a TensorRT that has not been loaded here before is tried. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BackgroundState } from '../../../server/protocol.js';
import { bare, choose, oneWindow, settled, usable } from './choose-fixtures.js';

const other = { ...usable, library: '/y/libnvinfer.so.10', version: '10.9.0' };

describe('TensorRT that is tried while the CPU answers', () => {
  it('takes over without a build if its engine is on disk, and else shape by shape', async () => {
    for (const kept of [['fp16'], []]) {
      const heard: BackgroundState[] = [];
      const onBackground = (state: BackgroundState) => void heard.push(state);
      const { engine, made, reasons, finds } = await choose(bare(), {}, { kept, find: () => usable, onBackground });
      assert.equal(engine.info.name, 'cpu');
      await settled(engine);
      await engine.run(oneWindow);
      assert.equal(engine.info.name, 'tensorrt');
      assert.ok(reasons.some((each) => each.startsWith('tensorrt: it works on ')));
      assert.deepEqual(
        made.map(({ buckets }) => buckets?.length),
        kept.length > 0 ? [undefined] : [1, undefined],
      );
      assert.equal(heard.filter(({ building }) => building).length, kept.length > 0 ? 0 : 2);
      // Without the builder first; with it once something is there, so that the next start remembers.
      assert.deepEqual(finds, [true, false]);
      await engine.close();
    }
  });

  it('says what is going on at any time', async () => {
    let found = () => {};
    const waiting = new Promise<void>((resolve) => {
      found = resolve;
    });
    const seen: string[] = [];
    const { engine, reasons } = await choose(
      bare(),
      {},
      { kept: [], find: () => usable, onBackground: () => void seen.push(reasons[0]), before: waiting },
    );
    assert.equal(reasons[0], 'cpu until TensorRT has been tried');
    found();
    await settled(engine);
    assert.equal(seen[0], 'cpu until the engine for NVIDIA X is built');
    await engine.close();
  });

  it('is not found, or not wanted: the CPU stays and says why, once the client has been told', async () => {
    for (const [precision, find, why] of [
      ['fp16', () => undefined, /^cpu: no usable TensorRT was found$/],
      ['int8', () => usable, /^cpu: int8 needs the ranges of the model/],
    ] as const) {
      const heard: BackgroundState[] = [];
      const onBackground = (state: BackgroundState) => void heard.push(state);
      const { engine, reasons, choice, finds } = await choose(bare(), { precision }, { find, onBackground });
      await settled(engine);
      assert.match(reasons[0], why);
      assert.ok(!reasons.includes('cpu until TensorRT has been tried'));
      assert.equal(choice.unmet?.precision, precision === 'fp16' ? 'fp32' : undefined);
      assert.deepEqual([heard, finds, engine.info.name], [[{}], [true], 'cpu']);
      await engine.close();
    }
  });

  it('cannot build: the CPU stays and says why; a second library that works is taken', async () => {
    const broken = [usable.library];
    const one = await choose(bare(), { precision: 'fp16' }, { kept: [], broken, find: () => usable });
    await settled(one.engine);
    assert.match(one.reasons[0], /^cpu: TensorRT 10\.6\.0 failed: .*no kernels/);
    assert.equal(one.choice.unmet?.precision, 'fp32');
    assert.deepEqual(one.finds, [true, false]);
    await one.engine.close();

    const two = await choose(bare(), {}, { kept: [], broken, find: (quick) => (quick ? usable : other) });
    await settled(two.engine);
    await two.engine.run(oneWindow);
    assert.equal(two.engine.info.name, 'tensorrt');
    await two.engine.close();
  });

  it('gives wrong logits: it is refused by name and the CPU stays', async () => {
    const { engine, reasons, refused } = await choose(bare(), {}, { wrong: ['fp16'], find: () => usable });
    await settled(engine);
    await engine.run(oneWindow);
    assert.equal(engine.info.name, 'cpu');
    assert.match(refused.join(), /^The tensorrt engine in fp16 was refused: .* The CPU answers instead\.$/);
    assert.match(reasons[0], /^cpu: TensorRT 10\.6\.0 failed: The tensorrt engine in fp16 was refused/);
    await engine.close();
  });
});
