"""The commands of `pressroom insights`, whose group is in `cli.root`."""
