"""Commands about accounts, and calls made for one."""
