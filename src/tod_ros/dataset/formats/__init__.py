"""One module a file format: Pascal VOC, COCO, YOLO, the course's CSV, TFRecord.

Part of the room dataset.
"""
