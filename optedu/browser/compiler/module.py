"""From methods and problems to one module in which any of them meet."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optedu.browser.compiler import kinds, link
from optedu.browser.compiler.jobs import Compiled, Job, compile_all
from optedu.certificates import is_judged_by_gap, rule_for
from optedu.compiling import CompilationError
from optedu.forms import FORMS
from optedu.kernels.loop import new_watch
from optedu.oracles import ORACLES, oracles_of
from optedu.protocol import classes, oracles_used, public_functions
from optedu.running.run import prepare


@dataclass(frozen=True)
class Module:
    """A WebAssembly module and what a page must know to call it.

    Parameters
    ----------
    wasm : bytes
        The module, compressed by gzip.
    interface : dict
        Names of functions, slots of arguments, and data, as JSON.
    reasons : dict
        By (index of the method, index of the problem), why a pair is not in the module.
    """

    wasm: bytes
    interface: dict[str, Any]
    reasons: dict[tuple[int, int], str]


ALWAYS = ("value", "gradient")
"""Oracles of every problem that a page may call itself, to draw contours and tangents."""


def build(
    methods: Sequence[Any],
    problems: Sequence[Any],
    shapes: Sequence[Any],
    oracles: Sequence[str] = (),
) -> Module:
    """Return a module with every method on every problem.

    Parameters
    ----------
    methods : sequence
        Methods; in place of one, a list with a method or None for each problem.
    problems : sequence
        Objectives.
    shapes : sequence of tuple of int
        The shape of an iterate of each problem.
    oracles : sequence of str
        Oracles that the page itself will call, besides `ALWAYS` and those of the methods.

    Returns
    -------
    Module
        A pair that cannot be compiled has a sentence in `reasons` instead.

    Raises
    ------
    CompilationError
        If there is no compiler or no linker.
    """
    problem_jobs, pair_jobs, reasons = plan(methods, problems, shapes)
    runtime = Job("runtime")
    made = compile_all(
        [runtime, *filter(None, problem_jobs), *(job for _, job in pair_jobs.values())]
    )
    compiled_runtime = made[runtime.name]
    if isinstance(compiled_runtime, str):
        raise CompilationError(f"the runtime of modules cannot be compiled: {compiled_runtime}")
    for (i, j), (_, job) in list(pair_jobs.items()):
        why = why_not(made, problem_jobs[j]) or why_not(made, job)
        if why:
            reasons[i, j] = why
            del pair_jobs[i, j]
    alive = [job for job in problem_jobs if job and not why_not(made, job)]
    wanted = {*ALWAYS, *oracles, *(name for _, job in pair_jobs.values() for name in job.oracles)}
    offered = {job.name: [name for name in job.oracles if name in wanted] for job in alive}
    codes = {job.name: made[job.name] for job in (*alive, *(job for _, job in pair_jobs.values()))}
    exported = [job.name for _, job in pair_jobs.values()]
    for name, names in offered.items():
        more = ("values",) if "value" in names else ()
        exported += [f"{name}_{oracle}" for oracle in (*names, *more)]
    ordered = [codes[name].code for name in sorted(codes)]
    wasm = link.link([compiled_runtime.code, *ordered], set(exported))
    interface = {
        "oracles": list(ORACLES),
        "methods": {
            job.name: {"fields": _fields(codes[job.name].slots), "random": job.item.takes_rng}
            for _, job in pair_jobs.values()
        },
        "problems": [
            _describe_problem(problem, shape, offered[job.name], job, codes[job.name])
            if job and job.name in offered
            else None
            for problem, shape, job in zip(problems, shapes, problem_jobs, strict=True)
        ],
        "pairs": [
            [
                _describe_pair(pair_jobs.get((i, j)), problem, shape)
                for j, (problem, shape) in enumerate(zip(problems, shapes, strict=True))
            ]
            for i in range(len(methods))
        ],
    }
    return Module(gzip.compress(wasm, 9, mtime=0), interface, reasons)


def plan(
    methods: Sequence[Any], problems: Sequence[Any], shapes: Sequence[Any]
) -> tuple[list[Job | None], dict[tuple[int, int], tuple[Any, Job]], dict[tuple[int, int], str]]:
    """Return what `build` compiles.

    Returns
    -------
    tuple
        A job per problem (None where it is made of plain functions); per pair its method with
        defaults filled in, and its job; and the reasons of pairs that do not fit.
    """
    problem_jobs = [
        _problem_job(problem, shape) for problem, shape in zip(problems, shapes, strict=True)
    ]
    pair_jobs: dict[tuple[int, int], tuple[Any, Job]] = {}
    reasons: dict[tuple[int, int], str] = {}
    for i, method in enumerate(methods):
        for j, problem in enumerate(problems):
            one = method[j] if isinstance(method, list) else method
            if one is None:
                reasons[i, j] = "this method is not meant for this problem"
                continue
            try:
                prepared = prepare(one, problem)
            except (TypeError, ValueError) as error:
                reasons[i, j] = str(error)
                continue
            pair_jobs[i, j] = prepared, _method_job(prepared, problem, len(shapes[j]))
    return problem_jobs, pair_jobs, reasons


def _problem_job(problem: Any, shape: Any) -> Job | None:
    if type(problem) not in classes:
        return None
    oracles = tuple(name for name in ORACLES if name in oracles_of(problem) and name in FORMS)
    return Job("problem", problem, oracles, axes=len(shape))


def _method_job(method: Any, problem: Any, axes: int) -> Job:
    """Compile a method for what it needs of a problem, and not for all that the problem has."""
    has = oracles_of(problem)
    rule = rule_for(problem)
    needed = frozenset[str]().union(
        type(method).needs,
        oracles_used(rule.compute),
        *(oracles_used(f) for f in public_functions(type(method)).values() if f.__name__ in JUDGES),
    ) | {"value"}
    differentiable = getattr(problem, "differentiable", True) is not False
    # The stand-in must be judged by the same rule as the problem itself.
    oracles = tuple(name for name in ORACLES if name in (needed & has))
    return Job("method", method, oracles, differentiable, axes)


JUDGES = ("certificate", "verdict")
"""What a method may have beside init and step that the loop calls."""


def why_not(made: dict[str, Compiled | str], job: Job | None) -> str | None:
    """Return why a job's code cannot be part of a module, None when it can.

    Parameters
    ----------
    made : dict
        What `compile_all` returned for the runtime and the job.
    job : Job or None
        A method or a problem; None is a problem of plain functions.
    """
    if job is None:
        return "the problem is made of plain Python functions; write it as a class with @problem"
    found, runtime = made[job.name], made[Job("runtime").name]
    if isinstance(found, str):
        return f"{type(job.item).__name__} cannot be compiled: {found}"
    offered = set() if isinstance(runtime, str) else set(runtime.wants)
    missing = sorted(set(found.wants) - offered - link.PROVIDED)
    if missing:
        return f"{type(job.item).__name__} calls {missing[0]}, which the module's runtime lacks"
    return None


def _fields(slots: list[dict[str, Any]]) -> list[list[str]]:
    """Return (path, kind) of a method's own slots; what follows is the same for all methods."""
    own = [slot for slot in slots if slot["path"].startswith("method.")]
    return [[slot["path"].removeprefix("method."), slot["kind"]] for slot in own]


def _describe_problem(
    problem: Any, shape: Any, offered: list[str], job: Job, code: Any
) -> dict[str, Any]:
    return {
        "name": job.name,
        "oracles": offered,
        "kinds": [slot["kind"] for slot in code.slots],
        "shape": [int(n) for n in shape],
        "data": [*kinds.leaves(problem), *(int(n) for n in shape)],
    }


def _describe_pair(pair: tuple[Any, Job] | None, problem: Any, shape: Any) -> dict[str, Any] | None:
    if pair is None:
        return None
    method, job = pair
    minimum = getattr(problem, "minimum", None)
    known = minimum is not None and is_judged_by_gap(method, problem)
    return {
        "run": job.name,
        "data": kinds.leaves(method),
        "minimum": float(minimum) if known else None,
        "patience": float(new_watch(method, int(np.prod(shape)))[2]),
    }
