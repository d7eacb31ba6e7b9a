"""Runs the Nexmark queries one by one, compares each answer with DuckDB's, and prints a table."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

here = Path(__file__).resolve().parent
example = here.parent
millrace = Path(os.environ.get("MILLRACE", example.parent.parent / "bin" / "millrace"))

ENGINE = {  # what the oracle's statements leave to the engine
    "{day}": "strftime(make_timestamp(dateTime), '%Y-%m-%d')",
    "{minute}": "strftime(make_timestamp(dateTime), '%H:%M')",
}


class Bench:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.env = dict(os.environ, EVENTS=str(options.events), BATCH=str(options.batch))
        if options.batch:
            self.env["RATE"] = str(options.rate)  # a stream, shown from the start: a batch can be an epoch
        self.db = duckdb.connect()
        self.db.execute(f"SET memory_limit = '{options.memory}'; SET temp_directory = '{work}/duckdb'")
        if options.threads:
            self.db.execute(f"SET threads = {options.threads}")

        (work / "millrace.lock").unlink(missing_ok=True)
        wasm = dict(os.environ, GOOS="wasip1", GOARCH="wasm", CGO_ENABLED="0")
        module = ["go", "build", "-buildmode=c-shared", "-o", str(work / "functions.wasm"), "./functions"]
        subprocess.run(module, cwd=example, env=wasm, check=True)

    def millrace(self, *args, config, env=None):
        files = [arg for name in ("millrace-events.yaml", config) for arg in ("-c", str(example / name))]
        command = [str(millrace), *args, *files, "--log-level", "error", "--progress", "off", "--ignore-pipe"]
        done = subprocess.run(command, cwd=self.work, env=env or self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(args)}: {done.stderr.strip() or done.stdout.strip()}")

    def run(self, config, env=None):
        """Runs a configuration from an empty folder and returns its report."""
        shutil.rmtree(self.work / ".millrace", ignore_errors=True)
        self.millrace("run", "app", "--once", "--report", "report.json", config=config, env=env)
        return json.loads((self.work / "report.json").read_text())

    def tables(self):
        """Gives DuckDB the events, with times in microseconds."""
        self.run("tables.yaml", env=dict(self.env, BATCH="0", RATE="0"))
        for name in ("person", "auction", "bid"):
            self.millrace("export", name, "-o", f"{name}.parquet", config="tables.yaml")
            self.db.execute(f"CREATE VIEW {name} AS {self.plain(name)}")
        self.db.execute("CREATE TABLE side_input AS SELECT i AS key, 'value ' || i AS value FROM range(10000) AS r(i)")

    def plain(self, name):
        """Selects from an export, with times in microseconds and decimals in their smallest unit."""
        columns = []
        file = f"read_parquet('{self.work}/{name}.parquet')"
        for column, kind, *_ in self.db.execute(f"DESCRIBE SELECT * FROM {file}").fetchall():
            quoted = f'"{column}"'
            if kind.startswith("TIMESTAMP"):
                columns.append(f"epoch_us({quoted}) AS {quoted}")
            elif kind.startswith("DECIMAL"):
                scale = int(kind.rstrip(")").split(",")[1])
                columns.append(f"CAST({quoted} * {10**scale} AS HUGEINT) AS {quoted}")
            else:
                columns.append(quoted)
        return f"SELECT {', '.join(columns)} FROM {file}"

    def check(self, name):
        """Compares an answer with DuckDB's, row by row; returns how many rows differ, and DuckDB's seconds."""
        self.millrace("export", name, "-o", f"{name}.parquet", config=f"queries/{name}.yaml")
        oracle = (example / "oracle" / f"{name}.sql").read_text().strip()
        for place, text in ENGINE.items():
            oracle = oracle.replace(place, text)
        start = time.monotonic()
        self.db.execute(f"CREATE OR REPLACE TEMP TABLE expected AS {oracle}")
        seconds = time.monotonic() - start
        # As EXCEPT ALL both ways, in one pass: how often each row is there more often on one side.
        ours = len(self.db.execute("DESCRIBE expected").fetchall())
        columns = ", ".join(f"c{i}" for i in range(ours))
        differ = self.db.execute(f"""
            SELECT COALESCE(SUM(ABS(n)), 0) FROM (
                SELECT {columns}, SUM(w) AS n FROM (
                    SELECT *, 1 AS w FROM (SELECT * FROM expected) AS e({columns})
                    UNION ALL
                    SELECT *, -1 AS w FROM ({self.plain(name)}) AS o({columns})
                ) GROUP BY {columns} HAVING SUM(w) <> 0
            )""").fetchone()[0]
        self.db.execute("DROP TABLE expected")
        (self.work / f"{name}.parquet").unlink()
        return int(differ), seconds

    def line(self, name):
        report = self.run(f"queries/{name}.yaml")
        rows = sum(v["rows"] for v in report["views"])
        host = sum(p["peak_bytes"] for p in report["processes"] if p["process"] == "host")
        plugins = sum(p["peak_bytes"] for p in report["processes"] if p["process"] != "host")
        cells = [
            name,
            f"{report['seconds']:.1f}",
            f"{self.options.events / report['seconds'] / 1e6:.2f} M",
            f"{report['cpu_seconds']:.1f}",
            f"{self.options.events / report['cpu_seconds'] / 1e6:.2f} M",
            f"{host / 2**20:.0f} + {plugins / 2**20:.0f}",
            f"{report['state_bytes'] / 2**20:.0f}",
            f"{report['epochs']}",
            f"{rows:,}",
        ]
        differ = 0
        if report["dead_letters"]:
            raise RuntimeError(f"{report['dead_letters']} dead letters")
        if not self.options.no_check:
            differ, seconds = self.check(name)
            cells += ["equal" if differ == 0 else f"**{differ} rows differ**", f"{seconds:.1f}"]
        return cells, differ


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--queries", default=",".join(f"q{i}" for i in range(23)), help="such as q0,q5")
    parser.add_argument("--batch", type=int, default=0, help="events of a commit, so that there are many epochs; 0: one epoch")
    parser.add_argument("--rate", type=int, default=1_000_000_000, help="events a second, with --batch")
    parser.add_argument("--no-check", action="store_true", help="do not compare with DuckDB")
    parser.add_argument("--memory", default="6GB", help="DuckDB's memory limit")
    parser.add_argument("--threads", type=int, default=0, help="DuckDB's threads")
    parser.add_argument("--work", help="folder for the data; a temporary one if not said")
    options = parser.parse_args()
    if options.work:
        Path(options.work).mkdir(parents=True, exist_ok=True)
    work = Path(options.work or tempfile.mkdtemp(prefix="nexmark-"))
    bench = Bench(options, work)
    began = time.monotonic()
    failed = []
    try:
        if not options.no_check:
            bench.tables()
        head = ["query", "seconds", "events/s", "CPU-seconds", "events/s per core", "MiB host + plugins", "MiB state", "epochs", "rows"]
        if not options.no_check:
            head += ["DuckDB", "its seconds"]
        print("| " + " | ".join(head) + " |\n|" + "---|" * len(head), flush=True)
        for name in options.queries.split(","):
            try:
                cells, differ = bench.line(name)
                if differ:
                    failed.append(name)
            except (RuntimeError, duckdb.Error) as error:
                cells = [name, str(error).replace("\n", " ").replace("|", "/")]
                failed.append(name)
            print("| " + " | ".join(cells) + " |", flush=True)
    finally:
        if not options.work:
            shutil.rmtree(work)
    print(f"\n{options.events:,} events; {time.monotonic() - began:.0f} seconds in all", file=sys.stderr)
    if failed:
        sys.exit("failed: " + ", ".join(failed))


if __name__ == "__main__":
    main()
