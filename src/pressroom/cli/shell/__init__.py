"""What all commands share: common options, console, exit codes and interrupts.

Start at `command.Command`; `invocation.Invocation` is what a command's function gets.
"""
