"""What all commands share: common options, console, exit codes and interrupts.

Start at `command.Command`; `command.Invocation` is what a command's function gets.
"""
