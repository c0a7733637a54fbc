/**
 * Model + engine + reader, loaded on demand and freed on request.
 * Used by both the sidecar's worker and the CLI.
 */
import path from 'node:path';
import type { EngineMakers } from '../engine/check/admission.js';
import { type Choice, type ChooseOptions, chooseEngine, type EngineSettings } from '../engine/choose/choose-engine.js';
import type { Engine } from '../engine/engine.js';
import { cancelled, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import { readModelConfig } from '../model/config.js';
import { modelLanguages } from '../model/languages.js';
import { checkMemory } from '../model/memory.js';
import { readModelTokenizer } from '../model/model-tokenizer.js';
import { ModelWeights } from '../model/weights.js';
import type {
  AskResult,
  BackgroundState,
  EngineDetails,
  EngineName,
  ModelInfo,
  SidecarSettings,
  Warning,
} from '../protocol.js';
import type { DocumentSource, MakeView } from '../reader/document.js';
import { type PipelineAnswer, type PipelineRequest, pipelineAnswers } from '../reader/pipeline.js';
import type { Reader } from '../reader/reader.js';
import type { AskRequest, GiveWay, OnProgress } from '../reader/request.js';
import type { ReadingView } from '../views/base/reading-view.js';
import type { OnViewFailure } from '../views/choose-view.js';
import { checkLanguage } from './language-check.js';
import { embeddedModelFolder, readerOf, viewMaker } from './load-reader.js';
import { ReaderPool, ThreadLost } from './reader-pool.js';

export type SessionSettings = EngineSettings & Pick<SidecarSettings, 'modelPath' | 'languages'>;

export { embeddedModelFolder };

interface Loaded {
  reader: Reader;
  pool: ReaderPool;
  model: ModelInfo;
  languages: readonly string[] | undefined;
  /** What is unmet may change with the engine. */
  choice: Choice;
}

/** A load in progress, or done. */
interface Loading {
  result: Promise<Loaded>;
  /** Cancels a load that no caller waits for any longer: building an engine takes minutes. */
  stop: AbortController;
  waiting: number;
}

export class Session {
  readonly #background: boolean;
  readonly #makers: EngineMakers | undefined;
  /** Questions that are being answered. */
  #underWay = 0;
  #loading: Loading | undefined;
  #loaded: Loaded | undefined;
  /** Called when a background build changes state. */
  onBackground: ((state: BackgroundState) => void) | undefined;
  /** Called when a view fails; the document is then read as plain text. Without a listener the question fails. */
  onViewFailure: OnViewFailure | undefined;

  /** Refused engines that have not been reported yet. */
  readonly #untold: string[] = [];

  /**
   * @param background false: nothing is built in the background; for sessions of one question
   * @param makers create engines; only tests replace them
   */
  constructor(
    readonly settings: SessionSettings,
    background = true,
    makers?: EngineMakers,
  ) {
    this.#background = background;
    this.#makers = makers;
  }

  get model(): ModelInfo | null {
    return this.#loaded?.model ?? null;
  }

  get engine(): EngineDetails | null {
    return this.#loaded?.reader.engine.info ?? null;
  }

  /** Questions that the current engine takes at once. */
  get concurrency(): number {
    return this.#loaded?.reader.engine.concurrency ?? 1;
  }

  /** Why this engine and precision were chosen; empty before loading. */
  get choice(): readonly string[] {
    return this.#loaded?.choice.reasons ?? [];
  }

  /**
   * Loads model and engine if they are not loaded; concurrent calls share one load. A failed load is retried next time.
   * @throws AskBertError ModelInvalid, LibraryMissing, EngineBuild, OutOfMemory, Cancelled
   */
  async prepare(signal?: AbortSignal, onProgress?: OnProgress): Promise<void> {
    await this.#load(signal, onProgress);
  }

  /**
   * Answers one question; loads first when needed. At most `concurrency` at a time: the caller queues, or they take
   * turns by `giveWay`. @throws AskBertError
   */
  async answer(
    request: AskRequest,
    signal?: AbortSignal,
    onProgress?: OnProgress,
    giveWay?: GiveWay,
  ): Promise<AskResult> {
    const loaded = await this.#load(signal, onProgress);
    this.#underWay++;
    let result: AskResult;
    try {
      result = await this.#read(loaded, request, signal, onProgress, giveWay);
    } finally {
      this.#underWay--;
    }
    const { unmet } = loaded.choice;
    const fallback = this.#fallback(result.engine.name);
    // A first look tells no warnings.
    const untold = request.glance === undefined ? this.#untold.splice(0) : [];
    const refused = untold.map((message): Warning => ({ code: 'EngineFallback', message }));
    const warnings = fallback ? [fallback] : refused;
    if (unmet?.precision === result.engine.precision) {
      warnings.push({ code: 'PrecisionFallback', message: unmet.message });
    }
    return warnings.length > 0 ? { ...result, warnings: [...result.warnings, ...warnings] } : result;
  }

  /** In this thread, or in another one if the engine takes many questions at once and there are many. */
  async #read(
    { reader, languages, pool }: Loaded,
    request: AskRequest,
    signal: AbortSignal | undefined,
    onProgress: OnProgress | undefined,
    giveWay: GiveWay | undefined,
  ): Promise<AskResult> {
    if (this.concurrency > 1 && pool.takes(request, this.#underWay)) {
      try {
        return await pool.answer(request, signal, onProgress, giveWay);
      } catch (error) {
        if (!(error instanceof ThreadLost)) throw error;
      }
    }
    return checkLanguage(await reader.answer(request, signal, onProgress, giveWay), request, languages);
  }

  /** Warning when the requested engine is not the one that answered. */
  #fallback(name: EngineName): Warning | undefined {
    const { engine } = this.settings;
    if (engine === undefined || engine === 'auto' || engine === 'cpu' || name === engine) return undefined;
    return {
      code: 'EngineFallback',
      message: t('{0} was requested, but {1} answered: {2}.', engine, name, whyNot(name, this.choice)),
    };
  }

  /**
   * The view that a document is read through, for callers that examine its words before asking. Loads first if needed.
   * @throws AskBertError of loading, Cancelled
   */
  async viewOf(document: DocumentSource, signal?: AbortSignal): Promise<ReadingView> {
    const { reader } = await this.#load(signal);
    return reader.viewOf(document);
  }

  /** Answers as transformers' pipeline gives them; loads first when needed. @throws AskBertError */
  async pipeline(request: PipelineRequest, signal?: AbortSignal, onProgress?: OnProgress): Promise<PipelineAnswer[]> {
    const { reader } = await this.#load(signal, onProgress);
    return pipelineAnswers(reader, request, signal, onProgress);
  }

  /** The engine itself, for measurements; loaded first if needed. @throws AskBertError */
  async withEngine<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    const { reader } = await this.#load();
    return work(reader.engine);
  }

  /** Cancels the engine build in the background, if there is one. */
  async stopBuilding(): Promise<void> {
    await this.#loaded?.choice.stopBuilding?.();
  }

  /** Frees model and engine; the next call loads again. */
  async unload(): Promise<void> {
    const loading = this.#loading;
    this.#loading = undefined;
    this.#loaded = undefined;
    loading?.stop.abort(cancelled());
    const loaded = await loading?.result.catch(() => undefined);
    await loaded?.pool.close();
    await loaded?.reader.engine.close();
  }

  async #load(signal?: AbortSignal, onProgress?: OnProgress): Promise<Loaded> {
    throwIfAborted(signal);
    if (this.#loaded) return this.#loaded;
    onProgress?.({ stage: 'load', done: 0, total: 0 });
    const ending = this.#loading?.stop.signal.aborted ? this.#loading : undefined;
    // What has been loaded can still be used.
    if (ending && !(await ending.result.catch(() => undefined)) && this.#loading === ending) this.#loading = undefined;
    this.#loading ??= this.#begin(onProgress);
    const loading = this.#loading;
    loading.waiting++;
    const leave = () => {
      if (--loading.waiting === 0) loading.stop.abort(signal?.reason);
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      const loaded = await loading.result;
      if (this.#loading === loading) this.#loaded = loaded;
      throwIfAborted(signal);
      return loaded;
    } catch (e) {
      if (this.#loading === loading && !this.#loaded) this.#loading = undefined;
      throw e;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  #begin(onProgress: OnProgress | undefined): Loading {
    const stop = new AbortController();
    const onViewFailure = () => this.onViewFailure;
    const makeView = viewMaker(this.settings, onViewFailure);
    const result = load(this.settings, makeView, onViewFailure, {
      signal: stop.signal,
      background: this.#background,
      onBackground: (state) => this.onBackground?.(state),
      onRefused: (sentence) => {
        if (this.onBackground) this.onBackground({ notice: sentence });
        else this.#untold.push(sentence);
      },
      makers: this.#makers,
      // Building an engine can take minutes: progress in thousandths.
      onBuildProgress: (_, done) => onProgress?.({ stage: 'load', done: Math.round(done * 1000), total: 1000 }),
    });
    return { result, stop, waiting: 0 };
  }
}

/** What the reasons say about the engine, and not about its precision and threads. */
function whyNot(name: EngineName, reasons: readonly string[]): string {
  const about = reasons.filter((reason) => !/^(fp32|fp16|bf16|int8|fp8|threads):/.test(reason));
  const named = `${name}: `;
  return about.map((each) => (each.startsWith(named) ? each.slice(named.length) : each)).join('; ');
}

async function load(
  settings: SessionSettings,
  makeView: MakeView,
  onViewFailure: () => OnViewFailure | undefined,
  options: ChooseOptions,
): Promise<Loaded> {
  const folder = settings.modelPath || embeddedModelFolder();
  const config = readModelConfig(folder);
  const tokenizer = readModelTokenizer(config);
  const weights = new ModelWeights(config);
  try {
    checkMemory(weights);
    const choice = await chooseEngine(weights, settings, options);
    const { engine } = choice;
    const reader = readerOf(config, tokenizer, engine, makeView);
    const model: ModelInfo = {
      name: config.name,
      folder: path.resolve(folder),
      layers: config.layers,
      hiddenSize: config.hiddenSize,
      heads: config.heads,
      vocabularySize: config.vocabularySize,
      maxSequenceLength: config.maxSequenceLength,
      lowerCase: config.tokenizer.lowerCase,
      storage: weights.storage,
      noAnswerThreshold: config.noAnswerThreshold,
    };
    const { modelPath, languages } = settings;
    const pool = new ReaderPool({ settings: { modelPath, languages }, engine, onViewFailure });
    return { reader, pool, model, languages: modelLanguages(folder), choice };
  } finally {
    weights.close();
  }
}
