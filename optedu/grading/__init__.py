"""Grading of students' answers: their code runs in a sandbox, the checks run here.

``optedu.grading.grade`` says how; ``SECURITY.md`` says what is protected by what.
"""
