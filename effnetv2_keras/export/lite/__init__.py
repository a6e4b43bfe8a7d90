"""Room within export: what makes, checks and measures TFLite files."""
