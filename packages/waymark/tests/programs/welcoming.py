"""Another small service, in a module of its own."""

from runpy import run_module

if __name__ == "__main__":
    run_module("answering", run_name="__main__")
