"""Never finish the cell, and swallow what interrupts it."""

while True:
    try:
        while True:
            pass
    except BaseException:
        continue
