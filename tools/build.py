"""Execute the chapters that need it, then build the book, with warnings as errors.

jupyter-cache knows a chapter by its code cells alone: after an edit in `optedu/` it would go on
showing the old outputs. So the chapters are executed here, and what each one read is recorded:
its outputs are used again only while all of that is unchanged.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
HTML = BUILD / "html"
RECORD = BUILD / "execution.json"
STAMP = BUILD / "built.json"

# Sent to the kernel around a chapter, in a namespace of its own: which files did it read?
WATCH = """
exec('''
import os, sys
read = sys._optedu_read = set()
def watch(event, arguments, read=read, full=os.path.abspath):
    if event == "open" and isinstance(arguments[0], str):
        read.add(full(arguments[0]))
sys.addaudithook(watch)
''', {})
"""
TELL = """(lambda sys: "|".join(sorted(sys._optedu_read | {
    str(getattr(module, "__file__", None)) for module in list(sys.modules.values())
})))(__import__("sys"))"""


def digest(*parts: bytes) -> str:
    """One short fingerprint of some bytes."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:24]


def file_digest(name: str, root: Path = ROOT) -> str:
    """Fingerprint of one file of the project, or a word when it is gone."""
    path = root / name
    return digest(path.read_bytes()) if path.is_file() else "missing"


def own_files(names: list[str], root: Path = ROOT) -> list[str]:
    """Those of `names` that are sources of the project, relative to its root."""
    kept = set()
    for name in names:
        path = Path(os.path.abspath(name))
        if not path.is_relative_to(root) or path.suffix in {".pyc", ".nbi", ".nbc"}:
            continue
        relative = path.relative_to(root)
        inside = not relative.parts[0].startswith((".", "_build", "node_modules"))
        if inside and path.is_file():
            kept.add(relative.as_posix())
    return sorted(kept)


def surroundings(root: Path = ROOT) -> str:
    """What every chapter depends on: Python, the lock, and which files the package has."""
    names = sorted(path.relative_to(root).as_posix() for path in root.glob("optedu/**/*.py"))
    lock = (root / "requirements.lock").read_bytes()
    return digest(sys.version.encode(), lock, "\n".join(names).encode())


def is_fresh(record: dict | None, code: str, around: str, root: Path = ROOT) -> bool:
    """Whether the outputs of a chapter still belong to the sources as they are now."""
    return (
        record is not None
        and record["code"] == code
        and record["surroundings"] == around
        and all(file_digest(name, root) == old for name, old in record["files"].items())
    )


def configured(*keys: str) -> object:
    """One value of _config.yml."""
    import yaml

    value = yaml.safe_load((ROOT / "_config.yml").read_text())
    for key in keys:
        value = value[key]
    return value


def chapters() -> list[str]:
    """The pages in _toc.yml that hold code, in reading order."""
    from myst_nb.core.read import is_myst_markdown_notebook
    from sphinx_external_toc.parsing import parse_toc_yaml

    pages = [ROOT / f"{page}.md" for page in parse_toc_yaml(ROOT / "_toc.yml")]
    return [
        page.relative_to(ROOT).as_posix()
        for page in pages
        if page.is_file() and is_myst_markdown_notebook(page.read_text(encoding="utf-8"))
    ]


def read(chapter: str, root: Path = ROOT) -> NotebookNode:
    """A chapter as a notebook, exactly as the book engine reads it."""
    from myst_nb.core.read import myst_nb_reader_plugin

    return myst_nb_reader_plugin(str(root / chapter))


