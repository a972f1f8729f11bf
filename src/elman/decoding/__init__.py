"""From a network's scores to answers, over NumPy alone: likeliest paths and sequences, samples and probabilities."""
