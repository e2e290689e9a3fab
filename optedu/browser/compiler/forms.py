"""What goes through the table of functions when a method calls an oracle of its problem."""

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
}
"""Arguments and kind of result of each oracle.

A point has the shape of x, a square d by d. How many outputs there are, an oracle with such a form
says itself when it is asked for the component `COUNT`.
"""

EMPTY = {
    "number": "np.empty(1)",
    "point": "np.empty_like(x)",
    "square": "np.empty((x.size, x.size))",
    "outputs": "np.empty(m)",
    "outputs by point": "np.empty((m, x.size))",
    "outputs by outputs": "np.empty((m, m))",
}

COUNT = -1
"""The component that asks an oracle how many outputs there are."""
