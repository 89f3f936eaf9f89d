"""What is kept of insights, as tables: `native` as we keep it, `fivetran` as Fivetran's connector does.

`tables` says what a table is, `native` and `fivetran` turn values into lines, `writing` writes them.
"""
