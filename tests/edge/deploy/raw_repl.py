"""What a board's raw REPL executes, in a real MicroPython: code in, what it prints and its traceback out. FOLDER.

The unix port has no raw REPL; serial_board.py speaks its bytes and hands the code to this script. The folder is the
board's file system.
"""

import io
import sys

import vfs

vfs.umount("/")
vfs.mount(vfs.VfsPosix(sys.argv[1]), "/")
sys.path[:] = ["", ".frozen", "/lib"]
scope = {"__name__": "__main__"}
while True:
    head = sys.stdin.readline()
    if not head:
        break
    code = sys.stdin.read(int(head))
    trouble = io.StringIO()
    try:
        exec(code, scope)
    except BaseException as error:
        sys.print_exception(error, trouble)
    sys.stdout.write("\x04" + trouble.getvalue() + "\x04")
