#!/bin/sh
# On the machine with the GPU: puts the chunks of scripts/pack-gpu.mjs together and runs the tests there.
#   sh run.sh CHUNKS WORK [options of test/gpu/run.ts]
# CHUNKS: folder with chunk.00, chunk.01, ... and tools/. WORK: empty or from an earlier call, which is used again.
set -eu
chunks=$1
work=$2
shift 2
mkdir -p "$work"
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
exec ./node out-test/gpu/run.js --tensorrt "$work/ask-bert/tensorrt" "$@"
