"""How figures and pages look, for whatever draws some: the lab's experiments, and what `inspect` finds."""
