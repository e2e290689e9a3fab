"""The forms of oracles: arguments and answer of each, for tables of functions and for checks."""

FORMS = {
    "value": ("x", "number"),
    "gradient": ("x", "point"),
    "hessian": ("x", "square"),
    "hessian_product": ("x, v", "point"),
    "prox": ("x, t", "point"),
    "project": ("x", "point"),
    "linear_minimizer": ("x", "point"),
    "operator": ("x", "point"),
    "component_value": ("i, x", "number"),
    "component_gradient": ("i, x", "point"),
    "barrier": ("x", "number"),
    "barrier_gradient": ("x", "point"),
    "barrier_hessian": ("x", "square"),
    "residual": ("x", "outputs"),
    "jacobian": ("x", "outputs by point"),
    "output_hessian": ("x", "outputs by outputs"),
    "gauss_newton": ("x", "square"),
    "fisher": ("x", "square"),
    "component_hessian": ("i, x", "square"),
    "coordinate_gradient": ("i, x", "number"),
    "coordinate_prox": ("i, x, t", "number"),
    "block_prox": ("i, x, t", "point"),
    "block_linear_minimizer": ("i, x", "point"),
    "component_prox": ("i, x, t", "point"),
    "component_project": ("i, x", "point"),
    "mirror_step": ("x, v, t", "point"),
    "vector_field": ("x", "point"),
    "linear_map": ("x", "outputs"),
    "adjoint": ("y", "vector"),
    "dual_prox": ("y, t", "like y"),
    "constraint": ("x", "outputs"),
    "constraint_jacobian": ("x", "outputs by point"),
    "lagrangian_hessian": ("x, y", "square"),
    "duality_gap": ("x", "number"),
    "jacobian_column": ("i, x", "outputs"),
    "output_curvature": ("x", "outputs"),
    "soft_transform": ("i, x, t", "point"),
    "plan": ("x", "outputs by the rest"),
    "bregman_project": ("i, x", "point"),
}
"""Arguments and kind of result of each oracle.

Of the arguments, x and v are points, t is a number, i a component, y a vector of outputs. A point
has the shape of x, a square is d by d, a vector is a point where no x tells its shape, the rest
are the d - m coordinates beyond as many as there are outputs. How many outputs there are, an
oracle with such a form says itself when it is asked for the component `COUNT`; one that answers a
vector says d.
"""

EMPTY = {
    "number": "np.empty(1)",
    "point": "np.empty_like(x)",
    "square": "np.empty((x.size, x.size))",
    "outputs": "np.empty(m)",
    "outputs by point": "np.empty((m, x.size))",
    "outputs by outputs": "np.empty((m, m))",
    "outputs by the rest": "np.empty((m, x.size - m))",
    "vector": "np.empty(m)",
    "like y": "np.empty(y.size)",
}

COUNT = -1
"""The component that asks an oracle how many outputs there are."""
