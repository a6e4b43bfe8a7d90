"""What only TensorFlow has. Imported where the backend is TensorFlow, never by an export."""
