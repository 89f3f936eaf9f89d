"""What every command is made of: its options, console, exit codes, and how it is interrupted.

Start at `command.Command`; `invocation.Invocation` is what a command's function gets.
"""
