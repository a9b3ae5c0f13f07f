"""The switches of `wsfs serve`, and at which of their values a run serves.

What nobody knows for certain of the real service is a switch of the local one
(`wsfs serve --switches`). The ring runs once with all at their default, and
once with all at another value:

    WSFS_SWITCHES=other python3 tests/mount/run.py
    WSFS_SWITCHES=rename=absent,raw=refused python3 tests/mount/run.py
    WSFS_SWITCHES=other,rename=absent python3 tests/mount/run.py

A test whose figures depend on one asks `switches.value("rename")`.
"""

import functools
import os
import subprocess

import processes

# Of a switch with more than one other value: which one a run with all of them
# takes. The rest takes the second value that the program names.
OTHER = {
    # Without renames nothing would be left of what a rename changes.
    "rename": "refuse",
    # The answer that says least.
    "file-exists": "409-no-code",
}


@functools.cache
def known():
    """{name: [value, ...]}, the default first, as the program lists them."""
    done = subprocess.run(
        [*processes.prefix(), processes.wsfs_program(), "serve", "--switches"],
        capture_output=True, text=True, timeout=60, check=True)
    found = {}
    for line in done.stdout.splitlines():
        if line and not line.startswith(" "):
            name, values = line.split("=", 1)
            found[name] = values.split("|")
    if not found:
        raise RuntimeError("wsfs serve lists no switches: " + done.stdout)
    return found


def other_of(name):
    """The value that a run with all switches changed gives this one."""
    value = OTHER.get(name, known()[name][1])
    if value not in known()[name][1:]:
        raise RuntimeError(f"{name}={value} is no other value")
    return value


@functools.cache
def chosen():
    """{name: value} of the switches of this run that are not at their
    default."""
    for name in OTHER:
        known()[name]  # One that is gone has no place there.
    found = {}
    for word in os.environ.get("WSFS_SWITCHES", "").split(","):
        if word == "other":
            found.update({name: other_of(name) for name in known()})
        elif word:
            name, set_to = word.split("=", 1)
            if set_to not in known()[name]:
                raise RuntimeError(f"{name} is one of {known()[name]}")
            found[name] = set_to
    return found


def value(name):
    """What this switch is at in this run; the name must be one."""
    return chosen().get(name, known()[name][0])


def ids_stay():
    """Does an object keep its object_id whatever is done to it?"""
    return value("keep-id-on-overwrite") == "yes" and \
        value("id-after-rename") == "keep"


def arguments():
    """For `wsfs serve`."""
    return [word for name, set_to in chosen().items()
            for word in ("--switch", f"{name}={set_to}")]
