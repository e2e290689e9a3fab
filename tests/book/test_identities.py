"""Every displayed formula and theorem of the chapters is evaluated at random instances."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.book.identities import CHECKS
from tests.book.identities.displays import displays
from tests.book.identities.signs import wrong_copies
from tests.book.identities.statements import check_of, equal, first_error, increasing

CHAPTERS = sorted((Path(__file__).resolve().parents[2] / "book" / "chapters").glob("*.md"))
DISPLAYED = {path.stem: displays(path.read_text(encoding="utf-8")) for path in CHAPTERS}
EXERCISES = re.compile("<!-- exercises: .*?<!-- end of exercises -->", re.DOTALL)
"""A formula in an exercise needs no label: the answer is what is checked, or a proof."""

UNLABELLED: dict[str, int] = {}
"""Displayed formulas outside theorems that nothing needs to point at, counted per chapter."""


@pytest.mark.parametrize("chapter", DISPLAYED)
def test_every_displayed_formula_has_a_label_and_every_label_a_check(chapter):
    keys, _ = DISPLAYED[chapter]
    text = (CHAPTERS[0].parent / f"{chapter}.md").read_text(encoding="utf-8")
    _, unlabelled = displays(EXERCISES.sub("", text))
    assert len(set(keys)) == len(keys)
    assert len(unlabelled) == UNLABELLED.get(chapter, 0), unlabelled
    missing = [key for key in keys if key not in CHECKS]
    assert not missing, f"book/chapters/{chapter}.md displays what tests/book/identities lacks"


def test_every_check_belongs_to_a_formula():
    displayed = {key for keys, _ in DISPLAYED.values() for key in keys}
    assert set(CHECKS) <= displayed
    assert all(
        CHECKS[key].__module__.endswith(f".{chapter}")
        for chapter, (keys, _) in DISPLAYED.items()
        for key in keys
    )


@pytest.mark.parametrize("label", CHECKS)
def test_statement_is_true(label):
    assert first_error(CHECKS[label], label) == ""


def is_noticed(copy, label):
    try:
        return first_error(copy, label) != ""
    except (ArithmeticError, LookupError, np.linalg.LinAlgError):
        return True


@pytest.mark.parametrize("label", CHECKS)
def test_every_wrong_sign_is_noticed(label):
    """Negative control: flip each sign of each formula, one at a time."""
    with np.errstate(all="ignore"):
        copies = list(wrong_copies(CHECKS[label]))
        unnoticed = [what for what, copy in copies if not is_noticed(copy, label)]
    assert unnoticed == []


def test_comparisons_can_fail():
    assert equal(1.0, 1.0 + 1e-6)
    assert equal(np.ones(2), np.ones(3))
    assert equal(np.nan, np.nan)
    assert increasing(1.0, 2.0, 1.5)
    assert increasing(np.nan, 1.0)
    assert first_error(lambda rng: iter(()), "silent") != ""


def test_a_label_has_one_check():
    with pytest.raises(AssertionError, match="two checks"):
        check_of("eq-gd")(lambda rng: iter(()))


def test_displays_are_found():
    text = """
$$
a = b
$$ (eq-one)

```{code-cell}
print("$$ not this $$")
```

```{prf:lemma} Name
:label: lem-two

$$ c $$

$$ d $$ (eq-three)
```

```{prf:proof}
$$ e $$
```

```{prf:theorem} Nameless
```

Some text, $x$, and {prf:ref}`lem-two`: $$ f $$
"""
    keys, unlabelled = displays(text)
    assert sorted(keys) == ["eq-one", "eq-three", "lem-two", "proof of lem-two"]
    assert unlabelled == ["theorem Nameless", "f"]
