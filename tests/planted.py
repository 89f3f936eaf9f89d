"""Secrets to plant: one for every row of the table of names, in every spelling in which it is one."""

from pressroom.graph.secret_names import SECRET_NAMES, SecretName, Where


def planted(row: SecretName) -> str:
    """Give what stands for the secret of a row: unlike any other's, and like a code of Meta's."""
    letters = "".join(filter(str.isalnum, row.name))
    return f"AQ0{letters}0Hush1Hush2Hush3"


def spellings(row: SecretName, value: str) -> tuple[str, ...]:
    """Give the texts in which a value is secret by this row."""
    name = row.name
    return {
        Where.ANYWHERE: (f"{name}={value}", f"{name}%3D{value}", f'"{name}": "{value}"'),
        Where.PARAMETER: (f"{name}={value}", f"https://a.example/?{name}={value}", f'"{name}": "{value}"'),
        Where.ADDRESS: (f"https://a.example/?{name}={value}",),
        Where.HEADER: (f"{name}: Bearer {value}", f"{name.lower()}: {value}", f'"{name}": "OAuth {value}"'),
    }[row.where]


def quoted(*places: Where) -> str:
    """Give a text with every spelling of the rows of these places; of all of them where none is named."""
    rows = [row for row in SECRET_NAMES if not places or row.where in places]
    return " ".join(text for row in rows for text in spellings(row, planted(row)))


PLANTED = {row.name: planted(row) for row in SECRET_NAMES}
