"""What the executed chapters print: `--write` stores it, without it the build is compared.

Words must be the same, integers too, other numbers to a relative 1e-6. Numbers that are rounding
noise on both sides count as equal, and a few counts that rounding decides (`SENSITIVE`) must stay
within a factor of two. Figures have no part in this.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from typing import TYPE_CHECKING

import build

if TYPE_CHECKING:
    from nbformat import NotebookNode

STORED = build.ROOT / "tests" / "book" / "outputs.json"
RELATIVE = 1e-6
NOISE = 1e-9

# These counts change with the processor: a last bit of rounding, amplified by the method. (Found by
# executing the chapters with the kernels of other processors: OPENBLAS_CORETYPE=Haswell or
# Nehalem, and NPY_DISABLE_CPU_FEATURES.)
SENSITIVE = re.compile(
    r"^( +1e\+0[135] +\d+ |PolakRibiere +conv|AndersonGradientDescent"
    r"|ConjugateGradient\(\) +conv|QuasarAcceleration +f|(Blended)?PairwiseFrankWolfe +\d"
    r"|ProximalBundle +\d|SuperUniversalNewton +\d)"
)

NUMBER = re.compile(r"(?<![\w.])([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\binf\b|\bnan\b)")


def printed(notebook: NotebookNode) -> list[str]:
    """The text of each cell that prints something, without pictures and their descriptions."""
    texts = []
    for cell in notebook.cells:
        text = ""
        for output in cell.get("outputs", []):
            if output.output_type == "stream":  # in pieces that depend on the clock
                text += output.text
            elif "image/png" not in output.get("data", {}):
                text += output.get("data", {}).get("text/plain", "")
        if text.strip():
            texts.append(text)
    return texts


def executed() -> dict[str, list[str]]:
    """The printed text of each chapter in the build."""
    from jupyter_cache import get_cache

    if not build.RECORD.exists():
        raise FileNotFoundError("no chapter was executed: run `make html` first")
    codes = {name: entry["code"] for name, entry in json.loads(build.RECORD.read_text()).items()}
    cache = get_cache(str(build.BUILD / ".jupyter_cache"))
    records = {record.hashkey: record.pk for record in cache.list_cache_records()}
    return {name: printed(cache.get_cache_bundle(records[code]).nb) for name, code in codes.items()}


def close(old: str, new: str, relative: float) -> bool:
    """Whether two printed numbers are the same number."""
    a, b = float(old), float(new)
    if a == b or (a != a and b != b):
        return True
    if not math.isfinite(a - b):
        return False
    size = max(abs(a), abs(b))
    if relative == RELATIVE and re.fullmatch(r"[-+]?\d+", old) and re.fullmatch(r"[-+]?\d+", new):
        return False
    return size < NOISE or abs(a - b) <= relative * size


def same(old: str, new: str) -> bool:
    """Whether two lines have the same words and numbers; spaces do not matter."""
    relative = 0.5 if SENSITIVE.match(old) else RELATIVE
    first, second = (NUMBER.split(" ".join(text.split())) for text in (old, new))
    words = [[part.replace(" ", "") for part in parts[::2]] for parts in (first, second)]
    numbers = zip(first[1::2], second[1::2], strict=False)
    return words[0] == words[1] and all(close(a, b, relative) for a, b in numbers)


def differences(old: list[str], new: list[str]) -> list[str]:
    """What the second list of texts says otherwise, line by line."""
    if len(old) != len(new):
        return [f"{len(old)} cells printed something, now {len(new)}"]
    found = []
    for before, after in zip(old, new, strict=True):
        lines = before.splitlines(), after.splitlines()
        if len(lines[0]) != len(lines[1]):
            found.append(f"stored: {before}\n   now: {after}")
            continue
        for a, b in zip(*lines, strict=True):
            if not same(a, b):
                found.append(f"stored: {a}\n   now: {b}")
    return found


def stored() -> dict[str, list[str]]:
    """The text that was accepted last."""
    return {
        name: ["\n".join(lines) for lines in cells]
        for name, cells in json.loads(STORED.read_text(encoding="utf-8")).items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="store what the build prints now")
    now = executed()
    if parser.parse_args().write:
        cells = {name: [text.splitlines() for text in texts] for name, texts in now.items()}
        STORED.write_text(json.dumps(cells, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"stored what {len(now)} chapters print: {STORED.relative_to(build.ROOT)}")
        return
    old = stored()
    found = [
        f"{name}\n{text}" for name in now for text in differences(old.get(name, []), now[name])
    ]
    print("\n".join(found) or "every chapter prints what is stored")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
