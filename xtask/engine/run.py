# Runs the engine for as long as whoever started it holds our standard input open, so that nothing
# is left behind whichever way that program ends.
import os, signal, sys, threading


def end_with_parent():
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(5)
    os.killpg(os.getpgid(0), signal.SIGKILL)


threading.Thread(target=end_with_parent, daemon=True).start()
sys.argv = ["ministack"]
from ministack.app import main

main()