def execute(chapter: str, timeout: int, root: Path = ROOT) -> tuple[str, float, list[str], str]:
    """Run a chapter in a fresh kernel: executed notebook, seconds, files read, error."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = read(chapter, root)
    folder = str((root / chapter).parent)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        resources={"metadata": {"path": folder}},
        record_timing=False,  # the cache looks at the metadata too: it must stay as written
        extra_arguments=["--IPKernelApp.log_level=CRITICAL"],  # else it may cry at its shutdown
    )
    client.km = client.create_kernel_manager()
    sockets = tempfile.TemporaryDirectory(prefix="book-")
    if os.name == "posix":  # talk to the kernel through files, not through a port
        client.km.transport, client.km.ip = "ipc", f"{sockets.name}/kernel"
    error, names = "", []
    start = time.perf_counter()
    with sockets, client.setup_kernel(cleanup_kc=True):
        information = client.wait_for_reply(client.kc.kernel_info())
        notebook.metadata["language_info"] = information["content"]["language_info"]
        client.wait_for_reply(client.kc.execute(WATCH, silent=True, store_history=False))
        try:
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            question = {"read": TELL}
            message = client.kc.execute("", silent=True, user_expressions=question)
            answer = client.wait_for_reply(message)["content"]["user_expressions"]["read"]
            names = ast.literal_eval(answer["data"]["text/plain"]).split("|")
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as problem:
            error = str(problem)
    seconds = time.perf_counter() - start
    client.set_widgets_metadata()
    return nbformat.writes(notebook), seconds, own_files(names, root), error


def prepare_kernels() -> None:
    """Settings that make an execution the same for everyone, and silent."""
    os.environ.pop("PYTHONPATH", None)
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    os.environ["IPYTHONDIR"] = str(BUILD / "ipython")
    os.environ["PYTHONHASHSEED"] = "0"
    os.environ.setdefault("OPTEDU_EXERCISE_SEED", "0")
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], check=True)


def execute_stale(jobs: int, everything: bool) -> bool:
    """Execute what is not fresh; report each chapter; say whether all went well."""
    import nbformat
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    cache = get_cache(str(BUILD / ".jupyter_cache"))
    records = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    names, around = chapters(), surroundings()
    codes = {name: cache.create_hashed_notebook(read(name))[1] for name in names}
    cached = {record.hashkey for record in cache.list_cache_records()}
    stale = [
        name
        for name in names
        if everything
        or codes[name] not in cached
        or not is_fresh(records.get(name), codes[name], around)
    ]
    records = {name: records[name] for name in names if name in records}
    if not stale:
        print(f"outputs of {len(names)} chapters are up to date", flush=True)
        return True

    count = f"{len(stale)} of {len(names)} chapters"
    print(f"executing {count}: {', '.join(stale)}", flush=True)
    prepare_kernels()
    timeout = int(configured("execute", "timeout"))
    failed = []
    # Longest first, as far as known, so that no process waits at the end.
    stale.sort(key=lambda name: -records.get(name, {}).get("seconds", 1e9))
    with ProcessPoolExecutor(min(jobs, len(stale)), get_context("spawn")) as pool:
        running = {pool.submit(execute, name, timeout): name for name in stale}
        for done, future in enumerate(as_completed(running), 1):
            name = running[future]
            text, seconds, files, error = future.result()
            verdict = "FAILED" if error else "done"
            print(f"  [{done}/{len(stale)}] {name}: {verdict}, {seconds:.1f} s", flush=True)
            records.pop(name, None)
            if error:
                failed.append(name)
                print(error, flush=True)
                continue
            notebook = nbformat.reads(text, as_version=4)
            bundle = CacheBundleIn(notebook, str(ROOT / name), data={"execution_seconds": seconds})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            records[name] = {
                "seconds": round(seconds, 2),
                "code": codes[name],
                "surroundings": around,
                "files": {file: file_digest(file) for file in files},
            }
            # The page has to be made again although its own text is unchanged.
            (BUILD / ".doctrees" / name).with_suffix(".doctree").unlink(missing_ok=True)
    ordered = {name: records[name] for name in names if name in records}
    RECORD.write_text(json.dumps(ordered, indent=1))
    return not failed


def page_settings() -> str:
    """Fingerprint of what all pages share and the engine does not watch."""
    folders = [ROOT / "book/_static", ROOT / "book/_ext"]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    files += [ROOT / name for name in ("_config.yml", "_toc.yml", "requirements.lock")]
    own = [path for path in files if path.suffix != ".pyc"]
    return digest(*(str(path).encode() + path.read_bytes() for path in own))


def all_sources(root: Path = ROOT) -> str:
    """Fingerprint of every file of the project, and of Python: is there anything to do at all?"""
    skipped = {"_build", "node_modules", "__pycache__"}
    parts = [sys.version.encode()]
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in skipped)
        for name in sorted(files):
            path = Path(folder) / name
            if path.is_file():
                parts += [str(path.relative_to(root)).encode(), path.read_bytes()]
    return digest(*parts)


def last_success() -> dict[str, str]:
    """Fingerprints that belong to the pages in _build/html, empty after a failure."""
    return json.loads(STAMP.read_text()) if STAMP.exists() else {}


def build_pages(everything: bool) -> int:
    """Let the book engine make the pages; its exit code."""
    settings, sources = page_settings(), all_sources()  # what is edited meanwhile is not in it
    # After a failure its warnings would not be repeated for pages it keeps: read them all again.
    same = last_success().get("settings") == settings
    STAMP.unlink(missing_ok=True)
    engine = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", engine, "build", ".", "-W", "-n", "--keep-going"]
    if everything or not same:
        shutil.rmtree(HTML, ignore_errors=True)
        command.append("--all")
    code = subprocess.run(command, cwd=ROOT).returncode
    if code == 0:
        STAMP.write_text(json.dumps({"settings": settings, "sources": sources}))
    return code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="chapters executed at once")
    parser.add_argument("--all", action="store_true", help="use nothing that was built before")
    options = parser.parse_args()
    start = time.perf_counter()
    BUILD.mkdir(exist_ok=True)
    if not options.all and last_success().get("sources") == all_sources():
        print("nothing changed, the book is up to date: _build/html/index.html")
        return
    if not execute_stale(options.jobs, options.all):
        sys.exit("the book was not built: a chapter failed (see above)")
    if (ROOT / "tools/generate.py").exists():
        subprocess.run([sys.executable, "tools/generate.py"], cwd=ROOT, check=True)
    code = build_pages(options.all)
    seconds = time.perf_counter() - start
    if code != 0:
        sys.exit(f"the book was not built: see the warnings above ({seconds:.1f} s)")
    print(f"book ready in {seconds:.1f} s: _build/html/index.html", flush=True)


if __name__ == "__main__":
    main()
