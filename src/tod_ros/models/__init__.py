"""Networks as files: the model folder, the zoo, downloads, what a graph may do.

Plain. Imports dataset.
"""
