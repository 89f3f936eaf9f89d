"""The commands of `pressroom insights`; `group` names them."""
