"""Checks of where the workspace lies: on a share, in a synchronised folder, on an open disk, with too little room."""

import shutil
import sys as system
import tempfile
from collections.abc import Callable
from pathlib import Path

from eradication.errors import N_
from eradication.pipeline import mounts
from eradication.pipeline.health.finding import Finding, fail, ok, warn

NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "fuse.sshfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.davfs",
        "davfs",
        "lustre",
        "beegfs",
        "gpfs",
        "ncpfs",
        "vboxsf",
        "fuse.vmhgfs-fuse",
        "prl_fs",
    }
)
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
SYNCHRONISED = ("onedrive", "dropbox", "google drive", "googledrive", "my drive", "icloud", "nextcloud", "owncloud",
                "syncthing", "box sync")  # fmt: skip
"""Beginnings of the names of folders whose files another program copies to and fro."""
_SIGNS = (".dropbox", ".dropbox.cache", ".stfolder", ".owncloudsync.log", ".nextcloudsync.log")
_ENCRYPTING = frozenset({"ecryptfs", "fuse.encfs", "fuse.gocryptfs", "fuse.cryfs", "fuse.securefs"})

LEAST_GB, FEW_GB, LEAST_TEMPORARY_GB = 2.0, 10.0, 1.0


def share(folder: Path, *, in_file: bool, table: Path = mounts.PROC) -> Finding:
    """Is the workspace on a network share, or in a folder that is synchronised?

    Args:
        folder: of the workspace.
        in_file: the store is a file of this folder, which two computers would damage; else only originals and keys.
        table: where mounts are told.
    """
    say = fail if in_file else warn
    name = synchronised(folder)
    if name:
        found = N_("The folder is synchronised with other computers: {name}.")
        advice = N_(
            "Move the workspace out of it to a local disk: a store that is copied while it is written to is damaged, "
            "and keys leave this computer. Share exports and bundles instead."
        )
        return say(found, {"name": name}, advice)
    mount = mounts.mount_of(folder, table)
    if mount is None:
        ask = N_("Make sure that the folder lies on a disk of this computer, not on a share of the network.")
        return warn(N_("File system not known here."), {}, ask)
    if mount.kind in _IN_MEMORY:
        found = N_("The folder lies in memory ({kind}): it is gone when the computer is switched off.")
        return warn(found, {"kind": mount.kind}, N_("Move the workspace to a disk: eradication store copy FROM TO"))
    advice = N_("Move the workspace to a local disk: a store on a network share can be damaged. Share exports instead.")
    if mount.kind in NETWORK:
        return say(N_("File system {kind}, on the network."), {"kind": mount.kind}, advice)
    return ok(N_("File system {kind}."), {"kind": mount.kind})


def synchronised(folder: Path) -> str:
    """Return the folder above a workspace, or itself, that another program synchronises; empty if there is none."""
    home = folder.resolve()
    for place in (home, *home.parents):
        if place.name.casefold().startswith(SYNCHRONISED) or any((place / sign).exists() for sign in _SIGNS):
            return str(place)
    return ""


def encryption(
    folder: Path, *, table: Path = mounts.PROC, sys: Path = mounts.SYS, platform: str = system.platform
) -> Finding:
    """Is the disk below the workspace encrypted? Keys, tracks and sources of tips lie on it."""
    elsewhere = _ELSEWHERE.get(platform)
    if elsewhere:
        return warn(N_("Whether the disk is encrypted is not known here."), {}, elsewhere)
    mount = mounts.mount_of(folder, table)
    if mount is None:
        return warn(N_("Whether the disk is encrypted is not known here."), {}, _ASK)
    if mount.kind in _ENCRYPTING or any(map(_is_encrypting, mounts.devices(mount, sys))):
        return ok(N_("The disk is encrypted ({kind})."), {"kind": mount.kind})
    if mount.kind == "zfs":
        advice = N_("Look with: zfs get encryption {source}. It must not say 'off'.")
        return warn(N_("Whether the disk is encrypted is not known here."), {"source": mount.source}, advice)
    if not any(mounts.devices(mount, sys)):
        return warn(N_("Whether the disk is encrypted is not known here."), {}, _ASK)
    advice = N_(
        "Whoever takes the computer can read keys, tracks and sources of tips. Put the workspace on an encrypted disk "
        "(Linux: LUKS), or make sure that the server's disk is encrypted below this system."
    )
    return warn(
        N_("The disk is not encrypted ({source}, {kind})."), {"source": mount.source, "kind": mount.kind}, advice
    )


_ASK = N_("Ask whoever looks after the computer; look with: lsblk --fs")
_ELSEWHERE = {
    "win32": N_("Look with: manage-bde -status (BitLocker must say that protection is on)."),
    "darwin": N_("Look with: fdesetup status (it must say that FileVault is on)."),
}


def _is_encrypting(device: Path) -> bool:
    try:
        return (device / "dm" / "uuid").read_text(encoding="ascii", errors="replace").startswith("CRYPT-")
    except OSError:
        return False


def room(folder: Path, *, on_server: bool, free: Callable[[Path], int] | None = None) -> Finding:
    """Is there room for originals and imagery, for temporary files, and for the server's store?

    Args:
        folder: of the workspace.
        on_server: the store is on a server, whose disk nobody can see from here.
        free: gives the free bytes of a disk.
    """
    free = free or (lambda place: shutil.disk_usage(place).free)
    temporary = Path(tempfile.gettempdir())
    values: dict[str, object] = {
        "free": f"{free(folder) / 1e9:.1f}",
        "temporary": f"{free(temporary) / 1e9:.1f}",
        "folder": str(temporary),
    }
    found = N_("{free} GB free here, {temporary} GB for temporary files ({folder}).")
    if on_server:
        found = N_(
            "{free} GB free here, {temporary} GB for temporary files ({folder}); the server's own disk cannot be seen "
            "from here."
        )
    if free(folder) < LEAST_GB * 1e9:
        return fail(found, values, N_("Free some space: a season of imagery takes tens of gigabytes."))
    if free(temporary) < LEAST_TEMPORARY_GB * 1e9:
        return fail(found, values, N_("Empty {folder}, or name another folder: export TMPDIR=/path/with/room"))
    if free(folder) < FEW_GB * 1e9:
        return warn(found, values, N_("Free some space soon: a season of imagery takes tens of gigabytes."))
    return ok(found, values, N_("Ask the server's administrator for its free space.") if on_server else "")
