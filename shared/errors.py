"""What a step may raise. Only the worker loop catches these; anything else stops the worker, loudly."""


class NeroError(Exception):
    """Base of the errors that Nero raises on purpose."""


class Invalid(NeroError):  # noqa: N818 - reads as the verdict it is: `raise Invalid("empty face crop")`
    """This entry can never succeed. It goes to the dead letters with this reason."""


class Transient(NeroError):  # noqa: N818
    """Trying again may succeed: a lock, a restart, a full disk. It is redelivered, with a count."""


class Unavailable(NeroError):  # noqa: N818
    """Something that this process needs is not there (a model, a camera, an accelerator).

    The message is one line for an operator: what is missing, what that disables, what to do.
    """
