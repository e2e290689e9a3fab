"""Grading of students' answers: their code runs in a sandbox, the checks run here.

``grade`` says how. ``sandbox`` says what this machine can do; ``process`` starts a student's
process, ``box`` and ``shown`` choose what it sees, ``calls`` what it may ask the kernel, ``words``
what is said of it. ``remote`` talks to it in the language of ``conversation``, which both sides
have; ``inside.py`` and ``student`` run there and nowhere else. ``SECURITY.md`` says what is
protected by what.
"""
