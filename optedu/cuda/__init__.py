"""Many runs at once on an NVIDIA GPU, one per thread, from the same source as everything else.

`jobs` compiles a pair of method and problem, in a process of its own, from Numba's IR; `assemble`
makes of it a kernel for the GPU, or the same kernel for this machine's processor, which is how it
is tested where there is no GPU (`rehearsal`); `device` runs it on one; `runs` lays out the
arguments and reads the results.
"""
