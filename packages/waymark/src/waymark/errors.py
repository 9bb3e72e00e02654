"""What the command says when it can't go on: one line, with what to do."""


class CommandError(Exception):
    """Ends the command with status 1 and this message."""


class HomeError(CommandError):
    """The data folder can't be used."""


class NotRunningError(CommandError):
    """Nothing runs in this data folder and no address was given."""
