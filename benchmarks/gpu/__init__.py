"""The hand-written kernels on a GPU, against its limits: ``python -m benchmarks.gpu``."""
