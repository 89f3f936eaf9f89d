"""Commands about posts: publish one now, plan it, let it go, and repair what needs a person."""
