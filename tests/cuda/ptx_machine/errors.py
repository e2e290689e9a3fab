"""What goes wrong in the machine."""


class MachineError(RuntimeError):
    """The PTX does what a GPU leaves undefined, or what the machine does not know."""
