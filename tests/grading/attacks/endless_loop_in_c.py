"""Never answer, from where no Python signal handler is ever called."""


def largest_step(A):
    return sum(range(10**14))
