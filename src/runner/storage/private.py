"""A folder that only this user can write to, and the files in it.

What is read back from it decides what a session does, so nothing is read that another user could have
put there: the folder and its files are the user's own, writable by nobody else, and no symbolic links.
"""

import grp
import os
import pwd
import stat

LONGEST = 16 * 1024 * 1024  # bytes of a file
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class NotPrivate(OSError):
    """Says whose it is, or who may write to it."""


class PrivateFolder:
    """Its methods raise FileNotFoundError where there is nothing, NotPrivate where it is not private."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        check_way(os.path.dirname(os.path.abspath(self.path)))
        self.folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            check_own(os.fstat(self.folder), self.path)
        except BaseException:
            os.close(self.folder)
            raise
        return self

    def __exit__(self, *_):
        os.close(self.folder)

    def make(self):
        """The folder and what is missing above it, for this user alone."""
        missing, path = [], self.path
        while not os.path.lexists(path):
            missing.append(path)
            path = os.path.dirname(path)
        for path in reversed(missing):
            try:
                os.mkdir(path, 0o700)
            except FileExistsError:  # another server was quicker
                pass

    def list(self, suffix):
        """File name -> what is another when the file was replaced."""
        files = {}
        for name in os.listdir(self.folder):
            if name.endswith(suffix) and not name.startswith("."):
                try:
                    files[name] = self.version(name)
                except FileNotFoundError:  # removed just now
                    pass
        return files

    def version(self, name):
        found = os.stat(name, dir_fd=self.folder, follow_symlinks=False)
        return found.st_ino, found.st_mtime_ns, found.st_size

    def read(self, name):
        # O_NONBLOCK: a pipe of that name would never open
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self.folder)
        with open(file, encoding="ascii") as stream:
            check_own(os.fstat(file), name)
            return stream.read(LONGEST)

    def replace(self, name, text):
        """The file as a whole, or as it was."""
        draft = ".%s.%d" % (name, os.getpid())
        self.remove(draft)
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=self.folder)
        with open(file, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, name, src_dir_fd=self.folder, dst_dir_fd=self.folder)
        return self.version(name)

    def remove(self, name):
        try:
            os.unlink(name, dir_fd=self.folder)
        except FileNotFoundError:
            pass


def check_own(found, what):
    """Of the folder itself, and of a file in it."""
    if not (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
        raise NotPrivate("'%s' is no ordinary file" % what)
    if found.st_uid != os.geteuid():
        raise NotPrivate("'%s' belongs to %s" % (what, user(found.st_uid)))
    if found.st_mode & OTHERS_WRITE:
        raise NotPrivate("others may write to '%s'" % what)


def check_way(path):
    """Nobody else may put another folder in place of one on the way. What is root's is trusted; in a
    folder like /tmp only its owner may rename an entry."""
    path = os.path.abspath(path)
    found = os.lstat(path)
    if found.st_uid not in (0, os.geteuid()):
        raise NotPrivate("'%s' belongs to %s" % (path, user(found.st_uid)))
    if stat.S_ISLNK(found.st_mode):
        check_way(os.path.realpath(path))
    elif not found.st_mode & stat.S_ISVTX and (
            found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and not _is_own_group(found.st_gid))):
        raise NotPrivate("others may write to '%s'" % path)
    if path != os.path.dirname(path):
        check_way(os.path.dirname(path))


def _is_own_group(number):
    """Many systems give each user a group of his own, and let it write by default."""
    try:
        group, own = grp.getgrgid(number), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return number == own.pw_gid and group.gr_name == own.pw_name and set(group.gr_mem) <= {own.pw_name}


def user(number):
    try:
        return "user '%s'" % pwd.getpwuid(number).pw_name
    except KeyError:
        return "user %d" % number
