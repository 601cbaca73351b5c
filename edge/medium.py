"""The file system under a journal. A simulation passes its own object with these names instead of this module."""

from os import listdir, mkdir, remove, rename

from .clock import make_durable, make_folder_durable

open = open  # a name of this module too

__all__ = ["listdir", "make_durable", "make_folder_durable", "mkdir", "open", "remove", "rename"]
