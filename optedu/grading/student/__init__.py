"""What runs in a student's process only; ``optedu/grading/inside.py`` is its program."""
