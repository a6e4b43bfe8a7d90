"""What needs TensorFlow to be read."""
