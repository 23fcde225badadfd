"""Forms: JSON Schema and JSON Forms UI schema become questions, prefilled, validated, summed up.

The dialect, beyond what :class:`wire.catalogue.Form` says:

* One object, flat: each property a string, a string with ``enum`` or ``oneOf`` constants, an integer or a boolean.
  ``allOf``, ``anyOf``, ``oneOf``, ``not``, ``if``/``then``/``else`` and ``dependentRequired`` tie answers together.
* ``$ref`` only to ``#/$defs/…`` of the form itself, which refer to nothing; patterns as ``patterns.py`` allows.
* ``format``: ``date``, ``email``, ``id-number`` (GB 11643). ``x-earliest``, ``x-latest``: a day, or ``today``.
* ``default`` is proposed in the page; ``x-known`` is filled in from the document and not asked.
* Layouts, groups, categories, controls, labels; rules ``SHOW`` and ``HIDE``, a missing answer counting as null.
* A control's ``options.keyboard``: ``text``, ``digits``, ``id_number``, ``phone``.
* Texts: ``<key>.label``, ``.description``, ``.unit``, ``.<option>``, ``.error.<keyword>``, ``.error.custom``.
"""
