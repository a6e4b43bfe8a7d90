"""EfficientNet V1 and V2 for Keras 3."""
