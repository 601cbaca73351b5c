"""A recipe from a file, for the commands that start one."""

import json
from pathlib import Path

from adatom.protocol.errors import InputError
from adatom.protocol.recipe import Recipe, recipe_from_dict


def load_recipe(path: Path) -> Recipe:
    """The Recipe of a JSON file; InputError names the file and what is wrong in it."""
    try:
        return recipe_from_dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise InputError(str(path), f"is no JSON: {error}") from error
    except ValueError as error:
        raise InputError(str(path), str(error)) from error
