"""Copies of a check with one sign wrong, as a negative control."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator

OTHER = {ast.Add: ast.Sub, ast.Sub: ast.Add}


def formulas(tree: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of what the check yields, and of what the functions inside it return."""
    inner = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node != tree]
    yielded = [node for node in ast.walk(tree) if isinstance(node, ast.Yield)]
    returned = [node for f in inner for node in ast.walk(f) if isinstance(node, ast.Return)]
    for place in yielded + returned:
        yield from ast.walk(place)


def signs(tree: ast.FunctionDef) -> list[ast.AST]:
    """Return the nodes that hold a sign, in formulas: a + b, a - b, -a."""
    return [
        node
        for node in formulas(tree)
        if (isinstance(node, ast.BinOp) and type(node.op) in OTHER)
        or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub))
    ]


def flip(node: ast.AST) -> None:
    if isinstance(node, ast.BinOp):
        node.op = OTHER[type(node.op)]()
    else:
        node.op = ast.UAdd()


def negate_sides(tree: ast.FunctionDef) -> None:
    """Negate the last argument of each statement that the check yields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Call):
            last = node.value.args[-1]
            node.value.args[-1] = ast.UnaryOp(
                ast.Not() if ast.unparse(node.value.func) == "true" else ast.USub(), last
            )


def compiled(tree: ast.FunctionDef, original: Callable) -> Callable:
    tree.decorator_list = []
    module = ast.fix_missing_locations(ast.Module([tree], []))
    names = dict(original.__globals__)
    exec(compile(module, f"<wrong {original.__name__}>", "exec"), names)
    return names[original.__name__]


def wrong_copies(check: Callable) -> Iterator[tuple[str, Callable]]:
    """Yield (what is wrong, copy of the check) for each sign of its formulas."""
    source = textwrap.dedent(inspect.getsource(check))

    def tree() -> ast.FunctionDef:
        (parsed,) = ast.parse(source).body
        assert isinstance(parsed, ast.FunctionDef)
        return parsed

    for number in range(len(signs(tree()))):
        copy = tree()
        node = signs(copy)[number]
        flip(node)
        yield f"a sign flipped: {ast.unparse(node)}", compiled(copy, check)
    copy = tree()
    negate_sides(copy)
    yield "last sides negated", compiled(copy, check)
