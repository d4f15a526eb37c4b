"""What the scripts that measure have in common: the program, and results that say how they came about.

Each writes target/bench/NAME.json, a list of {measure, who, value, unit}, and NAME-about.json beside it: the command, date,
build and machine, versions of the others, what was left out, and the spread of each figure. scripts/bench-page makes the page
of both. QUICK=1 takes a short run. MILLRACE_PROGRAM names a release build that is there already, and MILLRACE_BENCH_FRAME,
MILLRACE_BENCH_IMAGES and so on the command of a benchmark: then nothing is built.
"""

import datetime
import functools
import json
import os
import platform
import shlex
import statistics
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUICK = os.environ.get("QUICK", "0") not in ("", "0")
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
# What else the machine did, asked before a build adds to it.
LOAD = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


@functools.cache
def target() -> Path:
    question = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
    try:
        answer = subprocess.run(question, cwd=ROOT, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return ROOT / "target"
    return Path(json.loads(answer.stdout)["target_directory"])


def built_program() -> Path:
    """Where the release build is, whether it is there or not."""
    named = os.environ.get("MILLRACE_PROGRAM")
    return Path(named).absolute() if named else target() / "release" / ("millrace.exe" if os.name == "nt" else "millrace")


@functools.cache
def program() -> Path:
    if not os.environ.get("MILLRACE_PROGRAM"):
        subprocess.run(["cargo", "build", "--release", "--locked", "--bin", "millrace"], cwd=ROOT, check=True)
    return built_program()


def benchmark(name: str) -> list[str]:
    """The command of a benchmark of the folder benches, which is built unless it is named."""
    named = shlex.split(os.environ.get(f"MILLRACE_BENCH_{name.upper()}", ""))
    if named:
        return named
    question = ["cargo", "bench", "--no-run", "--locked", "--bench", name, "--message-format=json"]
    answer = subprocess.run(question, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("{")]
    built = [message for message in messages if message.get("executable") and message["target"]["name"] == name]
    return [built[-1]["executable"]]


def said(line: list[str]) -> str:
    """The first line of what a command answers; nothing where there is none."""
    try:
        answer = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = (answer.stdout or answer.stderr).splitlines()
    return lines[0].strip() if lines else ""


def machine() -> dict:
    def field(path: str, name: str, separator: str) -> str:
        try:
            lines = Path(path).read_text().splitlines()
        except OSError:
            return ""
        return next((line.split(separator, 1)[1].strip().strip('"') for line in lines if line.startswith(name)), "")

    kernel = f"{platform.system()} {platform.release().split('-')[0]}"
    return {
        "processor": field("/proc/cpuinfo", "model name", ":") or platform.processor() or platform.machine(),
        "cores": CORES,
        "memory_kib": int((field("/proc/meminfo", "MemTotal", ":") or "0 kB").split()[0]),
        "system": ", ".join(filter(None, [field("/etc/os-release", "PRETTY_NAME", "="), kernel])),
        "load": round(LOAD, 1),
    }


class Results:
    """The figures of one script."""

    def __init__(self, name: str, command: str) -> None:
        self.name, self.command = name, command
        self.lines: list[dict] = []
        self.spread: list[dict] = []
        self.versions: dict[str, str] = {}
        self.left_out: dict[str, str] = {}

    def figure(self, measure: str, who: str, values: list, unit: str, digits: int | None = None) -> float:
        """The median of values, of which there is one for each round."""
        value = statistics.median(values)
        value = value if digits is None else round(value, digits)
        self.line({"measure": measure, "who": who, "value": value, "unit": unit,
                   "least": min(values), "most": max(values), "rounds": len(values)})
        return value

    def line(self, line: dict) -> None:
        """A figure that somebody else measured, with its spread where that is known."""
        self.lines.append({key: line[key] for key in ("measure", "who", "value", "unit")})
        if line.get("rounds", 1) > 1:
            self.spread.append({key: line[key] for key in ("measure", "who", "least", "most", "rounds")})

    def leave_out(self, who: str, why: str) -> None:
        if who not in self.left_out:
            print(f"{who} {why} and is left out")
        self.left_out[who] = why

    def keep(self) -> Path:
        """All of it or nothing: whoever reads it meanwhile sees the old one."""
        about = {
            "command": self.command,
            "date": datetime.date.today().isoformat(),
            "build": said([str(built_program()), "--version"]).removeprefix("millrace "),
            "quick": QUICK,
            "machine": machine(),
            "versions": self.versions,
            "left_out": self.left_out,
            "spread": self.spread,
        }
        path = target() / "bench" / f"{self.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, content in [(path.with_name(f"{self.name}-about.json"), about), (path, self.lines)]:
            fresh = file.with_suffix(f".{os.getpid()}.tmp")
            try:
                fresh.write_text(json.dumps(content, indent=1) + "\n")
                fresh.replace(file)
            finally:
                fresh.unlink(missing_ok=True)
        return path
