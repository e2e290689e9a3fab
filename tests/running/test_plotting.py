"""Pictures of races can be read: their legends tell methods apart, and lie inside."""

import numpy as np

import optedu as oe
from optedu.running.trace import short_labels

VALLEY = oe.problems.Rosenbrock()
METHODS = [
    oe.GradientDescent(1e-3),
    oe.BacktrackingGradientDescent(),
    oe.GlobalBarzilaiBorwein(),
    oe.PolakRibiere(),
]


def test_labels_name_what_differs():
    assert short_labels(METHODS[:2]) == ["GradientDescent", "BacktrackingGradientDescent"]
    ball = [oe.HeavyBall(0.1, momentum) for momentum in (0.5, 0.9)]
    assert short_labels(ball) == ["HeavyBall(momentum=0.5)", "HeavyBall(momentum=0.9)"]


def test_a_legend_lies_inside_its_picture():
    race = oe.race(METHODS, VALLEY, [-1.2, 1.0], max_iter=40, progress=False)
    axes = race.plot()
    figure = axes.figure
    figure.canvas.draw()
    legend = axes.get_legend().get_window_extent()
    inside = figure.bbox
    assert legend.x0 >= inside.x0
    assert legend.x1 <= inside.x1
    curves = [line.get_xydata() for line in axes.get_lines()]
    assert all(np.isfinite(curve).any() for curve in curves)
