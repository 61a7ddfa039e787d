"""What a reader's eye gets from a document, read back and proved by a program of its own.

`documents` and `page` find the formula lines; `tex` and `mathml` turn each into one layout of
letters, scripts, fractions, grids, which `grammar` and `forms` read as mathematicians do;
`terminal` reads what the terminal prints. `names` says what a printed symbol stands for, `scope`
reads pages that bring names of their own. `evaluate` works a side out at `points`: the equations
as written, differentiated on the fuzzer's tape. `judge` holds the sides together, `checks` the
references, colours and arcs, `report` tells it line by line. Only `library` makes documents.
``python -m tests.readback [SPEC…]`` prints the report, ``python -m tests.readback.planted``
plants faults into the printers and says which line gave each away.
"""
