"""The verbs of the `tod` command, one module each.

A verb module has SUMMARY (one line for `tod --help`), EXAMPLE (one command line),
add_arguments(parser) and run(arguments) -> exit status. It may import plain modules at its top;
TensorFlow and rospy only inside run(), because `tod --help` imports every verb.
"""
