"""What the hand-written kernels are called by: the same mathematics on a CPU and on a GPU.

Every function takes ``device``: ``"cpu"`` is NumPy; ``"cuda"`` is the first GPU, and an
`Unavailable` in one sentence where there is none; ``"auto"`` is the GPU if an array lives there
already, or if there is one and the work is large, and the CPU otherwise. NumPy's arrays are copied
to the GPU and results are NumPy's; arrays on the GPU are used where they lie and results stay
there, see `optedu.cuda.places`. All arrays on the GPU must be float32 or float64, one of them for
all, and in C order. NumPy's arrays are computed with in float32 if all of them are float32. The
numbers agree, to rounding.

A function requires shapes, lets `work.Work` say where and in which precision, answers on a CPU, or
launches and answers on a GPU.
"""

from optedu.cuda.functions.cones import cone_adjoint, cone_products
from optedu.cuda.functions.linear import linear_gradient
from optedu.cuda.functions.newton import newton_steps
from optedu.cuda.functions.particles import consensus_step
from optedu.cuda.functions.patterns import masked_adjoint, masked_sum, pack_patterns
from optedu.cuda.functions.sliced import sliced_distances
from optedu.cuda.functions.transport import Potentials, sinkhorn, sinkhorn_dense
from optedu.cuda.functions.work import ENOUGH

__all__ = [
    "ENOUGH", "Potentials", "cone_adjoint", "cone_products", "consensus_step", "linear_gradient",
    "masked_adjoint", "masked_sum", "newton_steps", "pack_patterns", "sinkhorn", "sinkhorn_dense",
    "sliced_distances",
]  # fmt: skip
