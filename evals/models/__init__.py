"""Models over plain HTTP: `choosing` picks one from the environment, `driving` lets it play a task."""
