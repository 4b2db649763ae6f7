"""What the tests of runs over many articles share."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

TEXT = "علی حسینی در نشست وزارت نیرو در تهران سخن گفت. مریم صادقی در شیراز بود.\n"
SMALL = "part: 3\nthreads: 1\n"


def write_input(folder: Path, articles: int) -> None:
    """Write so many articles, some of them broken, and a configuration with small parts."""
    lines = [json.dumps({"id": f"n{i}", "text": TEXT * (1 + i % 4)}) for i in range(articles)]
    lines[4] = "no json"
    (folder / "in.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")


def start(folder: Path, model: Path, out: str, *more: str) -> "subprocess.Popen[str]":
    """Start `khabar annotate in.jsonl empty.txt -o OUT`."""
    words = ["annotate", "in.jsonl", "empty.txt", "-o", out, "--model", str(model), "--config", "small.yaml", *more]
    command = [sys.executable, "-c", "if __name__ == '__main__':\n from khabar.cli import main; main()", *words]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True, env=os.environ)


def finish(folder: Path, model: Path, out: str, *more: str) -> str:
    """Run it to its end; return what it said."""
    run = start(folder, model, out, *more)
    _, said = run.communicate(timeout=600)
    assert run.returncode == 1, said
    assert "Traceback" not in said
    assert said.splitlines()[-1].count("2 inputs could not be read") == 1, said
    return said


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def kill_often(folder: Path, model: Path, out: str, *more: str, kills: int, seed: int) -> int:
    """Kill runs at random moments until `kills` met one at work; return how many parts the killed runs left behind."""
    chance = random.Random(seed)
    left = 0
    for turn in range(kills):
        before = len(list((folder / out / ".done").glob("*")))
        run = start(folder, model, out, *more)
        # some die on the way to their work, most at it: after one to three parts of their own, and a little later
        wanted = before + chance.randint(0, 3)
        while run.poll() is None and len(list((folder / out / ".done").glob("*"))) < wanted:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.05)
        number = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[turn % 4]
        assert run.poll() is None, f"the run ended before it was killed: {run.stderr and run.stderr.read()}"
        run.send_signal(number)
        _, said = run.communicate(timeout=600)
        assert run.returncode in (-number, 128 + number), said
        assert "Traceback" not in said or number == signal.SIGINT, said
        left = len(list((folder / out / ".done").glob("*")))
        assert left >= before
    return left
