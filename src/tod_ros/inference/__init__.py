"""A model folder becomes a detector: picture in, detections out, whatever runs the network.

TensorFlow. Imports images, dataset and models.
"""
