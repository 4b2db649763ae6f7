"""Other normalizers beside Khabar's: each runs in a process, and if need be an interpreter, of its own.

The process gets lines as JSON, times itself in seconds of processor time, and gives lines back.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from khabar.errors import KhabarError, UsageError

_PROBE = """
import json, sys, time
from importlib.metadata import version
job, out = json.load(sys.stdin), sys.stdout
sys.stdout = sys.stderr
began = time.process_time()
tool = job["tool"]
if tool == "hazm":
    from hazm import Normalizer
    restore = Normalizer().normalize
elif tool == "shekar":
    from shekar import Normalizer
    restore = Normalizer()
else:
    from khabar import normalize
    restore = lambda line: str(normalize(line))
restore("\\u0633\\u0644\\u0627\\u0645")
seconds = {"init": time.process_time() - began}
results = {}
for name, lines in job["lines"].items():
    for again in ("", ", again"):
        began = time.process_time()
        results[name] = [restore(line) for line in lines]
        seconds[name + again] = time.process_time() - began
json.dump({"version": version(tool), "seconds": seconds, "results": results}, out)
"""
TOOLS = ("khabar", "hazm", "shekar")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a tool made of the lines of each condition, and the seconds of processor time for it.

    `seconds` has `init`, and for each condition a first and a second pass (`deleted`, `deleted, again`).
    """

    tool: str
    version: str
    seconds: Mapping[str, float]
    results: Mapping[str, list[str]]


def interpreters(given: Sequence[str]) -> dict[str, str]:
    """Return the Python of each tool to run, from `NAME` or `NAME=PYTHON`; without any, all that are installed here.

    Raises:
        UsageError: an unknown name, or no such interpreter.
    """
    if not given:
        return {name: sys.executable for name in TOOLS if find_spec(name)}
    return {"khabar": sys.executable} | chosen("--tool", given, TOOLS)


def chosen(option: str, given: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Return the Python of each tool that an option names, as `NAME` or `NAME=PYTHON`.

    Raises:
        UsageError: an unknown name, or no such interpreter.
    """
    found = {}
    for item in given:
        name, _, python = item.partition("=")
        if name not in known:
            raise UsageError(f"{option}: expected one of {', '.join(known)}, found {name!r}")
        if python and not Path(python).is_file():
            raise UsageError(f"{option} {name}: no such interpreter", path=python, remedy="give the path of a Python")
        found[name] = python or sys.executable
    return found


def restore(tool: str, python: str, lines: Mapping[str, Sequence[str]]) -> Restored:
    """Let a tool restore the lines of each condition.

    Raises:
        KhabarError: its process failed.
    """
    job = json.dumps({"tool": tool, "lines": lines})
    done = subprocess.run([python, "-c", _PROBE], input=job, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise KhabarError(f"{tool} in {python} failed: {reason}", remedy=f"install {tool} there")
    found = json.loads(done.stdout)
    return Restored(tool, found["version"], found["seconds"], found["results"])
