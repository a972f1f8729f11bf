"""Save a model, load it again, measure it on other data, and look inside."""

import elman

table = elman.samples.load("flowers")
elman.fit(table, epochs=10, to="flower-model")

model = elman.load("flower-model")
print(model.detection.given, "->", model.detection.answer)
print([answer.value for answer in model.predict([(4.1, 1.2, 5.5, 2.0), (1.4, 0.3, 5.0, 3.4)])])
report = model.evaluate(table)
print({name: round(metric["value"], 3) for name, metric in report.metrics.items()})
print([section.title for section in model.inspect(table).sections])
