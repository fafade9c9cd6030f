"""Validation rules in CEL, which definitions of kinds may carry (`x-kubernetes-validations`)."""
