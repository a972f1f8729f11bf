"""Learn to write from a text, and suggest the next word."""

import elman

story = elman.samples.load("story").select(range(300))  # lines of text; a path works as well
model = elman.fit(story, task="next-word", epochs=2, embedding_size=32, hidden_size=64)
print(model.generate("the queen", length=20, temperature=0.7, seed=0))
print([suggestion.word for suggestion in model.suggest("the king ", count=3)])
