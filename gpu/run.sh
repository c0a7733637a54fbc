#!/bin/sh
# On the machine with the GPU: puts the archives of scripts/pack-gpu.mjs together, then tests and measures there.
#   sh run.sh CHUNKS WORK [all]              every part in order, then all results as one JSON; fails on any miss
#   sh run.sh CHUNKS WORK PART [OPTIONS]     one part: first, build, scenarios, squad, correct, rest or bench
#   sh run.sh CHUNKS WORK join               the results so far as one JSON
#   sh run.sh CHUNKS WORK test [OPTIONS]     test/gpu/run.ts with these options alone
# CHUNKS: folder with chunk.00, ..., code.00, ... and tools/. WORK: empty or from an earlier call, which is used again:
# built engines stay, the code is unpacked in every call. Each part has ten minutes (PART_SECONDS); one that needs more
# is a miss. A build that ran out of time continues in the next call. Results: WORK/results/PART.json, WORK/results.json.
set -eu
usage() {
  echo 'usage: sh run.sh CHUNKS WORK [all|first|build|scenarios|squad|correct|rest|bench|join|test] [OPTIONS]' >&2
  exit 2
}
[ $# -ge 2 ] || usage
chunks=$(cd "$1" && pwd)
mkdir -p "$2/results"
work=$(cd "$2" && pwd)
shift 2
part=${1:-all}
[ $# -eq 0 ] || shift
case "$part" in
  all | first | build | scenarios | squad | correct | rest | bench | join | test) ;;
  *) usage ;;
esac
limit=${PART_SECONDS:-600}
seconds=$((limit > 60 ? limit - 20 : limit))

unpack() {
  cat "$chunks/$1".[0-9]* | LD_LIBRARY_PATH="$chunks/tools" "$chunks/tools/zstd" -dc --long=31 | tar xf - -C "$work"
}
[ -x "$chunks/tools/zstd" ] || chmod +x "$chunks/tools/zstd"
if [ ! -e "$work/unpacked" ]; then
  unpack chunk
  touch "$work/unpacked"
fi
for old in dist out-test native scripts bench squad.json; do rm -rf "$work/ask-bert/$old"; done
unpack code
cd "$work/ask-bert"
# Where the driver lies outside of the loader's path.
for folder in /usr/local/nvidia/lib64 /usr/lib/wsl/lib; do
  if [ -e "$folder/libcuda.so.1" ]; then LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"; fi
done
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}"

if [ "$part" = test ]; then exec ./node out-test/gpu/run.js --tensorrt "$work/ask-bert/tensorrt" "$@"; fi

engines='large:fp16,large:int8,large:fp8,embedded:fp16'
# What `squad` needs besides.
others='embedded:int8,embedded:fp8,embedded:fp32,embedded:bf16'

# Runs a command, which has to end in time. Its last seconds are for writing down what it has.
timed() {
  name=$1
  shift
  rm -f "$work/results/$name.json"
  code=0
  timeout -k 10 "$limit" "$@" || code=$?
  echo "$code" > "$work/results/$name.exit"
  return "$code"
}
tests() {
  name=$1
  parts=$2
  shift 2
  if [ -e squad.json ]; then set -- --squad "$work/ask-bert/squad.json" "$@"; fi
  timed "$name" ./node out-test/gpu/run.js --tensorrt "$work/ask-bert/tensorrt" --cache "$work/engines" \
    --work "$work/random" --seconds "$seconds" --parts "$parts" \
    --out "$work/results/$name.json" "$@"
}
run_part() {
  name=$1
  shift
  echo "== $name"
  case "$name" in
    first) tests first first "$@" ;;
    build) tests build build --scenarios "$engines,$others" --reserve 5 "$@" ;;
    scenarios) tests scenarios scenarios --scenarios "$engines" "$@" ;;
    squad) tests squad squad "$@" ;;
    correct) tests correct correct "$@" ;;
    rest) tests rest growth,together,kill,sanitizer,variants,stripped "$@" ;;
    bench)
      timed bench ./node scripts/bench-gpu.mjs --tensorrt "$work/ask-bert/tensorrt" --cache "$work/engines" \
        --work "$work/random" --seconds "$seconds" --batches 1,32 \
        --scenarios "$work/results/scenarios.json" --out "$work/results/bench.json" "$@"
      ;;
  esac
}
join() { ./node "$chunks/join.mjs" "$work/results" "$work/results.json"; }

case "$part" in
  all)
    rm -f "$work"/results/*
    for each in first build scenarios squad correct rest bench; do
      run_part "$each" || {
        # What one call has built is there in the next.
        if [ "$each" = build ]; then run_part build || run_part build || true; fi
      }
    done
    join
    ;;
  join) join ;;
  *) run_part "$part" "$@" ;;
esac
