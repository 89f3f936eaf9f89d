"""Commands about posts: publish them now, plan, approve and repair them."""
