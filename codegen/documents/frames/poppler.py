"""What makes the pictures: the programs of poppler, and how they come onto a machine."""

PROGRAMS = ("pdfinfo", "pdftoppm", "pdftocairo")
INSTALL = "on Debian and Ubuntu: apt-get install poppler-utils"
