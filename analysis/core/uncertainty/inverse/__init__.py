"""The inverse question: which weights give a published order."""
