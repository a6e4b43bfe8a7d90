"""Room: augment. Batches of images are changed on the accelerator, inside the training step."""
