"""A course from the book: assignments for nbgrader, made from the exercises' sources.

``python -m optedu.courses make FOLDER`` makes the folder of a course, ``collect`` and ``grade``
take the work that was handed in. Everything between is nbgrader's.
"""
