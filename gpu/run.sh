#!/bin/sh
# On the machine with the GPU: puts the chunks of scripts/pack-gpu.mjs together, then tests and measures there.
#   sh run.sh CHUNKS WORK                     everything; fails when the tests or the measuring do
#   sh run.sh CHUNKS WORK test [OPTIONS]      test/gpu/run.ts alone
#   sh run.sh CHUNKS WORK bench [OPTIONS]     scripts/bench-gpu.mjs alone, beside PyTorch where python3 has it
# CHUNKS: folder with chunk.00, chunk.01, ... and tools/. WORK: empty or from an earlier call, which is used again.
set -eu
if [ $# -lt 2 ]; then
  echo 'usage: sh run.sh CHUNKS WORK [test|bench [OPTIONS]]' >&2
  exit 2
fi
chunks=$1
mkdir -p "$2"
work=$(cd "$2" && pwd)
shift 2
if [ ! -e "$work/unpacked" ]; then
  chmod +x "$chunks/tools/zstd"
  cat "$chunks"/chunk.* | LD_LIBRARY_PATH="$chunks/tools" "$chunks/tools/zstd" -dc --long=31 | tar xf - -C "$work"
  touch "$work/unpacked"
fi
cd "$work/ask-bert"
# Where the driver lies outside of the loader's path.
for folder in /usr/local/nvidia/lib64 /usr/lib/wsl/lib; do
  if [ -e "$folder/libcuda.so.1" ]; then LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"; fi
done
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}"
tests() { ./node out-test/gpu/run.js --tensorrt "$work/ask-bert/tensorrt" "$@"; }
bench() { ./node scripts/bench-gpu.mjs --tensorrt "$work/ask-bert/tensorrt" "$@"; }
case "${1:-}" in
  test) shift; tests "$@" ;;
  bench) shift; bench "$@" ;;
  '')
    code=0
    tests --parts correct,growth,kill,sanitizer,variants,stripped || code=$?
    bench || code=$?
    exit "$code"
    ;;
  # Options alone are those of the tests.
  *) tests "$@" ;;
esac
