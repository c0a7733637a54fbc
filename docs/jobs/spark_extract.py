"""A table of a folder by many machines: a Spark job that runs `ask-bert extract --shard` once for each partition.

spark-submit spark_extract.py --shards N --out TABLE [--ask-bert COMMAND] -- FLAGS OF EXTRACT

The folder with the documents, the questions and the folder of the table must have the same names on all machines. A
shard whose machine is lost is run again on another one and continues from its state. When all are there, they are merged.
"""

import argparse
import os
import shlex
import subprocess
import time

from pyspark.sql import SparkSession

# A lost machine leaves a lock, which counts for a minute; a lost worker may leave a process that still reads.
BUSY = "is being written by another ask-bert"
WAIT_SECONDS = 5
PATIENCE_SECONDS = 3600


def ask_bert(command: list[str], *arguments: str) -> str:
    """What the command said on standard error. Raises RuntimeError with that if it failed."""
    english = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(
        [*command, *arguments], env=english, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8"
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stderr.strip()


def read_shard(shard: str, command: list[str], out: str, flags: list[str]) -> str:
    """Runs one shard, from its state if there is one."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask_bert(command, "extract", "--out", out, "--shard", shard, "--resume", *flags)
        except RuntimeError as error:
            if BUSY not in str(error) or time.monotonic() > until:
                raise
        time.sleep(WAIT_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description="A table of a folder by many machines.")
    parser.add_argument("--shards", type=int, required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--ask-bert", default="ask-bert", help="the command, as in a shell")
    parser.add_argument("flags", nargs="+", help="--questions, --dir and others of ask-bert extract, after --")
    given = parser.parse_args()
    command, out, flags = shlex.split(given.ask_bert), given.out, given.flags
    context = SparkSession.builder.appName("ask-bert extract").getOrCreate().sparkContext
    shards = [f"{index}/{given.shards}" for index in range(1, given.shards + 1)]
    said = context.parallelize(shards, given.shards).map(lambda shard: read_shard(shard, command, out, flags))
    for line in said.collect():
        print(line)
    files = [f"{out}.shard-{shard.replace('/', '-of-')}.jsonl" for shard in shards]
    print(ask_bert(command, "merge", *files, "--out", out))


if __name__ == "__main__":
    main()
