"""Still pictures of chapters."""

import numpy as np
import pytest

import optedu as oe
from optedu.figures import compare

BOWL = oe.problems.Quadratic([[2.0, 0.4], [0.4, 1.0]], [1.0, -0.5])


def test_a_comparison_is_a_picture_with_words():
    methods = {"short": oe.GradientDescent(0.1), "long": oe.GradientDescent(0.4)}
    for quantity in ("gap", "value", "gradient_norm", "distance"):
        picture = compare(
            methods, BOWL, np.ones(2), max_iter=20, quantity=quantity, alt="Two runs."
        )
        bundle = picture._repr_mimebundle_()
        assert bundle["text/plain"] == "Two runs."
        assert bundle["image/png"]
    with pytest.raises(ValueError, match="alt"):
        compare(methods, BOWL, np.ones(2), max_iter=2, alt=" ")
