"""What a grader and a student's process say to each other: data, and calls that stay at home.

Both sides have these files, the student's as a package ``conversation``: they import each other
relatively.
"""
