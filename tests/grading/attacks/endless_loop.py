"""Never answer."""


def largest_step(A):
    while True:
        pass
